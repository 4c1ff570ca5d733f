//! Final metrics, measured once per run with its best weights. Nothing is ranked by them.

use super::{
    Report, apart::incomparable_over, compare::quantity::Quantity, group::Group, run::Run,
};
use crate::{
    spec::{Data, FinalMetric, Metric, Over, SPLIT},
    words::{listed, part_of},
};
use std::collections::BTreeSet;

impl FinalMetric {
    /// Says why it cannot be compared between runs; `None` if they have the same task, noise and test images.
    pub fn incomparable(self, runs: &[&Run]) -> Option<String> {
        let metric = if self == Self::TestLoss { Metric::ValLoss } else { Metric::ValMse };
        let mut images = [Over::Validation, Over::Levels].into_iter();
        images.find_map(|over| incomparable_over(runs, metric, over))
    }
}

impl Report {
    /// Returns a sentence with the value on the test images of the group that is best by `metric`; empty if
    /// there is none.
    pub(super) fn on_test(&self, group: &Group, metric: Metric) -> String {
        let tested = FinalMetric::tested(metric);
        group.stat_of(&self.runs, Quantity::Final(tested)).map_or_else(String::new, |stat| {
            format!(" Chosen by {}; {} {}.", metric.name(), tested.name(), stat.summary)
        })
    }

    /// Says which epochs another metric than that of the report chose; `None` if none did.
    pub(super) fn chosen_by_another(&self) -> Option<String> {
        let known = self.runs.iter().filter_map(|run| Some(run.info.best?.metric));
        let known: Vec<Metric> = known.collect();
        let others = known.iter().filter(|metric| **metric != self.metric);
        let names: BTreeSet<&str> = others.clone().map(|metric| metric.name()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let runs = match others.count() {
            0 => return None,
            all if all == known.len() => String::new(),
            some => format!(" of {} runs", part_of(some, known.len())),
        };
        let (other, own) = (listed(&names), self.metric.name());
        Some(format!("Epochs{runs} are chosen by {other}, and {own} is that of the chosen epoch."))
    }

    /// Says which best epochs were chosen on test images; `None` if no run is known to have done so.
    pub(super) fn chosen_on_test(&self) -> Option<String> {
        let known = || self.runs.iter().filter(|run| run.best.is_some());
        let split = |run: &&Run| run.values.get(SPLIT)?.as_float();
        let (all, chosen) =
            (known().count(), known().filter(|run| split(run) == Some(0.0)).count());
        let runs = if chosen == all {
            String::new()
        } else {
            format!(" of {} runs", part_of(chosen, all))
        };
        (chosen > 0)
            .then(|| format!("Best epochs{runs} are chosen on {}.", Data::VALIDATED_ON_TEST))
    }
}
