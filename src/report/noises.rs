//! The noise used for validation and tests.

use super::{Report, apart::comparable, parts::Part, run::Run};
use crate::{
    spec::{LevelKind, Metric, Over, Strength, value},
    words::shortest_end,
};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use toml::Value;

/// The keys of noise other than its level.
const NOISE: [&str; 4] =
    ["task.noise.kind", "task.noise.mean", "task.noise.salt", "task.noise.clip"];

/// At most this many levels are proposed.
const PROPOSED: usize = 8;

/// Noise used in tests, regardless of its level.
pub(super) struct Noise {
    /// What distinguishes it from the others, as in `gaussian, mean=0`; empty if there are no others.
    pub label: String,
    /// Whether results at one level of it measure the same quantity.
    pub comparable: bool,
    /// Whether losses at one level of it do too.
    pub losses: bool,
}

impl Report {
    /// Returns the noise used in tests, and the index of each run's noise among it.
    pub(super) fn noises<'r>(&'r self) -> (Vec<Noise>, Vec<Option<usize>>) {
        let mut known: IndexMap<[Option<String>; NOISE.len()], Vec<&Run>> = IndexMap::new();
        let mut place_of = |run: &'r Run| {
            let noise = known.entry(NOISE.map(|key| run.values.get(key).map(value::shown)));
            let place = noise.index();
            noise.or_default().push(run);
            place
        };
        let is_tested = |run: &&Run| !run.levels.is_empty();
        let runs = self.runs.iter().map(|run| Some(run).filter(is_tested));
        let places = runs.map(|run| run.map(&mut place_of)).collect();
        let label = |own: &[Option<String>; NOISE.len()]| {
            let kind = own[0].clone().unwrap_or_default();
            let differs =
                |i: &usize| known.keys().any(|other| other[0] == own[0] && other[*i] != own[*i]);
            let more = (1..NOISE.len()).filter(differs).filter_map(|i| {
                Some(format!(", {}={}", shortest_end(NOISE[i], &NOISE), own[i].as_ref()?))
            });
            kind + &more.collect::<String>()
        };
        let noise = |(own, runs): (&[Option<String>; NOISE.len()], &Vec<&Run>)| {
            let [others, losses] = [Metric::ValMse, Metric::ValLoss]
                .map(|metric| comparable(runs, metric, Over::Levels));
            let label = if known.len() > 1 { label(own) } else { String::new() };
            Noise { label, comparable: others, losses }
        };
        (known.iter().map(noise).collect(), places)
    }

    /// Says what would make experiments comparable that validate with different noise; `None` if nothing
    /// would, or if they are already.
    pub(super) fn advice(&self) -> Option<String> {
        let first = |place: &usize| &self.runs[self.groups[*place].runs[0]];
        let trained_at = |part: &Part| {
            let levels = part.groups.iter().filter_map(|place| first(place).trained_at());
            levels.collect::<Vec<(LevelKind, Strength)>>()
        };
        let tested = |run: &Run| {
            let (kind, _) = run.trained_at()?;
            run.values.get(kind.tested_key()).and_then(Value::as_array).cloned()
        };
        let differ = |part: &Part| trained_at(part).windows(2).any(|pair| pair[0] != pair[1]);
        let shares = |part: &Part| {
            let mut seen = BTreeSet::new();
            let levels = part.groups.iter().filter_map(|place| tested(first(place)));
            let each =
                levels.map(|levels| levels.iter().map(value::shown).collect::<BTreeSet<_>>());
            each.flatten().any(|level| !seen.insert(level))
        };
        let parts = self.parts(Over::Levels);
        let part = parts.iter().find(|part| differ(part) && !shares(part))?;
        let trained = trained_at(part);
        let (kind, _) = *trained.first()?;
        let mut levels: Vec<f64> =
            trained.into_iter().flat_map(|(_, level)| level.ends()).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let count = levels.len().min(PROPOSED);
        let proposed = (0..count).map(|i| levels[i * (levels.len() - 1) / (count - 1)]);
        let proposed: Vec<String> = proposed.map(|level| format!("{level:?}")).collect();
        let has_such = |run: &Run| run.trained_at().is_some_and(|(own, _)| own == kind);
        let (whom, place) = if self.runs.iter().all(has_such) {
            ("them".to_owned(), "")
        } else {
            // Any other experiment would be refused with this key.
            let whom = format!("the denoisers whose noise has {}", kind.with_article());
            (whom, " to their experiments alone")
        };
        Some(format!(
            "To compare {whom}, add `{} = [{}]`{place} and run the same command again: it tests each \
             network at these levels without training again.",
            kind.tested_key(),
            proposed.join(", ")
        ))
    }
}
