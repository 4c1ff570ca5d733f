//! The keys in which runs differ, and short names for them.

use super::run::{Run, plain};
use crate::{spec::words::shortest_end, sweep::number};
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

/// Keys that make no other experiment: repeats differ in nothing but these.
const NAMING: [&str; 3] = ["experiment.name", "experiment.description", "experiment.seed"];

/// A key in which runs differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Dotted, as in experiment files.
    pub path: String,
    /// The shortest end of it that no other such key has.
    pub label: String,
    /// Its values, each once: numbers in their order, everything else by its text.
    pub values: Vec<Value>,
    /// Whether all its values are numbers.
    pub numeric: bool,
    /// The value that more than two thirds of the runs have, which need not be said of each.
    pub usual: Option<Value>,
    /// Whether there are runs that do not have it.
    pub optional: bool,
}

impl Key {
    /// What a run has of it, as `sigma=0.5`; nothing of the usual value. Of a run that does not have
    /// the key that is said where it could be taken for one with the usual value.
    pub fn told(&self, run: &Run) -> Option<String> {
        let value = run.values.get(&self.path);
        (value != self.usual.as_ref()).then(|| self.spelled(run))
    }

    /// What a run has of it, be it the usual value or none.
    pub fn spelled(&self, run: &Run) -> String {
        match run.values.get(&self.path) {
            Some(value) => format!("{}={}", self.label, plain(value)),
            None => format!("{} not given", self.label),
        }
    }
}

/// The keys in which the runs differ: those of `first` in its order, then the others by name.
pub fn differing<'a>(runs: &'a [Run], first: impl Iterator<Item = &'a str>) -> Vec<Key> {
    let named: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.values.keys().map(String::as_str)).collect();
    let first: Vec<&str> = first.collect();
    let mut seen = BTreeSet::new();
    let swept = |path: &&str| first.contains(path);
    let tells = |path: &&str| swept(path) || !follows_from_kind(runs, path);
    // Several sweeps may have a key.
    let all = first.iter().copied().chain(named.into_iter().filter(tells));
    let mut paths: Vec<&str> = all.filter(|path| seen.insert(*path)).collect();
    paths.retain(|path| !NAMING.contains(path) && differs(runs, path));
    let keys = paths.iter().map(|path| {
        let label = shortest_end(path, &paths).to_owned();
        let values = values(runs, path);
        let numeric = values.iter().all(|value| number(value).is_some());
        let usual = values.iter().find(|value| {
            let count = runs.iter().filter(|run| run.values.get(*path) == Some(*value)).count();
            3 * count > 2 * runs.len()
        });
        let optional = runs.iter().any(|run| !run.values.contains_key(*path));
        Key { path: (*path).to_owned(), label, usual: usual.cloned(), values, numeric, optional }
    });
    keys.collect()
}

/// Whether a key says nothing beside the kind of its table: all runs of a kind have the same value, or none,
/// and no two kinds have different ones.
fn follows_from_kind(runs: &[Run], path: &str) -> bool {
    let Some((table, key)) = path.rsplit_once('.') else { return false };
    let kind = format!("{table}.kind");
    let mut known: BTreeMap<String, Option<&Value>> = BTreeMap::new();
    let same = runs.iter().filter(|run| !run.values.is_empty()).all(|run| {
        let value = run.values.get(path);
        let kind = run.values.get(&kind).map(plain);
        kind.is_some_and(|kind| *known.entry(kind).or_insert(value) == value)
    });
    key != "kind" && same && values(runs, path).len() == 1
}

/// What is the same for the runs that are repeats of each other, as text to compare.
pub fn repeated(run: &Run) -> BTreeMap<&str, String> {
    let own = run.values.iter().filter(|(key, _)| !NAMING.contains(&key.as_str()));
    own.map(|(key, value)| (key.as_str(), value.to_string())).collect()
}

/// Whether a key has more than one value among the runs, having none counted as one.
fn differs(runs: &[Run], path: &str) -> bool {
    let known = runs.iter().filter(|run| !run.values.is_empty());
    let mut values = known.map(|run| run.values.get(path));
    values.next().is_some_and(|first| values.any(|value| value != first))
}

fn values(runs: &[Run], path: &str) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for value in runs.iter().filter_map(|run| run.values.get(path)) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values.sort_by(|a, b| match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => plain(a).cmp(&plain(b)),
    });
    values
}
