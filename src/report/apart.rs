//! Runs with other validation pictures or tasks: a metric is another quantity in each of them, so that a
//! run is compared with those of its own alone.

use super::{
    Report,
    found::Found,
    keys::{self, Key},
    run::Run,
};
use crate::spec::{
    Measured,
    words::{counted, listed},
};
use std::collections::{BTreeSet, HashMap};

/// Kinds of runs that are told one by one.
const TOLD: usize = 8;

impl Report {
    /// Why nothing is called best of all, in words; none where it can be.
    pub(super) fn different(&self) -> Option<String> {
        let keys = self.keys.iter().map(|key| &key.path);
        different(keys, &self.runs.iter().collect::<Vec<_>>())
    }

    /// What is best of the runs with the same validation pictures and task, where those are several
    /// experiments, a sentence each.
    pub(super) fn best_apart(&self) -> Vec<String> {
        let first = || self.keys.iter().map(|key| key.path.clone()).collect();
        let parts = self.parts().into_iter().filter_map(|(name, runs)| {
            let part = Found::of(runs, first()).report(&[]);
            let compares = part.groups.len() > 1 && part.comparable(self.metric);
            let best = compares.then(|| part.best_by(self.metric)).flatten()?;
            Some(format!("For {name}, {best}"))
        });
        let mut told: Vec<String> = parts.collect();
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        if more > 0 {
            told.push(format!("{} have a best of their own.", counted(more, "further kind")));
        }
        told
    }

    /// The runs by what makes their metrics other quantities, in their order.
    fn parts(&self) -> Vec<(String, Vec<Run>)> {
        let runs: Vec<&Run> = self.runs.iter().collect();
        let apart = measured_apart(&runs);
        let keys = self.keys.iter().filter(|key| apart.contains(key.path.as_str()));
        let keys: Vec<&Key> = keys.collect();
        let mut parts: Vec<(String, Vec<Run>)> = Vec::new();
        // Of a run whose experiment cannot be read nothing is known.
        for run in runs.into_iter().filter(|run| !run.values.is_empty()) {
            let name = listed(&keys.iter().map(|key| key.spelled(run)).collect::<Vec<_>>());
            match parts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, part)) => part.push(run.clone()),
                None => parts.push((name, vec![run.clone()])),
            }
        }
        parts
    }
}

/// Why runs that differ in these keys cannot be compared, in words; none where they can be.
pub(super) fn different<'a>(
    keys: impl Iterator<Item = &'a String>,
    runs: &[&Run],
) -> Option<String> {
    let apart = measured_apart(runs);
    let keys: Vec<String> = keys.filter(|key| apart.contains(key.as_str())).cloned().collect();
    let keys = (!keys.is_empty()).then(|| listed(&keys))?;
    Some(format!("They differ in {keys}, so that a metric is another quantity in each"))
}

/// The keys in which the runs differ so that every metric is another quantity.
fn measured_apart(runs: &[&Run]) -> BTreeSet<&'static str> {
    // Of a run whose experiment cannot be read nothing is known.
    let known = runs.iter().filter(|run| !run.values.is_empty());
    let measured: Vec<Measured> = known.map(|run| run.measured()).collect();
    let Some(first) = measured.first() else { return BTreeSet::new() };
    measured.iter().flat_map(|other| first.differences(other)).collect()
}

/// Whether runs that differ in nothing but seed and folder were made with the same pictures.
pub(super) fn same_pictures(runs: &[&Run]) -> bool {
    let mut known = HashMap::new();
    // Of a run whose experiment cannot be read nothing is known.
    runs.iter().filter(|run| !run.values.is_empty()).all(|run| {
        let digest = &run.info.data_digest;
        *known.entry(keys::repeated(run, true)).or_insert(digest) == digest
    })
}
