//! Overrides of an experiment file: `RUNNER_*` environment variables and `--set`.

use super::{
    diagnostics::Diagnostic,
    form,
    known::{Known, known_keys},
    node::{Key, Node, Table, Value},
    source::{Origin, Source, Span},
};
use std::sync::Arc;

const PREFIX: &str = "RUNNER_";
/// Variables that are not keys: two that the program reads itself, and `RUNNER_LOG`, a common name for a
/// verbosity setting that would otherwise be taken for `[log]`.
const RESERVED: [&str; 3] = ["RUNNER_DATA_DIR", "RUNNER_KERNELS", "RUNNER_LOG"];

/// Overrides of an experiment file; `--set` wins over environment variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Arguments of `--set`, each `a.b=value`; a value that is not TOML is a string.
    pub set: Vec<String>,
    /// Environment variables named `RUNNER_SECTION__KEY`, with their values.
    pub env: Vec<(String, String)>,
}

impl Overrides {
    /// Takes the `RUNNER_*` variables of this process and the given arguments of `--set`.
    pub fn from_process(set: Vec<String>) -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        let mut env: Vec<_> = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        env.sort();
        Self { set, env }
    }

    /// Returns the variables as one layer; `order` is the first free position among the texts.
    pub(crate) fn env_layer(&self, order: usize, problems: &mut Vec<Diagnostic>) -> Table {
        let mut layer = Table { entries: Vec::new(), dotted: true };
        for (index, (name, value)) in self.env.iter().enumerate() {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            if RESERVED.contains(&name.as_str()) {
                continue;
            }
            let text = format!("{name}={value}");
            let source = Source::new(Origin::Variable(name.clone()), text, order + index);
            if !rest.contains("__") && !is_section(rest) {
                // Other programs may use the prefix too, so only a near miss is reported.
                problems.extend(single_underscore(name, rest, &source));
                continue;
            }
            let mut at = PREFIX.len();
            let mut path = Vec::new();
            for part in rest.split("__") {
                let place = Span::new(&source, at..at + part.len());
                path.push(Key { name: part.to_lowercase(), place: Some(place) });
                at += part.len() + 2;
            }
            let node = value_at(&source, name.len() + 1);
            problems.extend(node.and_then(|node| put(&mut layer, &path, node)).err());
        }
        layer
    }

    /// Returns the arguments of `--set` as one layer; `order` is the first free position among the texts.
    pub(crate) fn set_layer(&self, order: usize, problems: &mut Vec<Diagnostic>) -> Table {
        let mut layer = Table { entries: Vec::new(), dotted: true };
        for (index, argument) in self.set.iter().enumerate() {
            let source = Source::new(Origin::Argument, argument.clone(), order + index);
            let pair = pair(argument, &source);
            problems.extend(pair.and_then(|(path, node)| put(&mut layer, &path, node)).err());
        }
        layer
    }
}

/// Inserts a value, unless an earlier one is not a table although it has to hold this key.
fn put(layer: &mut Table, path: &[Key], node: Node) -> Result<(), Diagnostic> {
    let names: Vec<&str> = path.iter().map(|key| key.name.as_str()).collect();
    for depth in 1..names.len() {
        let table = names[..depth].join(".");
        let Some((_, earlier)) = layer.find(&table) else { break };
        if !matches!(earlier.value, Value::Table(_)) {
            let key = names.join(".");
            let message = format!("`{table}` is {earlier}, and not a table to set `{key}` of");
            let note = format!("leave out this value, or that of `{key}`");
            return Err(Diagnostic::new(message, earlier.place.as_ref()).note(note));
        }
    }
    layer.insert(path, node);
    Ok(())
}

fn is_section(name: &str) -> bool {
    form::file().get(&name.to_lowercase()).is_some()
}

/// Reports `RUNNER_TRAIN_EPOCHS`, which was surely meant to be `RUNNER_TRAIN__EPOCHS`.
fn single_underscore(name: &str, rest: &str, source: &Arc<Source>) -> Option<Diagnostic> {
    let flat = rest.to_lowercase();
    let same = |known: &&Known| format!("{}_{}", known.table.replace('.', "_"), known.key) == flat;
    let Known { table, key, .. } = known_keys().iter().find(same)?;
    let place = Span::new(source, 0..name.len());
    let meant = format!("{}__{key}", table.replace('.', "__")).to_uppercase();
    let message =
        format!("variable `{name}` sets nothing: levels are separated by two underscores");
    Some(Diagnostic::new(message, Some(&place)).note(format!("did you mean `{PREFIX}{meant}`?")))
}

/// Parses a value from the command line as `--set` does: as TOML or, if it is a bare word or a date, as a
/// string.
///
/// # Errors
/// The syntax error in a value that is meant as TOML but is not valid.
pub fn argument_value(text: &str) -> Result<toml::Value, String> {
    let name = "v=";
    let source = Source::new(Origin::Argument, format!("{name}{text}"), 0);
    let node = value_at(&source, name.len()).map_err(|problem| problem.message)?;
    Ok(if matches!(node.value, Value::Date) { text.trim().into() } else { node.to_toml() })
}

/// Splits `a.b=value` into key and value.
fn pair(argument: &str, source: &Arc<Source>) -> Result<(Vec<Key>, Node), Diagnostic> {
    let whole = Span::new(source, 0..argument.len());
    let wrong = |message: String| {
        Diagnostic::new(message, Some(&whole)).note("write `--set train.epochs=3`")
    };
    let Some(equals) = argument.find('=') else {
        return Err(wrong(format!("`{argument}` has no `=`: expected `a.b=value`")));
    };
    // With a placeholder for the value, the key is a TOML document whose locations are those in the argument.
    let key = format!("{}=0", &argument[..equals]);
    let mut table = match Table::parse(&key, source) {
        Ok(table) if !key.contains(['\n', '#', '[']) => table,
        _ => return Err(wrong(format!("`{}` is not a dotted key", &argument[..equals]))),
    };
    let mut path = Vec::new();
    while let Some((key, node)) = table.entries.pop() {
        path.push(key);
        match node.value {
            Value::Table(inner) => table = inner,
            _ => break,
        }
    }
    Ok((path, value_at(source, equals + 1)?))
}

/// Parses the rest of a text from `start` as a TOML value or, if it is a bare word, as a string.
fn value_at(source: &Arc<Source>, start: usize) -> Result<Node, Diagnostic> {
    let text = &source.text[start..];
    // Leading blanks keep all locations as they are in the text itself.
    let document = format!("{}v={text}", " ".repeat(start - 2));
    let parsed = Table::parse(&document, source).map(|table| table.entries);
    let error = match parsed {
        Ok(mut entries) if entries.len() == 1 => match entries.pop() {
            Some((_, node)) => return Ok(node),
            None => None,
        },
        Ok(_) => None,
        Err(error) => Some(error),
    };
    let quoted = text.trim_start().starts_with(['[', '{', '"', '\'']);
    match error {
        Some((message, place)) if quoted => {
            Err(Diagnostic::new(format!("not a TOML value: {message}"), Some(&place)))
        }
        _ => Ok(Node {
            value: Value::Text(text.to_owned()),
            place: Some(Span::new(source, start..source.text.len())),
        }),
    }
}
