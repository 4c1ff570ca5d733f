//! The keys of an experiment by name, for suggestions.

use super::form::{self, Form, Keys};
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
