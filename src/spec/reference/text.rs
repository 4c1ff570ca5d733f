//! Writes keys as Markdown that reads well in a terminal, too.

use super::{
    Found,
    entry::{Entry, Kind},
};
use crate::spec::suggest::any_of;
use std::collections::HashSet;

/// Columns after which lines break.
const WIDTH: usize = 100;

/// The lists of values whose meanings have been told.
pub(super) type Told<'a> = HashSet<&'a [(String, String)]>;

/// Writes what was found by a name.
pub(super) fn answer<'a>(found: &Found<'a>, told: &mut Told<'a>) -> String {
    match found {
        Found::Key(entry, _) if entry.is_table() => section(entry, 2, told),
        Found::Key(entry, kinds) => {
            let of = match kinds.as_slice() {
                [] => String::new(),
                kinds => format!(" of kind {}", any_of(kinds.iter().copied())),
            };
            item(&format!("`{}`{of}", entry.path), entry, "", told)
        }
        Found::Kind(entry, kind) => {
            let mut text = of_kind(&format!("{}.", entry.path), kind, "", told);
            for inner in kind.keys.iter().filter(|key| key.is_table()) {
                text.push('\n');
                text += &section(inner, 2, told);
            }
            text
        }
    }
}

/// Writes a key by its last name.
pub(super) fn entry<'a>(entry: &'a Entry, bullet: &str, told: &mut Told<'a>) -> String {
    item(&format!("`{}`", entry.name()), entry, bullet, told)
}

/// Writes a table with its keys and kinds below a heading of this depth, and the tables in it below further ones.
pub(super) fn section<'a>(table: &'a Entry, depth: usize, told: &mut Told<'a>) -> String {
    let mut text = format!("{} [{}]\n\n", "#".repeat(depth), table.path);
    text += &(wrapped(&table.about, "") + "\n");
    if !table.kinds.is_empty() && !table.kinds.iter().any(|kind| kind.is_default) {
        text += "`kind` is required.\n\n";
    }
    for key in &table.keys {
        text += &entry(key, "- ", told);
    }
    for kind in &table.kinds {
        text += &of_kind("", kind, "- ", told);
    }
    let keys = table.keys.iter().chain(table.kinds.iter().flat_map(|kind| &kind.keys));
    for inner in keys.filter(|key| key.is_table()) {
        text.push('\n');
        text += &section(inner, depth + 1, told);
    }
    text
}

/// Writes a kind of a table with the keys that it has, after the path of the table.
fn of_kind<'a>(path: &str, kind: &'a Kind, bullet: &str, told: &mut Told<'a>) -> String {
    let default = if kind.is_default { " (default)" } else { "" };
    let mut text =
        wrapped(&format!("`{path}kind = \"{}\"`{default}: {}", kind.name, kind.about), bullet);
    for key in &kind.keys {
        text += &entry(key, &inner(bullet), told);
    }
    text
}

/// Writes a key under this title, with the values that it may have.
fn item<'a>(title: &str, entry: &'a Entry, bullet: &str, told: &mut Told<'a>) -> String {
    let are_new = !entry.choices.is_empty() && told.insert(&entry.choices);
    let names: Vec<&str> = entry.choices.iter().map(|(name, _)| name.trim_matches('"')).collect();
    let are_all = entry.expected == any_of(names);
    let expected = if are_new && are_all { "one of the values below" } else { &entry.expected };
    let mut facts = expected.to_owned();
    if entry.is_table() {
        facts += ", see below";
    }
    if entry.is_required {
        facts += "; required";
    }
    if let Some(default) = &entry.default {
        facts = format!("{facts}; default `{default}`");
    }
    let mut text = wrapped(&format!("{title} ({facts}): {}", entry.short), bullet);
    for (name, about) in entry.choices.iter().filter(|_| are_new) {
        text += &wrapped(&format!("`{name}`: {about}"), &inner(bullet));
    }
    text
}

/// Returns the bullet of a list within an item that has this one.
fn inner(bullet: &str) -> String {
    format!("{}- ", " ".repeat(bullet.len()))
}

/// Breaks a text into lines, the first after a bullet, the others indented as far.
fn wrapped(text: &str, bullet: &str) -> String {
    let mut lines = vec![bullet.to_owned()];
    let mut is_begun = false;
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        // These would begin the item of a list.
        let is_bullet = ["-", "+", "*"].contains(&word);
        if is_begun && !is_bullet && line + 1 + word.chars().count() > WIDTH {
            lines.push(" ".repeat(bullet.len()));
            is_begun = false;
        }
        if let Some(line) = lines.last_mut() {
            *line += if is_begun { " " } else { "" };
            *line += word;
        }
        is_begun = true;
    }
    lines.join("\n") + "\n"
}
