//! The keys of an experiment by name, for suggestions.

use super::{
    dotted::join,
    form::{self, Form, Keys},
    suggest::nearest,
};
use std::sync::LazyLock;

/// A key outside `[sweep]`.
pub(crate) struct Known {
    /// The path of its table.
    pub table: String,
    pub key: String,
    /// The kinds of the table that have it; empty if the default kind has.
    pub kinds: Vec<String>,
}

/// Returns every key outside `[sweep]` but `kind`.
pub(crate) fn known_keys() -> &'static [Known] {
    static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let mut found: Vec<Known> = Vec::new();
        form::visit_tables(form::file(), "", &mut |path, form| {
            let (all, default): (Vec<(&str, &Keys)>, _) = match form {
                Form::Table(keys) => (vec![("", keys)], Some("")),
                Form::Tagged(kinds, default) => {
                    let all = kinds.iter().map(|kind| (kind.name.as_str(), &kind.keys));
                    (all.collect(), default.as_deref())
                }
                _ => return,
            };
            let names = all.iter().flat_map(|(_, keys)| keys.names());
            for name in names.filter(|name| *name != "kind" && !path.starts_with("sweep")) {
                if !found.iter().any(|known| known.table == path && known.key == name) {
                    let having = all.iter().filter(|(_, keys)| keys.get(name).is_some());
                    let mut kinds: Vec<String> = having.map(|(kind, _)| (*kind).into()).collect();
                    if kinds.iter().any(|kind| Some(kind.as_str()) == default) {
                        kinds.clear();
                    }
                    found.push(Known { table: path.to_owned(), key: name.to_owned(), kinds });
                }
            }
        });
        found
    });
    &KNOWN
}

/// Returns the dotted keys that a name was most likely meant to be, see [`nearest`].
pub fn keys_called(name: &str) -> Vec<String> {
    elsewhere(name).into_iter().map(|known| join(&known.table, &known.key)).collect()
}

/// Returns the keys of this or the most similar name in other tables, of those that are least deep, first those of all
/// kinds. For a dotted name, those whose table it names, if there are any.
pub(super) fn elsewhere(name: &str) -> Vec<&'static Known> {
    let mut parts = name.rsplit('.');
    let (last, table) = (parts.next().unwrap_or(name), parts.next());
    // A short name may be part of a long one by chance.
    let names = known_keys().iter().map(|known| known.key.as_str());
    let long = |key: &&str| 2 * key.len() >= last.len();
    let Some(near) = nearest(last, names.filter(long)) else { return Vec::new() };
    let mut found: Vec<&Known> = known_keys().iter().filter(|known| known.key == near).collect();
    let is_named = |known: &&Known| known.table.split('.').any(|part| Some(part) == table);
    if found.iter().any(is_named) {
        found.retain(is_named);
    }
    let depth = |known: &&Known| known.table.matches('.').count();
    let least = found.iter().map(depth).min();
    found.retain(|known| Some(depth(known)) == least);
    found.sort_by_key(|known| !known.kinds.is_empty());
    found
}
