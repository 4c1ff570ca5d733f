//! The messages about values of the wrong form.

use super::Walk;
use crate::{
    spec::{
        Experiment,
        diagnostics::Diagnostic,
        familiar::absent,
        form::{Form, Kind},
        node::{Node, Value},
        source::Origin,
        suggest::{any_of, nearest, plain},
    },
    words::number,
};
use std::fmt::Display;

impl Walk<'_> {
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
        let expected = |what: &dyn Display| format!("`{path}` is {shown}: expected {what}");
        let table = || expected(&"a table");
        let (message, note) = match (form, &node.value) {
            (Form::Choice(names), Value::Text(text)) => (
                format!("`{path}` cannot be {shown}"),
                Some(choice_of(form, names, node, path, text)),
            ),
            (Form::Integer { .. }, Value::Float(value)) => (expected(form), whole(*value)),
            (Form::Tagged(kinds, _), Value::Text(text)) => {
                (table(), Some(as_kind(kinds, node, path, text)))
            }
            (Form::Table(_) | Form::Tagged(..), Value::List(_)) => {
                (table(), Some(format!("a table is written `[{path}]`, in single brackets")))
            }
            (Form::Table(_), Value::Integer(_) | Value::Float(_) | Value::Text(_))
                if path.contains('.') =>
            {
                (table(), as_table(form, node).map(|table| write(node, path, &table)))
            }
            (Form::Table(keys), Value::Switch(true)) if path.contains('.') => {
                let (defaults, names) = (write(node, path, "{}"), any_of(keys.names()));
                (table(), Some(format!("{defaults} for its defaults, or give {names}")))
            }
            (form, Value::Text(text)) => (expected(form), not_as_text(form, node, path, text)),
            (Form::List { min, .. }, Value::Integer(_) | Value::Float(_) | Value::Switch(_)) => {
                let many = if *min > 1 { min.to_string() } else { "one".to_owned() };
                let list = as_list(form, &shown).map(|list| write(node, path, &list));
                (expected(form), list.map(|write| format!("{write} for a list of {many}")))
            }
            (form, _) => (expected(form), None),
        };
        let mut problem = Diagnostic::new(message, node.place.as_ref());
        problem.notes.extend(note);
        self.report(problem);
        false
    }
}

/// Names the choice that was meant, or all of them.
fn choice_of(form: &Form, names: &[String], node: &Node, path: &str, text: &str) -> String {
    let near = || nearest(text, names.iter().map(String::as_str));
    let near = || near().map(|near| format!("did you mean `{near}`?"));
    let absent = || absent(&plain(text)).map(str::to_owned);
    let hint = as_sweep(form, node, path, text).or_else(near).or_else(absent);
    hint.unwrap_or_else(|| format!("expected {form}"))
}

/// Tells how to write an integer that is given as a fraction.
fn whole(value: f64) -> Option<String> {
    (value.fract() == 0.0).then(|| format!("write `{value}`, without a fraction"))
}

/// Tells how to write a table of the kind that a text was meant to name.
fn as_kind(kinds: &[Kind], node: &Node, path: &str, text: &str) -> String {
    let kind = nearest(text, kinds.iter().map(|kind| kind.name.as_str()));
    let kind = kind.unwrap_or(&kinds[0].name);
    if is_argument(node, path) {
        format!("write `--set {path}.kind={kind}`")
    } else {
        format!("write `{{ kind = \"{kind}\" }}`")
    }
}

/// Tells how to write the value that a text was meant to be.
fn not_as_text(form: &Form, node: &Node, path: &str, text: &str) -> Option<String> {
    if let Some(value) = unquoted(form, text) {
        return Some(if is_quoted(node) {
            format!("leave the quotes out: `{value}`")
        } else {
            write(node, path, &value)
        });
    }
    if let Some(list) = text_as_list(form, text) {
        return Some(write(node, path, &list));
    }
    if let Some(sweep) = as_sweep(form, node, path, text) {
        return Some(sweep);
    }
    let is_huge = text.parse::<f64>().is_ok_and(f64::is_infinite);
    is_huge.then(|| format!("the largest number is {}", number(f64::MAX)))
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

/// Returns the number or boolean that a text was meant to be, if it has the form.
fn unquoted(form: &Form, text: &str) -> Option<String> {
    match form {
        Form::Switch => text.parse::<bool>().ok().map(|value| value.to_string()),
        Form::Integer { min, max, .. } => {
            let value = text.parse::<i64>().ok();
            let value = value.filter(|value| min.is_none_or(|min| *value >= min));
            value.filter(|value| max.is_none_or(|max| *value <= max)).map(|it| it.to_string())
        }
        Form::Number(range) => {
            let value = text.parse::<f64>().ok();
            value.filter(|value| value.is_finite() && range.holds(*value)).map(number)
        }
        Form::Either(forms) => forms.iter().find_map(|form| unquoted(form, text)),
        _ => None,
    }
}

/// Returns the list that a text such as `16,32` was meant to be, if it has the form.
fn text_as_list(form: &Form, text: &str) -> Option<String> {
    match form {
        Form::List { item, min, max } => {
            let one = |part: &str| match &**item {
                Form::Choice(names) => {
                    names.iter().any(|name| name == part).then(|| format!("\"{part}\""))
                }
                item => unquoted(item, part),
            };
            let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
            let parts: Vec<String> = parts.map(one).collect::<Option<_>>()?;
            let fits = parts.len() >= *min && max.is_none_or(|max| parts.len() <= max);
            (fits && !parts.is_empty()).then(|| format!("[{}]", parts.join(", ")))
        }
        Form::Either(forms) => forms.iter().find_map(|form| text_as_list(form, text)),
        _ => None,
    }
}

/// Says how to get a run for each of several values, such as `1,2`, that an argument gives to a key that takes one.
fn as_sweep(form: &Form, node: &Node, path: &str, text: &str) -> Option<String> {
    let list = Form::List { item: Box::new(form.clone()), min: 2, max: None };
    let is_meant = is_argument(node, path) && Experiment::is_identified_by(path);
    let list = text_as_list(&list, text).filter(|_| is_meant)?;
    Some(format!("for a run with each, write `--set 'sweep.\"{path}\"={list}'`"))
}

/// Returns the table that a value was meant to be, with the first key that takes it.
fn as_table(form: &Form, node: &Node) -> Option<String> {
    let Form::Table(keys) = form else { return None };
    let takes = |form: &Form| match (form, &node.value) {
        (Form::Choice(names), Value::Text(text)) => names.contains(text),
        (Form::Integer { .. }, Value::Integer(_)) => true,
        (Form::Number(range), Value::Integer(value)) => range.holds(*value as f64),
        (Form::Number(range), Value::Float(value)) => range.holds(*value),
        _ => false,
    };
    let (key, _) = keys.forms.iter().find(|(_, form)| takes(form))?;
    Some(format!("{{ {key} = {node} }}"))
}

/// Tells what to write instead of a value: the whole argument if it is that of `--set`.
fn write(node: &Node, path: &str, value: &str) -> String {
    if !is_argument(node, path) {
        return format!("write `{value}`");
    }
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let quote = if value.chars().all(is_safe) { "" } else { "'" };
    format!("write `--set {quote}{path}={value}{quote}`")
}

/// Whether a value is all that an argument of `--set` gives to a key.
fn is_argument(node: &Node, path: &str) -> bool {
    node.place.as_ref().is_some_and(|place| {
        let rest = place.source.text.strip_prefix(path);
        place.source.origin == Origin::Argument && rest.is_some_and(|rest| rest.starts_with('='))
    })
}

fn is_quoted(node: &Node) -> bool {
    node.place.as_ref().is_some_and(|place| place.text().starts_with(['"', '\'']))
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
