//! Splits a report into experiments whose metrics measure the same quantity, and names what is best among each.

use super::{Group, Report, apart::apart, found::Found, keys::label, run::Run};
use crate::{
    record::folder_name::hash8,
    spec::{Measured, Metric, OTHER_IMAGES, Over, is_of_noise, value},
    words::{counted, listed},
};
use std::collections::{BTreeSet, HashMap};

/// At most this many kinds of runs are described individually.
const LISTED: usize = 8;

/// Experiments in which a metric measures the same quantity.
pub(super) struct Part {
    /// What distinguishes them from the others, as in `dataset=mnist`; empty if there are no others.
    pub name: String,
    /// Indices of their groups in the report.
    pub groups: Vec<usize>,
}

impl Report {
    /// Returns the keys because of which a metric over such images measures different quantities.
    pub(super) fn apart(&self, over: Over) -> BTreeSet<&'static str> {
        apart(&self.runs.iter().collect::<Vec<_>>(), over)
    }

    /// Describes the best experiment of each kind, in a sentence each, if there are several kinds.
    pub(super) fn best_apart(&self) -> Vec<String> {
        let over = Over::from(self.metric);
        let mut parts = self.parts(over);
        parts.retain(|part| part.groups.len() > 1);
        let more = parts.len().saturating_sub(LISTED);
        parts.truncate(LISTED);
        self.name(&mut parts, over);
        let best = parts.iter().filter_map(|part| {
            let best = self.part(part).best_if_comparable(self.metric)?;
            Some(format!("For {}, {best}", part.name))
        });
        let mut sentences: Vec<String> = best.collect();
        if more > 0 {
            sentences.push(format!("{} have a best of their own.", counted(more, "further kind")));
        }
        sentences
    }

    fn best_if_comparable(&self, metric: Metric) -> Option<String> {
        self.comparable(metric).then(|| self.best_by(metric)).flatten()
    }

    /// Builds a report on one part.
    fn part(&self, part: &Part) -> Self {
        let runs = part.groups.iter().flat_map(|place| &self.groups[*place].runs);
        let mut runs: Vec<usize> = runs.copied().collect();
        runs.sort_unstable();
        let runs = runs.into_iter().map(|index| self.runs[index].clone()).collect();
        let keys = self.keys.iter().map(|key| key.path.clone()).collect();
        let mut report = Found::of(runs, keys).report(&[]);
        report.has_families = self.has_families;
        // In the same order, as the runs that are left differ in some of the same keys.
        for (group, place) in report.groups.iter_mut().zip(&part.groups) {
            let known = &self.groups[*place];
            group.waiting = known.waiting;
            if self.has_families {
                group.label.clone_from(&known.label);
                group.heading.clone_from(&known.heading);
            }
        }
        report
    }

    /// Groups the experiments by the quantity that a metric over such images measures, in the order of their
    /// runs and without names.
    pub(super) fn parts(&self, over: Over) -> Vec<Part> {
        let apart = self.apart(over);
        let mut same: HashMap<_, Vec<usize>> = HashMap::new();
        let first = |group: &Group| group.runs.iter().copied().min();
        for (place, group) in self.groups.iter().enumerate() {
            let run = &self.runs[group.runs[0]];
            // Nothing is known of a run whose experiment cannot be read.
            if run.values.is_empty() {
                continue;
            }
            same.entry(run.measured().class(over, &apart)).or_default().push(place);
        }
        let part = |groups| Part { name: String::new(), groups };
        let mut parts: Vec<Part> = same.into_values().map(part).collect();
        parts.sort_by_key(|part| {
            part.groups.iter().filter_map(|place| first(&self.groups[*place])).min()
        });
        parts
    }

    /// Names parts by what distinguishes them from each other, or a single one from all other runs.
    pub(super) fn name(&self, parts: &mut [Part], over: Over) {
        let first = |part: &Part| &self.runs[self.groups[part.groups[0]].runs[0]];
        let firsts: Vec<Measured> = parts.iter().map(|part| first(part).measured()).collect();
        let all: Vec<Measured> = match parts {
            [_] => {
                self.runs.iter().filter(|run| !run.values.is_empty()).map(Run::measured).collect()
            }
            _ => firsts.clone(),
        };
        let others =
            |one| all.iter().flat_map(move |other| Measured::differences(one, other, over));
        let keys: BTreeSet<&str> = firsts.iter().flat_map(others).collect();
        for part in parts {
            let values = keys.iter().filter_map(|key| self.spelled(first(part), key));
            part.name = listed(&values.collect::<Vec<_>>());
        }
    }

    /// Spells out a run's value of a key that distinguishes metrics; `None` if its kind of noise does not
    /// have the key.
    fn spelled(&self, run: &Run, path: &str) -> Option<String> {
        if path == OTHER_IMAGES {
            return Some(format!("images {}", hash8(&run.info.data_digest)));
        }
        let value = run.values.get(path);
        match self.keys.iter().find(|key| key.path == path) {
            _ if value.is_none() && is_of_noise(path) => None,
            Some(key) => Some(key.spelled(run)),
            None => Some(value::spelled(label(path, &[path]), value?)),
        }
    }
}
