//! What points are called.

use super::{Setting, Swept};
use crate::spec::node::{Node, Value};
use std::collections::HashSet;

/// A value as a part of a folder's name.
pub(super) fn label(node: &Node) -> String {
    const MOST: usize = 40;
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Float(value) => format!("{value:?}").trim_end_matches(".0").to_owned(),
        Value::List(items) => items.iter().map(label).collect::<Vec<_>>().join("-"),
        Value::Table(table) => {
            table.entries.iter().map(|(_, node)| label(node)).collect::<Vec<_>>().join("-")
        }
        _ => node.to_string(),
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    text.chars().map(|c| if safe(c) { c } else { '_' }).take(MOST).collect()
}

/// `sigma=0.25,latent_dim=2`; the point's number is added where that is too long or not unique.
pub(super) fn name(
    keys: &[Swept],
    choice: &[&Setting],
    number: usize,
    taken: &mut HashSet<String>,
) -> String {
    const MOST: usize = 120;
    let parts = choice.iter().map(|one| format!("{}={}", keys[one.key].label, one.label));
    let mut name = parts.collect::<Vec<_>>().join(",");
    if name.len() > MOST || taken.contains(&name) {
        name.truncate(MOST);
        name = format!("{name},p{number}");
    }
    taken.insert(name.clone());
    name
}
