//! Says in words what is best by each metric.

use super::{
    Report,
    better::{Certainty, ahead},
    group::{Stat, rivals},
};
use crate::spec::{Metric, Mode};
use std::fmt::Write;

impl Report {
    /// Says what is best by each metric or, of runs that cannot be compared by the report's own, `at_levels` and of each
    /// kind. With a baseline, how they differ from it.
    pub(super) fn best(&self, at_levels: Vec<String>) -> Vec<String> {
        if self.baseline.is_some() {
            return [self.against(), at_levels].concat();
        }
        if !self.apart(self.metric.into()).is_empty() {
            return [at_levels, self.best_apart()].concat();
        }
        let others = self.metrics.iter().copied().filter(|metric| {
            // The validation loss says it better than the training loss.
            *metric != self.metric && *metric != Metric::Loss && !self.repeats_another(*metric)
        });
        let metrics = [self.metric].into_iter().chain(others);
        let metrics = metrics.filter(|metric| self.comparable(*metric));
        metrics.filter_map(|metric| self.best_by(metric)).collect()
    }

    /// Whether all runs have the same values of a metric as of the report's own, or of one listed before it,
    /// as `val_mse` has those of `val_loss` if the loss is the mean squared error.
    pub(super) fn repeats_another(&self, metric: Metric) -> bool {
        let before = self.metrics.iter().copied().take_while(|other| *other != metric);
        let mut others = [self.metric].into_iter().chain(before);
        let same = |other| self.runs.iter().all(|run| run.value(metric) == run.value(other));
        metric != self.metric && others.any(same)
    }

    /// Says what is best by a metric, and by how much; `None` without a value.
    pub(super) fn best_by(&self, metric: Metric) -> Option<String> {
        let rivals = rivals(&self.groups, &self.runs, metric.mode(), &self.stats(metric));
        let ((first, stat), rest) = rivals.split_first().map(|(first, rest)| (*first, rest))?;
        let Stat { summary: best, complete } = stat;
        let so_far = if complete { "" } else { " so far, with no run complete" };
        let over = self.groups[first].over_seeds(&self.runs, stat);
        let tested = self.on_test(&self.groups[first], metric);
        let label = |place: usize| &self.groups[place].label;
        let name = metric.name();
        if self.groups.len() == 1 {
            return Some(format!("{name}: {best}{over}{so_far}.{tested}"));
        }
        let comparable = rest.iter().filter(|(_, stat)| stat.complete == complete);
        let comparable: Vec<_> = comparable.map(|(place, stat)| (*place, stat.summary)).collect();
        let next = comparable.first().map(|(next, second)| {
            let pairs = self.pairs([*next, first]);
            let paired = pairs.difference(metric.mode(), |run| run.value(metric));
            (*next, *second, Certainty::of(metric, [best, *second], paired.as_ref()))
        });
        let lowest = if metric.mode() == Mode::Min { "lowest" } else { "highest" };
        let is_lowest = match &next {
            Some((.., certainty)) if certainty.is_open => format!("has the {lowest} mean"),
            _ => format!("is {lowest}"),
        };
        let with = if self.has_families { "in" } else { "with" };
        let mut text = format!("{name} {is_lowest} {with} {}: {best}{over}{so_far}", label(first));
        if let Some((next, second, certainty)) = next {
            let (ahead, next) = (ahead(metric, best, second), label(next));
            let _ =
                write!(text, "; {ahead} than the next, {next} {}", certainty.around(second, ""));
        }
        if let [_, .., (last, worst)] = comparable[..] {
            let (ahead, last) = (ahead(metric, best, worst), label(last));
            let _ = write!(text, ", and {ahead} than the last, {last} ({worst})");
        }
        Some(text + "." + &tested)
    }
}
