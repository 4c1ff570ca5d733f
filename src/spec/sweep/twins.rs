//! Finds points that train the same network.

use super::{Setting, Sweep};
use crate::{
    spec::{Experiment, Point, diagnostics::Diagnostic},
    words::listed,
};
use std::{collections::HashMap, ptr};

impl Sweep {
    /// Reports points that train the same network as an earlier one, once for each set of keys in which two
    /// differ. The `choices` are those of the groups of `points`.
    pub(super) fn twins(&self, choices: &[Vec<&Setting>], points: &[Point]) -> Vec<Diagnostic> {
        let (mut known, mut reported) = (HashMap::new(), Vec::<Vec<usize>>::new());
        let mut problems = Vec::new();
        for point in points {
            let first: &Point = known.entry(trained(&point.experiment)).or_insert(point);
            if ptr::eq(first, point) {
                continue;
            }
            let [before, own] = [first, point].map(|point| &choices[point.group]);
            let differing = differing(before, own);
            let contains = |known: &Vec<usize>| known.iter().all(|key| differing.contains(key));
            if !reported.iter().any(contains) {
                problems.push(self.same([first, point], &differing, own));
                reported.push(differing);
            }
        }
        problems
    }

    /// Describes two points that differ only in the keys `differing`; `own` is what the second sets.
    fn same(&self, points: [&Point; 2], differing: &[usize], own: &[&Setting]) -> Diagnostic {
        let set = own.iter().find(|one| differing.contains(&one.key));
        let key = || self.keys[*differing.first()?].keys[0].place.as_ref();
        let place = set.and_then(|one| one.node.place.as_ref()).or_else(key);
        let paths: Vec<&str> = differing.iter().map(|key| self.keys[*key].path.as_str()).collect();
        let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        let named = listed(&named);
        let is_one = paths.len() == 1;
        let (why, advice) = if paths.iter().any(|path| Experiment::is_identified_by(path)) {
            let verb = if is_one { "makes" } else { "make" };
            (format!("{named} {verb} no difference between them"), "leave one of them out")
        } else {
            let verb = if is_one { "does" } else { "do" };
            (format!("{named} {verb} not affect training"), "give one value, outside of [sweep]")
        };
        let [first, second] = points.map(|point| point.experiment.name_or(&point.name));
        Diagnostic::new(format!("`{first}` and `{second}` train the same network: {why}"), place)
            .note(format!("{advice}; to train with several seeds, use `repeats`"))
    }
}

/// Returns a text that is equal only for experiments that train the same network, as far as that is known
/// without the data and the initial weights.
fn trained(experiment: &Experiment) -> String {
    let Experiment { data, model, .. } = experiment;
    format!("{}{:?}{:?}", experiment.identity(), data.root, model.init())
}

/// Returns the keys that two combinations do not set to the same value: those that the second sets, then those
/// that only the first sets.
fn differing(before: &[&Setting], own: &[&Setting]) -> Vec<usize> {
    let same = |a: &Setting, b: &Setting| a.key == b.key && a.same_value(b);
    let changed = own.iter().filter(|one| !before.iter().any(|other| same(one, other)));
    let mut keys: Vec<usize> = changed.map(|one| one.key).collect();
    let unset = before.iter().filter(|one| !own.iter().any(|other| other.key == one.key));
    keys.extend(unset.map(|one| one.key));
    keys
}
