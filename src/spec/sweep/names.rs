//! Names of points.

use super::{Block, Setting, Swept, canonical};
use crate::spec::node::{Key, Node, Value};
use std::collections::{HashMap, HashSet};

/// Returns the label of a value in the name of a folder.
pub(super) fn label(node: &Node) -> String {
    const MOST: usize = 40;
    words(node, false).chars().take(MOST).collect()
}

/// Returns the label with the keys of tables.
fn with_keys(node: &Node) -> String {
    const MOST: usize = 80;
    words(node, true).chars().take(MOST).collect()
}

fn words(node: &Node, keys: bool) -> String {
    let joined = |parts: Vec<String>| parts.join("-");
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Float(value) => format!("{value:?}").trim_end_matches(".0").to_owned(),
        Value::List(items) => joined(items.iter().map(|item| words(item, keys)).collect()),
        Value::Table(table) => {
            let part = |(key, node): &(Key, Node)| {
                let value = words(node, keys);
                if keys { format!("{}-{value}", key.name) } else { value }
            };
            joined(table.entries.iter().map(part).collect())
        }
        _ => node.to_string(),
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    text.chars().map(|c| if safe(c) { c } else { '_' }).collect()
}

/// Adds the keys of tables to the labels of one key's different tables that would otherwise be the same. All
/// other labels, and so the names of existing folders, stay as they are.
pub(super) fn tell_apart(blocks: &mut [Block]) {
    let place = |one: &Setting| (one.key, one.label.clone());
    let mut known: HashMap<_, HashSet<String>> = HashMap::new();
    for one in settings(blocks).filter(|one| is_table(one)) {
        known.entry(place(one)).or_default().insert(canonical(&one.node));
    }
    for one in settings(blocks).filter(|one| is_table(one)) {
        if known.get(&place(one)).is_some_and(|tables| tables.len() > 1) {
            one.label = with_keys(&one.node);
        }
    }
}

/// Returns all settings that occur in the names of runs.
fn settings(blocks: &mut [Block]) -> impl Iterator<Item = &mut Setting> {
    blocks
        .iter_mut()
        .flat_map(|block| block.axes.iter_mut().flatten().chain(&mut block.include).flatten())
}

fn is_table(setting: &Setting) -> bool {
    matches!(setting.node.value, Value::Table(_))
}

/// Returns the name of a point, `sigma=0.25,latent_dim=2`; its number is appended if the name is too long or
/// not unique.
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
