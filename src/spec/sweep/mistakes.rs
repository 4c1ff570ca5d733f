//! Checks for combinations of valid entries that cannot be intended.

use super::{Block, Row, Setting, canonical, read::Reader};
use crate::spec::{
    diagnostics::Diagnostic,
    dotted::is_within,
    node::{Key, Node, Table, Value, place},
};
use std::collections::HashSet;

/// Maximum number of values listed in a message.
const MANY: usize = 12;

impl Reader<'_> {
    /// Reports keys that are given twice, or lie within one another.
    pub(super) fn clashes(&mut self, used: &[Key]) {
        for (at, key) in used.iter().enumerate() {
            if used[..at].iter().any(|other| other.name == key.name) {
                let message = format!("`{}` is swept twice", key.name);
                let problem = Diagnostic::new(message, key.place.as_ref());
                self.problems.push(problem.note("give it once, or in `blocks` of their own"));
            }
            self.problems.extend(overlap(key, used));
        }
    }

    /// Reports keys of one combination that lie within one another.
    pub(super) fn overlaps(&mut self, combination: &Table) {
        let keys: Vec<Key> = combination.entries.iter().map(|(key, _)| key.clone()).collect();
        for problem in keys.iter().filter_map(|key| overlap(key, &keys)) {
            self.report(|| problem);
        }
    }

    /// Reports entries of `exclude` without a key: every combination would match them.
    pub(super) fn empty(&mut self, excluded: &[Node]) {
        let is_empty =
            |node: &&Node| matches!(&node.value, Value::Table(table) if table.entries.is_empty());
        for entry in excluded.iter().filter(is_empty) {
            let problem = Diagnostic::new("this entry of `exclude` is empty", entry.place.as_ref());
            let note = "give the values to leave out, as in `{ \"model.latent_dim\" = 2 }`";
            self.problems.push(problem.note(note));
        }
    }

    /// Reports keys of `exclude` that are not swept, which would exclude nothing or everything.
    pub(super) fn not_swept(&mut self, block: &Block, used: &[Key]) {
        for one in block.exclude.iter().flatten() {
            let key = &self.keys[one.key];
            if !used.iter().any(|other| other.name == key.path) {
                let message = format!("`exclude` names `{}`, which is not swept here", key.path);
                self.report(|| Diagnostic::new(message, one.node.place.as_ref()));
            }
        }
    }

    /// Reports entries of `exclude` that match no combination. Only axes whose keys are not `drawn` at random
    /// can show that.
    pub(super) fn unmatched(&mut self, block: &Block, drawn: &[usize]) {
        for excluded in &block.exclude {
            let of = |choice: &Row| {
                let keys: Vec<usize> = choice.iter().map(|one| one.key).collect();
                excluded.iter().filter(move |wanted| keys.contains(&wanted.key))
            };
            let fits = |choice: &Row| {
                let same = |wanted: &Setting| {
                    choice.iter().any(|one| one.key == wanted.key && one.same_value(wanted))
                };
                of(choice).all(same)
            };
            let known = block.axes.iter().filter(|axis| !drawn.contains(&axis[0][0].key));
            let Some(axis) = known.into_iter().find(|axis| !axis.iter().any(fits)) else {
                continue;
            };
            let wanted: Vec<&Setting> = of(&axis[0]).collect();
            let path = |one: &Setting| &self.keys[one.key].path;
            let values = wanted.iter().map(|one| format!("`{}` = {}", path(one), one.node));
            let values = values.collect::<Vec<_>>().join(" and ");
            let message = format!("this entry of `exclude` has no effect: no run has {values}");
            let taken = |key| axis.iter().flatten().filter(move |one| one.key == key);
            let unknown =
                wanted.iter().find(|wanted| !taken(wanted.key).any(|one| one.same_value(wanted)));
            let note = unknown.map_or("its keys vary together in `zip`".to_owned(), |one| {
                let mut taken: Vec<String> =
                    taken(one.key).map(|one| one.node.to_string()).collect();
                if taken.len() > MANY {
                    taken.splice(MANY.., ["...".to_owned()]);
                }
                format!("`{}` takes {}", path(one), taken.join(", "))
            });
            let place = wanted[0].node.place.as_ref();
            self.report(|| Diagnostic::new(message, place).note(note));
        }
    }

    /// Reports equal values, which would make the same run twice.
    pub(super) fn duplicates(&mut self, key: &Key, values: &[Node]) {
        let mut seen = HashSet::new();
        for node in values.iter().filter(|node| !seen.insert(canonical(node))) {
            self.report(|| {
                let message = format!("`{}` takes the value {node} twice", key.name);
                Diagnostic::new(message, place((key, node)).as_ref())
                    .note("to train with several seeds, use `repeats`")
            });
        }
    }
}

/// Reports a key that lies within another swept key, since the two would override each other.
fn overlap(key: &Key, all: &[Key]) -> Option<Diagnostic> {
    let within = |outer: &&Key| outer.name != key.name && is_within(&key.name, &outer.name);
    let outer = &all.iter().find(within)?.name;
    let message = format!("`{}` is a part of `{outer}`, which is swept too", key.name);
    let note = format!("sweep one of them, or give `{}` in each value of `{outer}`", key.name);
    Some(Diagnostic::new(message, key.place.as_ref()).note(note))
}
