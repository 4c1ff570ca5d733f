//! Differences between two experiments in pairs of runs with the same seed.
//!
//! A seed determines the random numbers of the initial weights, the noise and the order of the training images.
//! So the runs of a pair share part of their luck, and their difference usually varies less than either of them.

use super::{Comparison, repeats::Repeats};
use crate::{
    record::Status,
    report::run::Run,
    spec::{Difference, FinalMetric, Metric, Mode},
    statistics::{CONFIDENCE, Summary, summarise},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The complete runs of two experiments, paired by seed.
#[derive(Debug)]
pub struct Pairs<'r> {
    /// The runs of each pair, in the order of their seeds.
    pub runs: Vec<[&'r Run; 2]>,
    /// The seeds that are left out, in order, with the reason in words.
    pub left_out: Vec<(u64, String)>,
}

impl<'r> Pairs<'r> {
    /// Pairs the runs of two experiments.
    pub fn of(repeats: [&'r Repeats; 2]) -> Self {
        let mut seeds: BTreeMap<u64, [Option<&Run>; 2]> = BTreeMap::new();
        for (place, repeats) in repeats.into_iter().enumerate() {
            for run in repeats.runs() {
                seeds.entry(run.info.seed).or_default()[place].get_or_insert(run);
            }
        }
        let mut pairs = Self { runs: Vec::new(), left_out: Vec::new() };
        for (seed, runs) in seeds {
            match runs {
                [Some(a), Some(b)] if a.is_complete() && b.is_complete() => pairs.runs.push([a, b]),
                _ => pairs.left_out.push((seed, why_left_out(runs))),
            }
        }
        pairs
    }

    /// Returns the seeds of the pairs, in order.
    pub fn seeds(&self) -> Vec<u64> {
        self.runs.iter().map(|[run, _]| run.info.seed).collect()
    }

    /// Returns the differences in each quantity that `comparison`, one of two such runs, has a row for and that
    /// can be compared.
    pub fn differences(&self, comparison: &Comparison) -> Vec<Paired> {
        let differences = quantities(comparison).into_iter();
        differences.filter_map(|quantity| Paired::of(quantity, &self.runs)).collect()
    }

    /// Returns the pairs and their differences as JSON.
    pub fn json(&self, comparison: &Comparison) -> Value {
        let left_out = self.left_out.iter();
        let left_out = left_out.map(|(seed, reason)| json!({ "seed": seed, "reason": reason }));
        let differences = self.differences(comparison);
        json!({
            "count": self.runs.len(),
            "seeds": self.seeds(),
            "left_out": left_out.collect::<Vec<_>>(),
            "confidence": CONFIDENCE,
            "differences": differences.iter().map(Paired::json).collect::<Vec<_>>(),
        })
    }
}

/// Says why the runs of one seed are no pair.
fn why_left_out(runs: [Option<&Run>; 2]) -> String {
    let [Some(_), Some(_)] = runs else {
        return format!("only {} has it", if runs[0].is_some() { "A" } else { "B" });
    };
    let statuses = ["A", "B"].into_iter().zip(runs.into_iter().flatten());
    let statuses = statuses.map(|(side, run)| (side, run.info.status));
    let others = statuses.filter(|(_, status)| *status != Status::Completed);
    others.map(|(side, status)| format!("{side} {status}")).collect::<Vec<_>>().join(", ")
}

/// A quantity that a comparison has a row for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// A metric in the best epoch.
    Metric(Metric),
    /// A result measured once.
    Result(FinalMetric),
    /// A metric tested at a noise level.
    AtLevel(Metric, f64),
}

impl Quantity {
    /// Returns its name in tables.
    pub fn name(self) -> String {
        match self {
            Self::Metric(metric) => metric.name().to_owned(),
            Self::Result(result) => result.name().to_owned(),
            Self::AtLevel(metric, level) => format!("{} at {level}", metric.level_column()),
        }
    }

    /// Returns whether lower or higher values are better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Metric(metric) | Self::AtLevel(metric, _) => metric.mode(),
            Self::Result(result) => result.mode(),
        }
    }

    /// Returns its unit, with a space before it; empty if it has none.
    pub fn unit(self) -> &'static str {
        let difference = match self {
            Self::Metric(metric) | Self::AtLevel(metric, _) => metric.difference(),
            Self::Result(result) => result.difference(),
        };
        if difference == Difference::Decibels { " dB" } else { "" }
    }

    /// Returns its value in a run.
    fn of(self, run: &Run) -> Option<f64> {
        match self {
            Self::Metric(metric) => run.value(metric),
            Self::Result(result) => run.info.result(result),
            Self::AtLevel(metric, level) => run.at_level(level, metric.level_column()),
        }
    }
}

/// Returns the quantities of a comparison that measure the same in both runs, in the order of its tables.
pub fn quantities(comparison: &Comparison) -> Vec<Quantity> {
    let metrics = comparison.metrics.iter().filter(|pair| pair.comparable);
    let metrics = metrics.map(|pair| Quantity::Metric(pair.metric));
    let results = comparison.results.iter().filter(|pair| pair.comparable);
    let results = results.map(|pair| Quantity::Result(pair.metric));
    let levels = comparison.levels.iter();
    let levels = levels.filter(|at| at.pair.comparable && !comparison.repeats_another(at));
    let levels = levels.map(|at| Quantity::AtLevel(at.pair.metric, at.level));
    metrics.chain(results).chain(levels).collect()
}

/// A quantity in pairs of runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// The quantity.
    pub quantity: Quantity,
    /// Its values in the first and the second experiment, over the pairs.
    pub sides: [Summary; 2],
    /// The second value minus the first, over the pairs.
    pub difference: Summary,
    /// In how many pairs the first or the second is better; they are equal in the others.
    pub better: [usize; 2],
}

impl Paired {
    /// Compares the pairs in which both runs have the quantity; `None` if there are none.
    fn of(quantity: Quantity, pairs: &[[&Run; 2]]) -> Option<Self> {
        let both = |[a, b]: &[&Run; 2]| Some([quantity.of(a)?, quantity.of(b)?]);
        let values: Vec<[f64; 2]> = pairs.iter().filter_map(both).collect();
        let side = |place: usize| summarise(values.iter().map(|pair| pair[place]));
        let differences: Vec<f64> = values.iter().map(|[a, b]| b - a).collect();
        let lower = differences.iter().filter(|difference| **difference < 0.0).count();
        let higher = differences.iter().filter(|difference| **difference > 0.0).count();
        let better = match quantity.mode() {
            Mode::Min => [higher, lower],
            Mode::Max => [lower, higher],
        };
        let difference = summarise(differences)?;
        Some(Self { quantity, sides: [side(0)?, side(1)?], difference, better })
    }

    /// Whether the confidence interval of the mean difference contains 0, so that the pairs leave open which
    /// experiment is better; `None` for a single pair.
    pub fn is_open(&self) -> Option<bool> {
        let (low, high) = self.difference.confidence_interval()?;
        Some(low <= 0.0 && 0.0 <= high)
    }

    fn json(&self) -> Value {
        let Self { quantity, sides: [a, b], difference, better } = self;
        let (name, level) = match *quantity {
            Quantity::AtLevel(metric, level) => (metric.level_column().to_owned(), Some(level)),
            other => (other.name(), None),
        };
        let mean = |side: &Summary| json!({ "mean": side.mean, "deviation": side.deviation });
        json!({
            "metric": name, "level": level, "direction": quantity.mode(), "pairs": difference.count,
            "a": mean(a), "b": mean(b),
            "difference": difference.mean, "deviation": difference.deviation,
            "interval": difference.confidence_interval().map(|(low, high)| [low, high]),
            "contains_zero": self.is_open(),
            "a_better": better[0], "b_better": better[1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{complete, size};

    /// The repeats of an experiment, given by seed, status and loss; another metric is 1 minus the loss.
    fn repeats(latent: i64, runs: &[(u64, Status, f64)]) -> Repeats {
        let run = |(seed, status, loss): &(u64, Status, f64)| {
            let mut run = complete(&format!("{latent}-{seed}"), &[size(latent)], *loss);
            (run.info.seed, run.info.status) = (*seed, *status);
            run
        };
        Repeats::from_runs(runs.iter().map(run).collect())
    }

    fn differences(a: &Repeats, b: &Repeats) -> Vec<Paired> {
        Pairs::of([a, b]).differences(&Comparison::of(a.example(), b.example()))
    }

    const DONE: Status = Status::Completed;

    #[test]
    fn differences_are_those_of_runs_with_the_same_seed() {
        // Each experiment varies more over its seeds than the difference does.
        let a = repeats(2, &[(1, DONE, 0.5), (2, DONE, 0.4), (3, DONE, 0.3)]);
        let b = repeats(3, &[(3, DONE, 0.2), (1, DONE, 0.4), (2, DONE, 0.35)]);
        let pairs = differences(&a, &b);
        let [loss, mse] = &pairs[..] else { panic!("{pairs:?}") };
        assert_eq!((loss.quantity, loss.difference.count), (Quantity::Metric(Metric::ValLoss), 3));
        // The mean of -0.1, -0.05 and -0.1, plus or minus 4.3027 times 0.028868 / sqrt(3).
        assert!((loss.difference.mean + 0.25 / 3.0).abs() < 1e-12);
        let (low, high) = loss.difference.confidence_interval().unwrap();
        assert!((low + 0.155_044).abs() < 1e-6 && (high + 0.011_622).abs() < 1e-6, "{low} {high}");
        assert_eq!((loss.is_open(), loss.better), (Some(false), [0, 3]));
        assert_eq!(mse.better, [3, 0], "the other metric is higher, and lower is better");
        let (same, turned) = (differences(&a, &a), differences(&b, &a));
        assert_eq!((same[0].is_open(), same[0].better), (Some(true), [0, 0]));
        assert_eq!(turned[0].better, [3, 0]);
    }

    #[test]
    fn runs_without_a_complete_partner_are_left_out_and_counted() {
        let a =
            repeats(2, &[(1, DONE, 0.5), (2, DONE, 0.4), (3, Status::Pruned, 0.3), (4, DONE, 0.3)]);
        let b = repeats(
            3,
            &[(1, DONE, 0.4), (2, Status::Diverged, 0.1), (3, Status::Failed, 0.2), (5, DONE, 0.1)],
        );
        let pairs = Pairs::of([&a, &b]);
        assert_eq!(pairs.seeds(), [1]);
        let reasons = ["B diverged", "A pruned, B failed", "only A has it", "only B has it"];
        assert_eq!(pairs.left_out, (2..).zip(reasons.map(str::to_owned)).collect::<Vec<_>>());
        let alone = differences(&a, &b)[0];
        assert_eq!((alone.difference.count, alone.is_open()), (1, None));
    }

    #[test]
    fn only_what_measures_the_same_in_both_is_paired() {
        let with = |name: &str, kind: &str| complete(name, &[("task.kind", kind.into())], 0.5);
        let other = Comparison::of(&with("a", "denoise"), &with("b", "reconstruct"));
        assert_eq!(quantities(&other), []);
        let tested = |name: &str, limit: i64| {
            let values = [("data.validation_split", 0.5.into()), ("data.test_limit", limit.into())];
            let mut run = complete(name, &values, 0.5);
            run.info.results.insert(FinalMetric::TestMse.name().to_owned(), 0.5);
            run
        };
        let has_test = |limit: i64| {
            let comparison = Comparison::of(&tested("a", 8), &tested("b", limit));
            quantities(&comparison).contains(&Quantity::Result(FinalMetric::TestMse))
        };
        assert!(has_test(8) && !has_test(9));
    }
}
