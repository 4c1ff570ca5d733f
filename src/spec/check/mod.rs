//! Checks one layer against the forms: unknown keys, wrong types, names, ranges and lengths.
//!
//! Invalid entries are reported and removed from the layer, so that the rest can still be resolved and
//! all mistakes are reported at once.

mod unknown;
mod words;

use words::display;

use super::{
    diagnostics::{Diagnostic, MOST},
    dotted::join,
    form::{Form, Keys, Kind, Range},
    node::{Key, Node, Table, Value},
    suggest::nearest,
};

/// What the lower layers hold at the path of a table.
pub(crate) enum Below {
    /// Not known.
    Unknown,
    /// Nothing.
    Nothing,
    /// A table of this kind.
    Kind(String),
    /// A value that is not a table, as text.
    Scalar(String),
}

/// The result of checking a layer.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The first mistakes, at most [`MOST`].
    pub problems: Vec<Diagnostic>,
    /// Number of further mistakes.
    pub unreported: usize,
    /// Paths whose values were removed, or that a misspelt key was probably meant to be.
    pub broken: Vec<String>,
    /// Paths of tables that this layer replaces instead of merging with.
    pub replaced: Vec<String>,
}

/// Checks `layer` against `keys` and removes invalid entries; `below` looks up the lower layers.
pub(crate) fn check(layer: &mut Table, keys: &Keys, below: &dyn Fn(&str) -> Below) -> Checked {
    let mut walk = Walk { below, most: MOST, out: Checked::default() };
    walk.table(layer, keys, "", None);
    walk.out
}

struct Walk<'a> {
    below: &'a dyn Fn(&str) -> Below,
    /// Maximum number of mistakes to describe.
    most: usize,
    out: Checked,
}

impl Walk<'_> {
    fn report(&mut self, problem: Diagnostic) {
        self.out.problems.push(problem);
    }

    /// Whether a mistake is one too many to be described, which takes time and memory; if so, counts it.
    fn is_counted_only(&mut self) -> bool {
        let is_full = self.out.problems.len() >= self.most;
        self.out.unreported += usize::from(is_full);
        is_full
    }

    /// Returns the number of mistakes.
    fn mistakes(&self) -> usize {
        self.out.problems.len() + self.out.unreported
    }

    /// Checks every entry and keeps the valid ones.
    fn table(&mut self, table: &mut Table, keys: &Keys, path: &str, kinds: Option<Kinds<'_>>) {
        table.entries.retain_mut(|(key, node)| {
            let inner = join(path, &key.name);
            let Some(form) = keys.get(&key.name) else {
                self.unknown_key(key, keys, path, kinds);
                return false;
            };
            let valid = self.value(form, node, &inner);
            if !valid {
                self.out.broken.push(inner);
            }
            valid
        });
    }

    /// Reports what is wrong with `node`, and returns whether it has the form.
    fn value(&mut self, form: &Form, node: &mut Node, path: &str) -> bool {
        read_pair_as_text(form, node);
        match (form, &mut node.value) {
            (Form::Text { min }, Value::Text(text)) if text.len() as u64 >= *min => true,
            (Form::Switch, Value::Switch(_)) => true,
            (Form::Integer { min, max, of }, Value::Integer(value)) => {
                let value = *value;
                let within = min.is_none_or(|min| value >= min)
                    && max.is_none_or(|max| value <= max)
                    && (of.is_empty() || of.contains(&value));
                within || self.refuse(form, node, path)
            }
            (Form::Number(range), Value::Integer(value)) => {
                let value = *value as f64;
                self.number(*range, value, form, node, path)
            }
            (Form::Number(range), Value::Float(value)) => {
                let value = *value;
                self.number(*range, value, form, node, path)
            }
            (Form::Choice(names), Value::Text(text)) if names.contains(text) => true,
            (Form::List { item, min, max }, Value::List(items)) => {
                let mut valid = true;
                for (index, element) in items.iter_mut().enumerate() {
                    valid &= self.value(item, element, &join(path, &index.to_string()));
                }
                let fits = items.len() >= *min && max.is_none_or(|max| items.len() <= max);
                valid && (fits || self.refuse(form, node, path))
            }
            (Form::Table(keys), Value::Table(table)) => {
                if table.entries.len() < keys.min {
                    return self.refuse(form, node, path);
                }
                self.table(table, keys, path, None);
                // With too few valid keys left, the table is invalid; the reason has been reported.
                table.entries.len() >= keys.min
            }
            (Form::Tagged(kinds, default), Value::Table(table)) => {
                let before = self.mistakes();
                let valid = self.tagged(kinds, default.as_deref(), table, path);
                // A sweep's rule with a part removed would mean something else.
                valid && (before == self.mistakes() || !path.starts_with("sweep."))
            }
            (Form::Either(forms), _) => self.either(forms, form, node, path),
            _ => self.refuse(form, node, path),
        }
    }

    fn number(&mut self, range: Range, value: f64, form: &Form, node: &Node, path: &str) -> bool {
        if !value.is_finite() {
            if self.is_counted_only() {
                return false;
            }
            let message = format!("`{}` is {node}: expected {form} that is finite", display(path));
            self.report(Diagnostic::new(message, node.place.as_ref()));
            return false;
        }
        range.holds(value) || self.refuse(form, node, path)
    }

    /// Checks a value that may have one of several forms, against those that fit its type.
    fn either(&mut self, forms: &[Form], all: &Form, node: &mut Node, path: &str) -> bool {
        if let Value::Table(table) = &node.value {
            if !table.dotted {
                self.out.replaced.push(path.to_owned());
            } else if let Below::Scalar(below) = (self.below)(path) {
                let message = format!("`{path}` is {below} here, and not a table to set a key of");
                let note = format!("write the whole table: `{path} = {{ ... }}`");
                self.report(Diagnostic::new(message, node.place.as_ref()).note(note));
                return false;
            }
        }
        let fitting: Vec<&Form> = forms.iter().filter(|form| fits(form, node)).collect();
        match fitting.as_slice() {
            [form] => self.value(form, node, path),
            [] => self.refuse(all, node, path),
            // Several forms of the same type with different bounds: the value must satisfy one of them.
            several => {
                let tried = |form: &&&Form| {
                    let out = Checked::default();
                    let mut trial = Walk { below: self.below, most: 0, out };
                    trial.value(form, &mut node.clone(), path)
                };
                several.iter().any(|form| tried(&form)) || self.refuse(all, node, path)
            }
        }
    }

    fn tagged(
        &mut self,
        kinds: &[Kind],
        default: Option<&str>,
        table: &mut Table,
        path: &str,
    ) -> bool {
        let named = |name: &str| kinds.iter().find(|kind| kind.name == name);
        let (own, misspelt) = self.own_kind(kinds, table, path);
        let below = match (self.below)(path) {
            Below::Kind(name) => named(&name),
            Below::Nothing if own.is_none() && !misspelt => {
                let kind = default.and_then(named);
                table.entries.extend(kind.map(Kind::entry));
                kind
            }
            _ => None,
        };
        let kind = own.or(below);
        if let (Some(own), Some(below)) = (own, below)
            && own.name != below.name
        {
            self.out.replaced.push(path.to_owned());
        }
        let kinds = Kinds { all: kinds, kind, given: own.is_some() };
        match kind {
            Some(kind) => self.table(table, &kind.keys, path, Some(kinds)),
            None => self.table(table, &union(kinds.all), path, Some(kinds)),
        }
        !misspelt
    }

    /// Returns the kind that the table names, or probably means, and whether the name is invalid.
    fn own_kind<'k>(
        &mut self,
        kinds: &'k [Kind],
        table: &mut Table,
        path: &str,
    ) -> (Option<&'k Kind>, bool) {
        let Some((key, node)) = table.take("kind") else { return (None, false) };
        let mut meant = None;
        if let Value::Text(name) = &node.value {
            if let Some(kind) = kinds.iter().find(|kind| kind.name == *name) {
                table.entries.insert(0, (key, node));
                return (Some(kind), false);
            }
            let near = nearest(name, kinds.iter().map(|kind| kind.name.as_str()));
            meant = near.and_then(|near| kinds.iter().find(|kind| kind.name == near));
        }
        let names = kinds.iter().map(|kind| kind.name.clone()).collect();
        self.refuse(&Form::Choice(names), &node, &join(path, "kind"));
        (meant, true)
    }
}

impl Kind {
    /// Returns the entry `kind = "..."`, without a location.
    fn entry(&self) -> (Key, Node) {
        let value = Value::Text(self.name.clone());
        (Key { name: "kind".to_owned(), place: None }, Node { value, place: None })
    }
}

/// The kinds of the table being checked, and the one in effect if it is known.
#[derive(Clone, Copy)]
struct Kinds<'a> {
    all: &'a [Kind],
    kind: Option<&'a Kind>,
    /// Whether the layer itself sets the kind.
    given: bool,
}

impl Kinds<'_> {
    /// Returns the kinds that have the key, if any.
    fn owners(&self, key: &str) -> Option<Vec<String>> {
        let having = self.all.iter().filter(|kind| kind.keys.get(key).is_some());
        let names: Vec<String> = having.map(|kind| kind.name.clone()).collect();
        (!names.is_empty()).then_some(names)
    }
}

/// Returns the keys of all kinds, for a table of unknown kind.
fn union(kinds: &[Kind]) -> Keys {
    let mut keys = Keys::default();
    for (name, form) in kinds.iter().flat_map(|kind| &kind.keys.forms) {
        if keys.get(name).is_none() {
            keys.forms.push((name.clone(), form.clone()));
        }
    }
    keys
}

/// Whether a value is of the form's type, whatever its range.
fn fits(form: &Form, node: &Node) -> bool {
    match (form, &node.value) {
        (Form::Either(forms), _) => forms.iter().any(|form| fits(form, node)),
        (Form::Text { .. } | Form::Choice(_), Value::Text(_))
        | (Form::Switch, Value::Switch(_))
        | (Form::Integer { .. } | Form::Number(_), Value::Integer(_) | Value::Float(_))
        | (Form::List { .. }, Value::List(_))
        | (Form::Table(_) | Form::Tagged(..), Value::Table(_)) => true,
        _ => false,
    }
}

/// Turns the value of `--set experiment.name=2024` into text, since the shell removes quotes.
fn read_pair_as_text(form: &Form, node: &mut Node) {
    let scalar =
        matches!(node.value, Value::Integer(_) | Value::Float(_) | Value::Switch(_) | Value::Date);
    let place = node.place.as_ref().filter(|place| place.source.is_pair());
    if let (Form::Text { .. }, true, Some(place)) = (form, scalar, place) {
        node.value = Value::Text(place.text().to_owned());
    }
}
