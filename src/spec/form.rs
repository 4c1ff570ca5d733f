//! The forms that values can take, compiled from the generated JSON Schema.

use super::{schema, suggest::any_of};
use crate::words::number;
use serde_json::Value;
use std::{fmt, sync::LazyLock};

/// The type and constraints of a value.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Text {
        min: u64,
    },
    Switch,
    Integer {
        min: Option<i64>,
        max: Option<i64>,
        of: Vec<i64>,
    },
    Number(Range),
    Choice(Vec<String>),
    List {
        item: Box<Self>,
        min: usize,
        max: Option<usize>,
    },
    Table(Keys),
    /// A table of one of several kinds, and the default kind.
    Tagged(Vec<Kind>, Option<String>),
    Either(Vec<Self>),
}

/// Bounds of a number; an open bound excludes the bound itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Range {
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub open_min: bool,
    pub open_max: bool,
}

/// The keys of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    pub forms: Vec<(String, Form)>,
    /// Minimum number of keys that must be given.
    pub min: usize,
}

/// One kind of a tagged table; its keys include `kind`.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub name: String,
    pub keys: Keys,
    pub required: Vec<String>,
}

impl Keys {
    pub fn get(&self, name: &str) -> Option<&Form> {
        self.forms.iter().find(|(key, _)| key == name).map(|(_, form)| form)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.forms.iter().map(|(name, _)| name.as_str())
    }
}

/// Returns the form of a whole file.
pub(crate) fn file() -> &'static Keys {
    static FILE: LazyLock<Keys> = LazyLock::new(|| {
        let root = schema::raw();
        match compile(&root, &root) {
            Form::Table(keys) => keys,
            _ => Keys::default(),
        }
    });
    &FILE
}

/// Returns the keys without a default in tagged tables, as (path of the table, kind, key).
pub(crate) fn required() -> &'static [(String, String, String)] {
    static REQUIRED: LazyLock<Vec<(String, String, String)>> = LazyLock::new(|| {
        let mut found = Vec::new();
        visit_tables(file(), "", &mut |path, form| {
            let Form::Tagged(kinds, _) = form else { return };
            // The sweep reports keys missing from its rules itself.
            for kind in kinds.iter().filter(|_| !path.starts_with("sweep.")) {
                let keys = kind.required.iter();
                found.extend(keys.map(|key| (path.to_owned(), kind.name.clone(), key.clone())));
            }
        });
        found
    });
    &REQUIRED
}

/// Visits every table of a file, with its path.
pub(super) fn visit_tables(keys: &Keys, prefix: &str, visitor: &mut dyn FnMut(&str, &Form)) {
    fn visit(form: &Form, path: &str, visitor: &mut dyn FnMut(&str, &Form)) {
        match form {
            Form::Table(keys) => {
                visitor(path, form);
                visit_tables(keys, &format!("{path}."), visitor);
            }
            Form::Tagged(kinds, _) => {
                visitor(path, form);
                for kind in kinds {
                    visit_tables(&kind.keys, &format!("{path}."), visitor);
                }
            }
            Form::Either(forms) => forms.iter().for_each(|form| visit(form, path, visitor)),
            _ => {}
        }
    }
    for (name, form) in &keys.forms {
        visit(form, &format!("{prefix}{name}"), visitor);
    }
}

/// Returns the form that a schema within `root` describes.
pub(super) fn compile(root: &Value, schema: &Value) -> Form {
    let default = schema["default"]["kind"].as_str().map(str::to_owned);
    let schema = schema::resolve(root, schema);
    let kinds = schema::kinds(schema);
    if !kinds.is_empty() {
        let kinds = kinds.iter().map(|(name, kind)| compile_kind(root, name, kind));
        return Form::Tagged(kinds.collect(), default);
    }
    let alternatives = schema::alternatives(schema);
    if !alternatives.is_empty() {
        let mut forms: Vec<Form> =
            alternatives.into_iter().map(|schema| compile(root, schema)).collect();
        return if forms.len() == 1 { forms.remove(0) } else { Form::Either(forms) };
    }
    if let Some(names) = choice(schema) {
        return Form::Choice(names);
    }
    let kind = match &schema["type"] {
        Value::Array(types) => types.iter().find_map(|name| name.as_str().filter(|n| *n != "null")),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => Form::Table(compile_keys(root, schema)),
        Some("array") => Form::List {
            item: Box::new(compile(root, &schema["items"])),
            min: count(&schema["minItems"]).unwrap_or(0),
            max: count(&schema["maxItems"]),
        },
        Some("integer") => Form::Integer {
            min: schema["minimum"].as_i64(),
            // What TOML itself limits needs no bound.
            max: schema["maximum"].as_i64().filter(|max| *max < i64::MAX),
            of: schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect(),
        },
        Some("number") => Form::Number(Range {
            min: schema["minimum"].as_f64().or_else(|| schema["exclusiveMinimum"].as_f64()),
            max: schema["maximum"].as_f64().or_else(|| schema["exclusiveMaximum"].as_f64()),
            open_min: schema.get("exclusiveMinimum").is_some(),
            open_max: schema.get("exclusiveMaximum").is_some(),
        }),
        Some("boolean") => Form::Switch,
        _ => Form::Text { min: schema["minLength"].as_u64().unwrap_or(0) },
    }
}

fn compile_kind(root: &Value, name: &str, schema: &Value) -> Kind {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Kind {
        name: name.to_owned(),
        keys: compile_keys(root, schema),
        required: required.filter(|key| *key != "kind").map(str::to_owned).collect(),
    }
}

fn compile_keys(root: &Value, schema: &Value) -> Keys {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let forms = properties.map(|(name, schema)| (name.clone(), compile(root, schema)));
    Keys { forms: forms.collect(), min: count(&schema["minProperties"]).unwrap_or(0) }
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|value| usize::try_from(value).ok())
}

/// Returns the strings that the schema lists as `const`, `oneOf` or `enum`.
fn choice(schema: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(name) = text(&schema["const"]) {
        return Some(vec![name]);
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        let names = variants.iter().map(choice);
        return names.collect::<Option<Vec<_>>>().map(|names| names.concat());
    }
    schema["enum"].as_array()?.iter().map(text).collect()
}

/// Writes what is expected, for messages: "an integer of at least 1".
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { min: 0 } => f.write_str("a string in quotes"),
            Self::Text { .. } => f.write_str("a string in quotes that is not empty"),
            Self::Switch => f.write_str("`true` or `false`"),
            Self::Integer { of, .. } if !of.is_empty() => {
                let values: Vec<String> = of.iter().map(ToString::to_string).collect();
                f.write_str(&any_of(values.iter().map(String::as_str)))
            }
            Self::Integer { min, max, .. } => match (min, max) {
                (Some(min), Some(max)) => write!(f, "an integer from {min} to {max}"),
                (Some(min), None) => write!(f, "an integer of at least {min}"),
                (None, Some(max)) => write!(f, "an integer of at most {max}"),
                (None, None) => f.write_str("an integer"),
            },
            Self::Number(range) => write!(f, "a number{range}"),
            Self::Choice(names) => f.write_str(&any_of(names.iter().map(String::as_str))),
            Self::List { item, min, max } => match (min, max) {
                (min, Some(max)) if min == max => write!(f, "a list of {max} values, each {item}"),
                (0, Some(max)) => write!(f, "a list of at most {max} values, each {item}"),
                (min, Some(max)) => write!(f, "a list of {min} to {max} values, each {item}"),
                (0, None) => write!(f, "a list of values, each {item}"),
                (1, None) => write!(f, "a list of one or more values, each {item}"),
                (min, None) => write!(f, "a list of {min} or more values, each {item}"),
            },
            Self::Table(Keys { forms, min: 1.. }) => {
                let names = forms.iter().map(|(name, _)| name.as_str());
                write!(f, "a table of one or more of {}", any_of(names))
            }
            Self::Table(_) | Self::Tagged(..) => f.write_str("a table"),
            Self::Either(forms) => {
                for (index, form) in forms.iter().enumerate() {
                    let or = if index == 0 { "" } else { ", or " };
                    write!(f, "{or}{form}")?;
                }
                Ok(())
            }
        }
    }
}

impl Range {
    pub fn holds(&self, value: f64) -> bool {
        let above = self.min.is_none_or(|min| value > min || (!self.open_min && value >= min));
        let below = self.max.is_none_or(|max| value < max || (!self.open_max && value <= max));
        above && below
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (self.min.map(number), self.max.map(number));
        match (&min, self.open_min) {
            (Some(min), true) => write!(f, " above {min}")?,
            (Some(min), false) if max.is_some() && !self.open_max => {
                write!(f, " from {min}")?;
            }
            (Some(min), false) => write!(f, " of at least {min}")?,
            (None, _) => {}
        }
        let and = if min.is_some() { " and" } else { "" };
        match (&max, self.open_max) {
            (Some(max), true) => write!(f, "{and} below {max}"),
            (Some(max), false) if min.is_some() => write!(f, " to {max}"),
            (Some(max), false) => write!(f, " of at most {max}"),
            (None, _) => Ok(()),
        }
    }
}
