//! The keys of an experiment file with what the schema says of each.

use crate::spec::{
    dotted::join,
    form::{self, Form},
    node::Node,
    schema,
};
use serde_json::Value;
use std::sync::LazyLock;

/// A key of an experiment file.
pub(super) struct Entry {
    /// The dotted path, such as `train.schedule`.
    pub path: String,
    /// What it means, in the list of a table's keys.
    pub short: String,
    /// What it means, in full for a table.
    pub about: String,
    /// What it expects, such as "an integer of at least 1".
    pub expected: String,
    /// The default as it is written in TOML.
    pub default: Option<String>,
    /// Whether its table has to have it.
    pub is_required: bool,
    /// The values that it may have, each with its meaning.
    pub choices: Vec<(String, String)>,
    /// The keys of a table.
    pub keys: Vec<Self>,
    /// The kinds of a table.
    pub kinds: Vec<Kind>,
}

/// A kind of a table.
pub(super) struct Kind {
    pub name: String,
    pub about: String,
    pub is_default: bool,
    pub keys: Vec<Entry>,
}

/// Returns the keys of a file.
pub(super) fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let root = schema::raw();
        let mut entries = keys(&root, &root, "");
        // What belongs at the top of a file comes first.
        entries.sort_by_key(Entry::is_table);
        for (key, rule) in [("sweep.\"KEY\"", "Spread"), ("sweep.random.\"KEY\"", "Draw")] {
            let rule = &root["$defs"][rule];
            let mut values = entry(&root, key, rule, false);
            "The values of a dotted key in quotes, such as `\"train.epochs\"`; any number of keys may be given."
                .clone_into(&mut values.short);
            "a list of values, or a table".clone_into(&mut values.expected);
            if let Some(table) = parent(&mut entries, key) {
                table.keys.insert(0, values);
            }
        }
        entries
    });
    &ENTRIES
}

/// Returns the table of a dotted path.
fn parent<'a>(entries: &'a mut [Entry], path: &str) -> Option<&'a mut Entry> {
    let (table, _) = path.rsplit_once('.')?;
    let entry = entries.iter_mut().find(|entry| {
        entry.path == table
            || table.strip_prefix(&entry.path).is_some_and(|rest| rest.starts_with('.'))
    })?;
    if entry.path == table { Some(entry) } else { parent(&mut entry.keys, path) }
}

/// Returns the keys of a table, without its `kind` and the swept keys of a sweep.
fn keys(root: &Value, table: &Value, path: &str) -> Vec<Entry> {
    let required = |name: &str| {
        table["required"].as_array().is_some_and(|all| all.iter().any(|key| key == name))
    };
    let is_swept = |schema: &Value| {
        schema["$ref"].as_str().is_some_and(|name| name.starts_with("#/$defs/value"))
            || schema["anyOf"][1]["$ref"] == "#/$defs/Draw"
    };
    let properties = table["properties"].as_object().into_iter().flatten();
    let own = properties.filter(|(name, schema)| *name != "kind" && !is_swept(schema));
    own.map(|(name, schema)| entry(root, &join(path, name), schema, required(name))).collect()
}

fn entry(root: &Value, path: &str, schema: &Value, is_required: bool) -> Entry {
    let form = form::compile(root, schema);
    let alternatives = schema::alternatives(schema);
    let type_of = match alternatives.as_slice() {
        [only] => schema::resolve(root, only),
        _ => schema::resolve(root, schema),
    };
    let default_kind = match &form {
        Form::Tagged(_, default) => default.as_deref(),
        _ => None,
    };
    let kinds: Vec<Kind> = schema::kinds(type_of)
        .into_iter()
        .map(|(name, kind)| Kind {
            name: name.to_owned(),
            about: about(kind),
            is_default: default_kind == Some(name),
            keys: keys(root, kind, path),
        })
        .collect();
    let is_table = matches!(form, Form::Table(_) | Form::Tagged(..));
    let short = Some(about(schema)).filter(|text| !text.is_empty());
    let short = short.unwrap_or_else(|| about(type_of));
    // Its type says more of a table than its key.
    let full = Some(about(type_of)).filter(|text| is_table && !text.is_empty());
    let choices = schema::alternatives(type_of).into_iter().chain([type_of, &type_of["items"]]);
    Entry {
        path: path.to_owned(),
        about: full.unwrap_or_else(|| short.clone()),
        short,
        expected: form.to_string(),
        default: schema.get("default").filter(|_| !is_table).and_then(written),
        is_required,
        choices: if kinds.is_empty() {
            choices.flat_map(|schema| described(schema::resolve(root, schema))).collect()
        } else {
            Vec::new()
        },
        keys: if is_table { keys(root, type_of, path) } else { Vec::new() },
        kinds,
    }
}

/// Returns the values of a schema that lists each with its meaning.
fn described(schema: &Value) -> Vec<(String, String)> {
    let values = schema["oneOf"].as_array().into_iter().flatten();
    values.filter_map(|value| Some((written(value.get("const")?)?, about(value)))).collect()
}

/// Returns a description as one line.
fn about(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// Writes a value as TOML, which has no `null`.
fn written(value: &Value) -> Option<String> {
    let value: toml::Value = serde_json::from_value(value.clone()).ok()?;
    Some(Node::from(&value).to_string())
}

impl Entry {
    /// Returns the last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// Whether it is a table with keys of its own.
    pub fn is_table(&self) -> bool {
        !self.keys.is_empty() || !self.kinds.is_empty()
    }
}
