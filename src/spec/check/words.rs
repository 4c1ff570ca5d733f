//! The messages of the check.

use super::{Kinds, Walk};
use crate::spec::{
    diagnostics::Diagnostic,
    dotted::join,
    form::{self, Form, Keys},
    node::{Key, Node, Value},
    suggest::{any_of, nearest},
};

const QUOTE: &str = "quote the dotted key of a sweep: `\"train.epochs\" = [1, 2]`";

impl Walk<'_> {
    /// Reports a key that the table does not have.
    pub(super) fn unknown_key(
        &mut self,
        key: &Key,
        keys: &Keys,
        path: &str,
        kinds: Option<Kinds<'_>>,
    ) {
        if self.is_counted_only() {
            return;
        }
        let name = key.name.as_str();
        let message = format!("unknown key `{name}`{}", place_of(path));
        let mut problem = Diagnostic::new(message, key.place.as_ref());
        // Not a rule, which sets its kind, nor a table in a list of values, whose path ends with an index.
        let rule = kinds.is_some_and(|kinds| !kinds.given)
            && path.starts_with("sweep.")
            && !path.ends_with(|last: char| last.is_ascii_digit());
        if rule && nearest(name, keys.names()).is_none() {
            problem.message =
                format!("`{}` in [sweep] is a table: expected a list of values", display(path));
            problem = problem.note(QUOTE);
        } else if let Some((kinds, owners)) = kinds.and_then(|k| Some((k, k.owners(name)?))) {
            let kind = kinds.kind.map_or("?", |kind| kind.name.as_str());
            let by = if kinds.given { "is" } else { "is not given here and is" };
            problem.message =
                format!("key `{name}`{} does not go with `kind = \"{kind}\"`", place_of(path));
            let owners = any_of(owners.iter().map(String::as_str));
            problem = problem
                .note(format!("it is a key of kind {owners}; the kind of `{path}` {by} `{kind}`"));
        } else if let Some(near) = nearest(name, keys.names()) {
            self.out.broken.push(join(path, near));
            problem = problem.note(format!("did you mean `{near}`?"));
        } else if path == "sweep" {
            problem = sweep_note(problem, name);
        } else if let Some((table, key)) = elsewhere(name) {
            problem = problem.note(format!("did you mean `{key}` of [{table}]?"));
        } else {
            problem = problem.note(format!("expected {}", any_of(keys.names())));
        }
        self.report(problem);
    }

    /// Reports a value that does not have the form; always returns false.
    pub(super) fn refuse(&mut self, form: &Form, node: &Node, path: &str) -> bool {
        // A swept key takes a list or a rule; the message suggests only the list, which is simpler.
        if let (Form::Either(forms), true) = (form, path.starts_with("sweep."))
            && let [list @ Form::List { .. }, Form::Tagged(..)] = forms.as_slice()
            && !matches!(node.value, Value::Table(_))
        {
            return self.refuse(list, node, path);
        }
        if self.is_counted_only() {
            return false;
        }
        let path = &display(path);
        let shown = match &node.value {
            Value::Table(table) if table.entries.is_empty() => "an empty table".to_owned(),
            Value::List(items) if matches!(form, Form::List { .. }) => {
                format!("a list of {} values", items.len())
            }
            Value::List(_) | Value::Table(_) | Value::Date => what(&node.value).to_owned(),
            _ => shorten(&node.to_string()),
        };
        let mut notes = Vec::new();
        let message = match (form, &node.value) {
            (Form::Choice(names), Value::Text(text)) => {
                notes.push(match nearest(text, names.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected {form}"),
                });
                format!("`{path}` cannot be {shown}")
            }
            (Form::Integer { .. }, Value::Float(value)) => {
                if value.fract() == 0.0 {
                    notes.push(format!("write `{value}`, without a fraction"));
                }
                format!("`{path}` is {shown}: expected {form}")
            }
            (Form::Tagged(kinds, _), Value::Text(text)) => {
                let kind = nearest(text, kinds.iter().map(|kind| kind.name.as_str()));
                let kind = kind.unwrap_or(&kinds[0].name);
                notes.push(format!("write `{{ kind = \"{kind}\" }}`"));
                format!("`{path}` is {shown}: expected a table")
            }
            (Form::Table(_) | Form::Tagged(..), Value::List(_)) => {
                notes.push(format!("a table is written `[{path}]`, in single brackets"));
                format!("`{path}` is a list: expected a table")
            }
            (form, Value::Text(text)) => {
                if unquoted_fits(form, text) {
                    notes.push(format!("leave the quotes out: `{text}`"));
                }
                format!("`{path}` is {shown}: expected {form}")
            }
            (Form::List { min, .. }, Value::Integer(_) | Value::Float(_) | Value::Switch(_)) => {
                let many = if *min > 1 { min.to_string() } else { "one".to_owned() };
                let list = as_list(form, &shown);
                notes.extend(list.map(|list| format!("write `{list}` for a list of {many}")));
                format!("`{path}` is {shown}: expected {form}")
            }
            (form, _) => format!("`{path}` is {shown}: expected {form}"),
        };
        let mut problem = Diagnostic::new(message, node.place.as_ref());
        problem.notes = notes;
        self.report(problem);
        false
    }
}

/// Writes a single value as a list of that form; `None` if the values of such a list should differ, as the
/// ends of a range do.
fn as_list(form: &Form, shown: &str) -> Option<String> {
    let Form::List { item, min, .. } = form else { return Some(shown.to_owned()) };
    if *min > 1 && matches!(**item, Form::Number(_)) {
        return None;
    }
    let one = as_list(item, shown)?;
    Some(format!("[{}]", vec![one; (*min).max(1)].join(", ")))
}

/// Returns the type of a value with its article.
fn what(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a number with a fraction",
        Value::Switch(_) => "a boolean",
        Value::Date => "a date or time",
        Value::List(_) => "a list",
        Value::Table(_) => "a table",
    }
}

fn unquoted_fits(form: &Form, text: &str) -> bool {
    match form {
        Form::Switch => text.parse::<bool>().is_ok(),
        Form::Integer { .. } => text.parse::<i64>().is_ok(),
        Form::Number(_) => text.parse::<f64>().is_ok(),
        Form::Either(forms) => forms.iter().any(|form| unquoted_fits(form, text)),
        _ => false,
    }
}

/// Finds another table that has a key of this name.
fn elsewhere(name: &str) -> Option<(&'static str, &'static str)> {
    let known = form::known_keys();
    let exact = known.iter().find(|(_, key)| key == name);
    let near = || {
        let near = nearest(name, known.iter().map(|(_, key)| key.as_str()))?;
        known.iter().find(|(_, key)| key == near)
    };
    exact.or_else(near).map(|(table, key)| (table.as_str(), key.as_str()))
}

/// Adds a note about an unknown key of `[sweep]`: it has too many keys to list them all, and most mistakes
/// are a missing section or missing quotes.
fn sweep_note(problem: Diagnostic, name: &str) -> Diagnostic {
    let known = form::known_keys();
    if known.iter().any(|(table, _)| table == name || table.starts_with(&format!("{name}."))) {
        return problem.note(QUOTE);
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    match elsewhere(last) {
        Some((table, key)) => problem.note(format!("did you mean `\"{table}.{key}\"`?")),
        None => problem.note("expected `repeats`, or a dotted key such as `\"train.epochs\"`"),
    }
}

fn place_of(path: &str) -> String {
    if path.is_empty() { " at the top level".to_owned() } else { format!(" in [{path}]") }
}

/// Formats a path for messages: `model.filters[1]`, and a swept key without `sweep.`.
pub(super) fn display(path: &str) -> String {
    let path = path.strip_prefix("sweep.").unwrap_or(path);
    let mut shown = String::new();
    for part in path.split('.') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            shown = format!("{shown}[{part}]");
        } else {
            shown.push_str(if shown.is_empty() { "" } else { "." });
            shown.push_str(part);
        }
    }
    shown
}

fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    format!("{}...", text.chars().take(MOST).collect::<String>())
}
