//! TOML values with their source locations.
//!
//! figment merges values and serde reads them, but neither keeps source locations; this tree does.

use super::{
    dotted,
    source::{Source, Span},
};
use std::{fmt, sync::Arc};
use toml_edit::{Document, Item, TableLike};

/// A value and its source location; built-in defaults have none.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub value: Value,
    pub place: Option<Span>,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Switch(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// Keys and values in the order of the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub entries: Vec<(Key, Node)>,
    /// Whether the table is written with dotted keys only, which set single values rather than the whole
    /// table.
    pub dotted: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub name: String,
    pub place: Option<Span>,
}

impl Table {
    pub fn get(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(key, _)| key.name == name)
    }

    pub fn take(&mut self, name: &str) -> Option<(Key, Node)> {
        let index = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(index))
    }

    /// Returns the entry at `path`: names of keys and indices of lists, joined by dots.
    pub fn find(&self, path: &str) -> Option<(&Key, &Node)> {
        let mut parts = path.split('.');
        let (mut key, mut node) = self.get(parts.next()?).map(|(key, node)| (key, node))?;
        for part in parts {
            match &node.value {
                Value::Table(table) => (key, node) = table.get(part).map(|(k, n)| (k, n))?,
                Value::List(items) => node = items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            }
        }
        Some((key, node))
    }

    /// Whether this table decides the value of `path`, either by setting it or by setting a table around it to
    /// something else than a table.
    pub fn decides(&self, path: &str) -> bool {
        let mut table = self;
        for part in path.split('.') {
            match table.get(part).map(|(_, node)| &node.value) {
                None => return false,
                Some(Value::Table(inner)) => table = inner,
                Some(_) => return true,
            }
        }
        true
    }

    /// Removes `path` if it exists.
    pub fn remove(&mut self, path: &str) {
        match path.split_once('.') {
            None => drop(self.take(path)),
            Some((first, rest)) => {
                let inner = self.entries.iter_mut().find(|(key, _)| key.name == first);
                if let Some((_, Node { value: Value::Table(table), .. })) = inner {
                    table.remove(rest);
                }
            }
        }
    }

    /// Inserts `node` at `path`, replacing any previous value there or along the way.
    pub fn insert(&mut self, path: &[Key], node: Node) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            self.take(&first.name);
            self.entries.push((first.clone(), node));
            return;
        }
        let index = self.entries.iter().position(|(key, inner)| {
            key.name == first.name && matches!(inner.value, Value::Table(_))
        });
        let index = index.unwrap_or_else(|| {
            self.take(&first.name);
            let table = Self { entries: Vec::new(), dotted: true };
            let place = first.place.clone();
            self.entries.push((first.clone(), Node { value: Value::Table(table), place }));
            self.entries.len() - 1
        });
        if let Value::Table(inner) = &mut self.entries[index].1.value {
            inner.insert(rest, node);
        }
    }

    /// Merges `other` into this table, with precedence. An inner table written with dotted keys changes only
    /// what it names; any other replaces the existing table.
    pub fn merge(&mut self, other: Self) {
        for (key, node) in other.entries {
            let known = self.entries.iter_mut().find(|(known, _)| known.name == key.name);
            match (known, node) {
                (
                    Some((_, Node { value: Value::Table(below), .. })),
                    Node { value: Value::Table(above), .. },
                ) if above.dotted => below.merge(above),
                (Some(entry), node) => *entry = (key, node),
                (None, node) => self.entries.push((key, node)),
            }
        }
    }

    /// Returns the paths of all values that are not tables, in alphabetical order.
    pub fn leaves(&self) -> impl Iterator<Item = String> {
        dotted::leaves(&self.to_toml().into()).into_keys()
    }

    /// Returns the values without their locations.
    pub fn to_toml(&self) -> toml::Table {
        self.entries.iter().map(|(key, node)| (key.name.clone(), node.to_toml())).collect()
    }

    /// Parses a TOML document.
    ///
    /// # Errors
    /// The parser's message and the location of the error.
    pub fn parse(text: &str, source: &Arc<Source>) -> Result<Self, (String, Span)> {
        match Document::parse(text) {
            Ok(document) => Ok(table_of(document.as_table(), source)),
            Err(error) => {
                // The parser may point at the end of the text, below the last line.
                let last = text.trim_end_matches(['\n', '\r']).len();
                let span = error.span().unwrap_or(last..last);
                let span = span.start.min(last)..span.end.min(last);
                Err((error.message().to_owned(), Span::new(source, span)))
            }
        }
    }
}

impl Node {
    /// Returns the value without its location.
    pub fn to_toml(&self) -> toml::Value {
        match &self.value {
            Value::Text(text) => text.clone().into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Switch(value) => (*value).into(),
            // No key accepts a date, so none passes the check.
            Value::Date => String::new().into(),
            Value::List(items) => items.iter().map(Self::to_toml).collect::<Vec<_>>().into(),
            Value::Table(table) => table.to_toml().into(),
        }
    }
}

/// Returns the location of an entry's value, or else that of its key.
pub(crate) fn place((key, node): (&Key, &Node)) -> Option<Span> {
    node.place.clone().or_else(|| key.place.clone())
}

/// Creates a node without a location.
impl From<&toml::Value> for Node {
    fn from(value: &toml::Value) -> Self {
        let value = match value {
            toml::Value::String(text) => Value::Text(text.clone()),
            toml::Value::Integer(value) => Value::Integer(*value),
            toml::Value::Float(value) => Value::Float(*value),
            toml::Value::Boolean(value) => Value::Switch(*value),
            toml::Value::Datetime(_) => Value::Date,
            toml::Value::Array(items) => Value::List(items.iter().map(Self::from).collect()),
            toml::Value::Table(table) => Value::Table(table.into()),
        };
        Self { value, place: None }
    }
}

impl From<&toml::Table> for Table {
    fn from(table: &toml::Table) -> Self {
        let pairs = table.iter();
        let key = |name: &String| Key { name: name.clone(), place: None };
        Self { entries: pairs.map(|(k, v)| (key(k), v.into())).collect(), dotted: false }
    }
}

fn table_of(table: &dyn TableLike, source: &Arc<Source>) -> Table {
    let mut result = Table { entries: Vec::new(), dotted: table.is_dotted() };
    for (name, item) in table.iter() {
        let Some(mut node) = item_of(item, source) else { continue };
        let span = table.key(name).and_then(toml_edit::Key::span);
        let place = span.map(|span| Span::new(source, span));
        // A table that is only implied by the headers of inner tables has no location of its own.
        node.place = node.place.or_else(|| place.clone());
        result.entries.push((Key { name: name.to_owned(), place }, node));
    }
    result
}

fn item_of(item: &Item, source: &Arc<Source>) -> Option<Node> {
    let place = item.span().map(|span| Span::new(source, span));
    let value = match item {
        Item::None => return None,
        Item::Value(value) => return Some(value_of(value, source)),
        Item::Table(table) => Value::Table(table_of(table, source)),
        Item::ArrayOfTables(tables) => Value::List(
            tables
                .iter()
                .map(|table| Node {
                    value: Value::Table(table_of(table, source)),
                    place: table.span().map(|span| Span::new(source, span)),
                })
                .collect(),
        ),
    };
    Some(Node { value, place })
}

fn value_of(value: &toml_edit::Value, source: &Arc<Source>) -> Node {
    let place = value.span().map(|span| Span::new(source, span));
    let value = match value {
        toml_edit::Value::String(text) => Value::Text(text.value().clone()),
        toml_edit::Value::Integer(value) => Value::Integer(*value.value()),
        toml_edit::Value::Float(value) => Value::Float(*value.value()),
        toml_edit::Value::Boolean(value) => Value::Switch(*value.value()),
        toml_edit::Value::Datetime(_) => Value::Date,
        toml_edit::Value::Array(items) => {
            Value::List(items.iter().map(|item| value_of(item, source)).collect())
        }
        toml_edit::Value::InlineTable(table) => Value::Table(table_of(table, source)),
    };
    Node { value, place }
}

/// Writes the value as TOML on one line.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            // Debug formatting uses an exponent where the TOML writer would print fifty zeros.
            Value::Float(value) if value.is_finite() => write!(f, "{value:?}"),
            _ => write!(f, "{}", self.to_toml()),
        }
    }
}
