//! How experiments differ from the best one over pairs of runs with the same seed, for the tables of the page.

use super::{
    Report,
    apart::comparable,
    compare::pairs::{Paired, Pairs},
    run::Run,
};
use crate::{
    spec::{Difference, Metric},
    words::{counted, shortlist},
};
use std::collections::BTreeMap;

/// At most this many of the seeds that are left out are listed.
const LISTED: usize = 8;

/// What the two experiments are called: the best one, and the one whose row it is.
const SIDES: [&str; 2] = ["the best", "this one"];

/// How an experiment differs from the best one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FromBest {
    /// The mean difference; 0 for the best one itself, `None` without a pair.
    pub mean: Option<f64>,
    /// The mean difference with its standard deviation, as text.
    pub text: String,
    /// Its confidence interval with the number of pairs in which the experiment is better and worse, and how many
    /// seeds are left out, a line each.
    pub details: Vec<String>,
    /// Which seeds are left out, with the reasons; empty if none are.
    pub left_out: String,
}

impl FromBest {
    fn best() -> Self {
        let (text, details) = ("best".to_owned(), Vec::new());
        Self { mean: Some(0.0), text, details, left_out: String::new() }
    }

    fn of(pairs: &Pairs<'_>, paired: Option<&Paired>, expressed: Difference) -> Self {
        let told = paired.map(|paired| {
            let [worse, better] = paired.better;
            let counts = format!("better in {better}, worse in {worse}");
            paired.interval(expressed).into_iter().chain([counts]).collect::<Vec<_>>().join(", ")
        });
        let count = pairs.left_out.len();
        let lost = (count > 0).then(|| format!("{} left out", counted(count, "seed")));
        let seeds = pairs.left_out.iter().map(|seed| seed.describe(SIDES));
        Self {
            mean: paired.map(|paired| paired.difference.mean),
            text: paired.map_or_else(|| "no pair".to_owned(), |paired| paired.shown(expressed)),
            details: told.into_iter().chain(lost).collect(),
            left_out: shortlist(seeds, LISTED).join(", "),
        }
    }
}

impl Report {
    /// Compares each experiment, by the index of its group, with the best one of those whose metric measures the
    /// same quantity. Experiments without repeats to compare are left out.
    pub(super) fn differences_from_best(&self) -> BTreeMap<usize, FromBest> {
        let metric = self.metric;
        let mut ranks = vec![0; self.groups.len()];
        for (rank, place) in self.ranked().into_iter().enumerate() {
            ranks[place] = rank;
        }
        let mut differences = BTreeMap::new();
        for part in self.parts(metric.into()) {
            let runs = part.groups.iter().flat_map(|place| &self.groups[*place].runs);
            let runs: Vec<&Run> = runs.map(|index| &self.runs[*index]).collect();
            if !comparable(&runs, metric, metric.into()) {
                continue;
            }
            let best = part.groups.iter().copied().min_by_key(|place| ranks[*place]);
            let found = best.and_then(|best| {
                self.differences(best, &part.groups, metric, |run| run.value(metric))
            });
            differences.extend(part.groups.into_iter().zip(found.into_iter().flatten()));
        }
        differences
    }

    /// Compares experiments with the best of them in a value of their runs, which is expressed like `metric`.
    /// `None` unless the best one and another have several complete runs, without which there is no interval.
    pub(super) fn differences(
        &self,
        best: usize,
        places: &[usize],
        metric: Metric,
        value: impl Fn(&Run) -> Option<f64>,
    ) -> Option<Vec<FromBest>> {
        let is_repeated = |place: &usize| self.groups[*place].complete(&self.runs) > 1;
        let mut others = places.iter().filter(|place| **place != best);
        if !is_repeated(&best) || !others.any(is_repeated) {
            return None;
        }
        let difference = |place: &usize| {
            if *place == best {
                return FromBest::best();
            }
            let pairs = self.pairs([best, *place]);
            let paired = pairs.difference(metric.mode(), &value);
            FromBest::of(&pairs, paired.as_ref(), metric.difference())
        };
        Some(places.iter().map(difference).collect())
    }

    /// Pairs the runs of two groups by their seeds.
    pub(super) fn pairs(&self, groups: [usize; 2]) -> Pairs<'_> {
        let runs = |place: usize| self.groups[place].once.iter().map(|index| &self.runs[*index]);
        Pairs::of(groups.map(runs))
    }
}
