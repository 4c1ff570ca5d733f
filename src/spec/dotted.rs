//! Access to values by dotted keys such as `train.epochs`.

use std::collections::BTreeMap;
use toml::Value;

/// Returns the value, possibly a table, at a dotted key.
pub fn value<'v>(table: &'v Value, key: &str) -> Option<&'v Value> {
    key.split('.').try_fold(table, |value, part| value.get(part))
}

/// Whether a dotted key is `table` or lies within it.
pub fn is_within(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the dotted key of a key within the table at `path`, which is empty for the whole file.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Returns all values of a table that are not tables themselves, by their dotted keys. If `value` is not a
/// table, it is the only entry, with an empty key.
pub fn leaves(value: &Value) -> BTreeMap<String, Value> {
    fn visit(value: &Value, path: &str, leaves: &mut BTreeMap<String, Value>) {
        let Value::Table(table) = value else {
            leaves.insert(path.to_owned(), value.clone());
            return;
        };
        for (key, value) in table {
            visit(value, &join(path, key), leaves);
        }
    }
    let mut found = BTreeMap::new();
    visit(value, "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_is_found_by_its_key() {
        let text = "[model]\nfilters = [2, 4]\n[task.noise]\nsigma = 0.5\n[log]\n";
        let table: Value = toml::from_str(text).unwrap();
        let leaves = leaves(&table);
        let keys: Vec<&str> = leaves.keys().map(String::as_str).collect();
        assert_eq!(keys, ["model.filters", "task.noise.sigma"]);
        assert!(leaves.iter().all(|(key, leaf)| value(&table, key) == Some(leaf)));
        assert!(value(&table, "task.noise").is_some_and(Value::is_table));
        assert_eq!(value(&table, "task.noise.sigma.x"), None);
        assert_eq!(value(&table, "task.kind"), None);
    }
}
