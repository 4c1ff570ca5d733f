//! How experiments differ from the best one, or from a chosen baseline, over pairs of runs with the same seed.

use super::{
    Report,
    apart::comparable,
    compare::{
        pairs::{Paired, Pairs},
        quantity::Quantity,
    },
    run::Run,
};
use crate::{
    spec::{Difference, Metric},
    words::{counted, shortlist},
};
use std::collections::BTreeMap;

/// At most this many of the seeds that are left out are listed.
const LISTED: usize = 8;

/// The name of the best experiment where no baseline is chosen.
const BEST: &str = "best";

/// An experiment that all others are compared with, in place of the best one.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Index of its group.
    pub place: usize,
}

/// How an experiment differs from the one that it is compared with, its reference: its values minus those of the
/// reference.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FromReference {
    /// The difference over pairs; `None` for the reference itself, and without a pair.
    pub paired: Option<Paired>,
    /// Number of seeds without a pair.
    pub left_out: usize,
    /// The mean difference; 0 for the reference itself, `None` without a pair.
    pub mean: Option<f64>,
    /// The mean difference with its standard deviation, as text.
    pub text: String,
    /// Its confidence interval, and how many seeds are left out.
    pub beside: String,
    /// In how many pairs the experiment is better and worse, and which seeds are left out, with the reasons.
    pub details: String,
}

impl FromReference {
    fn itself(text: &str) -> Self {
        let (beside, details) = Default::default();
        Self { paired: None, left_out: 0, mean: Some(0.0), text: text.to_owned(), beside, details }
    }

    fn of(pairs: &Pairs<'_>, paired: Option<Paired>, expressed: Difference, what: &str) -> Self {
        // Its unit is that of the difference before it.
        let interval = paired.and_then(|paired| paired.interval(Difference::Plain));
        let counts = paired.map(|Paired { better: [worse, better], .. }| {
            format!("better in {better}, worse in {worse}")
        });
        let count = pairs.left_out.len();
        let lost = (count > 0).then(|| format!("{} left out", counted(count, "seed")));
        let seeds = pairs.left_out.iter().map(|seed| seed.describe([what, "this one"]));
        let seeds =
            lost.as_ref().map(|lost| format!("{lost}: {}", shortlist(seeds, LISTED).join(", ")));
        let joined =
            |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        Self {
            paired,
            left_out: count,
            mean: paired.map(|paired| paired.difference.mean),
            text: paired.map_or_else(|| "no pair".to_owned(), |paired| paired.shown(expressed)),
            beside: joined([interval, lost]),
            details: joined([counts, seeds]),
        }
    }
}

impl Report {
    /// Compares all experiments with the one of the run in a folder, in place of the best one. `None` if the report
    /// does not have it.
    pub fn compare_with(&mut self, is_run: impl Fn(&Run) -> bool) -> Option<()> {
        let has_it = |runs: &[usize]| runs.iter().any(|index| is_run(&self.runs[*index]));
        let place = self.groups.iter().position(|group| has_it(&group.runs))?;
        self.baseline = Some(Baseline { name: self.groups[place].label.clone(), place });
        Some(())
    }

    /// Returns what is called the reference in titles: `best`, or the baseline's name.
    pub(super) fn reference(&self) -> &str {
        self.baseline.as_ref().map_or(BEST, |baseline| &baseline.name)
    }

    /// Compares each experiment, by the index of its group, in the quantity that decides, with the baseline or with
    /// the best one, of those in which it measures the same. Experiments without repeats to compare with the best are
    /// left out.
    pub(super) fn differences(&self) -> BTreeMap<usize, FromReference> {
        if self.baseline.is_some() {
            let quantity = self.leading();
            let places = 0..self.groups.len();
            let found =
                places.map(|place| Some((place, self.difference_from_baseline(place, quantity)?)));
            return found.flatten().collect();
        }
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
                self.differences_from_best(best, &part.groups, metric, |run| run.value(metric))
            });
            differences.extend(part.groups.into_iter().zip(found.into_iter().flatten()));
        }
        differences
    }

    /// Compares an experiment with the baseline in a quantity; `None` without a baseline, and where it does not measure
    /// the same.
    pub(super) fn difference_from_baseline(
        &self,
        place: usize,
        quantity: Quantity,
    ) -> Option<FromReference> {
        let example = |place: usize| &self.runs[self.groups[place].runs[0]];
        let base = self.baseline.as_ref()?.place;
        let value = |run: &Run| quantity.of(run);
        (place == base || quantity.is_comparable(&[example(base), example(place)]))
            .then(|| self.difference_between(base, place, quantity, value))
    }

    /// Compares experiments with the best of them in a value of their runs, which is expressed like `metric`.
    /// `None` unless the best one and another have several complete runs, without which there is no interval.
    pub(super) fn differences_from_best(
        &self,
        best: usize,
        places: &[usize],
        metric: Metric,
        value: impl Fn(&Run) -> Option<f64>,
    ) -> Option<Vec<FromReference>> {
        let is_repeated = |place: &usize| self.groups[*place].complete(&self.runs) > 1;
        let mut others = places.iter().filter(|place| **place != best);
        if !is_repeated(&best) || !others.any(is_repeated) {
            return None;
        }
        let like = Quantity::Metric(metric);
        Some(
            places
                .iter()
                .map(|place| self.difference_between(best, *place, like, &value))
                .collect(),
        )
    }

    /// Compares an experiment with a reference in a value of their runs, which is expressed like a quantity.
    pub(super) fn difference_between(
        &self,
        reference: usize,
        place: usize,
        like: Quantity,
        value: impl Fn(&Run) -> Option<f64>,
    ) -> FromReference {
        if place == reference {
            return FromReference::itself(if self.baseline.is_some() { "reference" } else { BEST });
        }
        let pairs = self.pairs([reference, place]);
        let paired = pairs.difference(like.mode(), &value);
        let what = if self.baseline.is_some() { "the reference" } else { "the best" };
        FromReference::of(&pairs, paired, like.difference(), what)
    }

    /// Pairs the runs of two groups by their seeds.
    pub(super) fn pairs(&self, groups: [usize; 2]) -> Pairs<'_> {
        let runs = |place: usize| self.groups[place].once.iter().map(|index| &self.runs[*index]);
        Pairs::of(groups.map(runs))
    }
}
