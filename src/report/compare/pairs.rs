//! Differences between two experiments in pairs of runs with the same seed.
//!
//! A seed determines the random numbers of the initial weights, the noise and the order of the training images.
//! So the runs of a pair share part of their luck, and their difference usually varies less than either of them.

use super::{
    Comparison,
    quantity::{Quantity, ahead},
};
use crate::{
    record::Status,
    report::run::Run,
    spec::{Difference, Mode},
    statistics::{CONFIDENCE, Summary, summarize},
    words::{short, signed, with_deviation},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The complete runs of two experiments, paired by seed.
#[derive(Debug)]
pub struct Pairs<'r> {
    /// The runs of each pair, in the order of their seeds.
    pub runs: Vec<[&'r Run; 2]>,
    /// The seeds that are left out, in order.
    pub left_out: Vec<LeftOut<'r>>,
}

impl<'r> Pairs<'r> {
    /// Pairs the runs of two experiments. Of several runs with the same seed, the first counts.
    pub fn of<I: IntoIterator<Item = &'r Run>>(experiments: [I; 2]) -> Self {
        let mut seeds: BTreeMap<u64, [Option<&Run>; 2]> = BTreeMap::new();
        for (place, runs) in experiments.into_iter().enumerate() {
            for run in runs {
                seeds.entry(run.info.seed).or_default()[place].get_or_insert(run);
            }
        }
        let mut pairs = Self { runs: Vec::new(), left_out: Vec::new() };
        for (seed, runs) in seeds {
            match runs {
                [Some(a), Some(b)] if a.is_complete() && b.is_complete() => pairs.runs.push([a, b]),
                _ => pairs.left_out.push(LeftOut { seed, runs }),
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
    pub fn differences(&self, comparison: &Comparison) -> Vec<(Quantity, Paired)> {
        let difference = |quantity: Quantity| {
            let paired = self.difference(quantity.mode(), |run| quantity.of(run))?;
            Some((quantity, paired))
        };
        comparison.quantities().into_iter().filter_map(difference).collect()
    }

    /// Returns the difference in a value over the pairs in which both runs have it; `None` if there are none.
    pub fn difference(&self, mode: Mode, value: impl Fn(&Run) -> Option<f64>) -> Option<Paired> {
        let both = |[a, b]: &[&Run; 2]| Some([value(a)?, value(b)?]);
        Paired::of(mode, &self.runs.iter().filter_map(both).collect::<Vec<_>>())
    }

    /// Returns the pairs and their differences as JSON.
    pub fn json(&self, comparison: &Comparison) -> Value {
        let left_out = self.left_out.iter();
        let left_out =
            left_out.map(|seed| json!({ "seed": seed.seed, "reason": seed.reason(SIDES) }));
        let differences = self.differences(comparison);
        json!({
            "count": self.runs.len(),
            "seeds": self.seeds(),
            "left_out": left_out.collect::<Vec<_>>(),
            "confidence": CONFIDENCE,
            "differences": differences.iter().map(json).collect::<Vec<_>>(),
        })
    }
}

/// Names of the two experiments.
pub const SIDES: [&str; 2] = ["A", "B"];

/// A seed whose runs are no pair.
#[derive(Debug)]
pub struct LeftOut<'r> {
    /// The seed.
    pub seed: u64,
    /// Its run in each experiment, at least one of which is missing or not complete.
    runs: [Option<&'r Run>; 2],
}

impl LeftOut<'_> {
    /// Says why, in words, with names for the two experiments.
    pub fn reason(&self, names: [&str; 2]) -> String {
        let [Some(_), Some(_)] = self.runs else {
            return format!("only {} has it", names[usize::from(self.runs[0].is_none())]);
        };
        let statuses = names.into_iter().zip(self.runs.into_iter().flatten());
        let statuses = statuses.map(|(name, run)| (name, run.info.status));
        let others = statuses.filter(|(_, status)| *status != Status::Completed);
        others.map(|(name, status)| format!("{name} {status}")).collect::<Vec<_>>().join(", ")
    }

    /// Names the seed with the reason.
    pub fn describe(&self, names: [&str; 2]) -> String {
        format!("{} ({})", self.seed, self.reason(names))
    }
}

/// A value in pairs of runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// The value in the first and the second experiment, over the pairs.
    pub sides: [Summary; 2],
    /// The second value minus the first, over the pairs.
    pub difference: Summary,
    /// In how many pairs the first or the second is better; they are equal in the others.
    pub better: [usize; 2],
}

impl Paired {
    /// Explains intervals of such differences, as of `the best minus the next`, for people.
    pub fn explained(of: &str) -> String {
        format!(
            "Intervals are {} % confidence intervals of the mean difference, {of}, over pairs of completed runs with the \
             same seed, by Student's t: one that contains 0 leaves open which is better. They are not corrected for \
             several comparisons.",
            100.0 * CONFIDENCE
        )
    }

    /// Compares the values of pairs; `None` if there are none.
    pub(super) fn of(mode: Mode, values: &[[f64; 2]]) -> Option<Self> {
        let side = |place: usize| summarize(values.iter().map(|pair| pair[place]));
        let differences: Vec<f64> = values.iter().map(|[a, b]| b - a).collect();
        let lower = differences.iter().filter(|difference| **difference < 0.0).count();
        let higher = differences.iter().filter(|difference| **difference > 0.0).count();
        let better = match mode {
            Mode::Min => [higher, lower],
            Mode::Max => [lower, higher],
        };
        Some(Self { sides: [side(0)?, side(1)?], difference: summarize(differences)?, better })
    }

    /// Returns which experiment has the better mean, 0 or 1; `None` if they are equal.
    pub fn ahead(&self, mode: Mode) -> Option<usize> {
        ahead(self.difference.mean, mode)
    }

    /// Whether the confidence interval of the mean difference contains 0, so that the pairs leave open which
    /// experiment is better; `None` for a single pair.
    pub fn is_open(&self) -> Option<bool> {
        let (low, high) = self.difference.confidence_interval()?;
        Some(low <= 0.0 && 0.0 <= high)
    }

    /// Formats the mean difference with its standard deviation: `+0.85 ± 0.33 dB`.
    pub fn shown(&self, expressed: Difference) -> String {
        let Summary { mean, deviation, .. } = self.difference;
        with_deviation(signed(mean), deviation.map(short)) + expressed.unit()
    }

    /// Formats the confidence interval of the mean difference: `+0.039 to +1.7 dB`; `None` for a single pair.
    pub fn interval(&self, expressed: Difference) -> Option<String> {
        let (low, high) = self.difference.confidence_interval()?;
        Some(format!("{} to {}{}", signed(low), signed(high), expressed.unit()))
    }

    /// Returns the means, the difference, and what is known of it as JSON.
    pub(super) fn json(&self) -> Value {
        let Self { sides: [a, b], difference, better } = self;
        let mean = |side: &Summary| json!({ "mean": side.mean, "deviation": side.deviation });
        json!({
            "pairs": difference.count, "a": mean(a), "b": mean(b),
            "difference": difference.mean, "deviation": difference.deviation,
            "interval": difference.confidence_interval().map(|(low, high)| [low, high]),
            "contains_zero": self.is_open(),
            "a_better": better[0], "b_better": better[1],
        })
    }
}

fn json((quantity, paired): &(Quantity, Paired)) -> Value {
    let mut value = paired.json();
    value["metric"] = quantity.column().into();
    value["level"] = quantity.level().into();
    value["direction"] = json!(quantity.mode());
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::tests::{complete, size},
        spec::{FinalMetric, Metric},
    };

    /// The runs of an experiment, given by seed, status and loss; another metric is 1 minus the loss.
    fn repeats(latent: i64, runs: &[(u64, Status, f64)]) -> Vec<Run> {
        let run = |(seed, status, loss): &(u64, Status, f64)| {
            let mut run = complete(&format!("{latent}-{seed}"), &[size(latent)], *loss);
            (run.info.seed, run.info.status) = (*seed, *status);
            run
        };
        runs.iter().map(run).collect()
    }

    fn differences(a: &[Run], b: &[Run]) -> Vec<(Quantity, Paired)> {
        Pairs::of([a, b]).differences(&Comparison::of(&a[0], &b[0]))
    }

    const DONE: Status = Status::Completed;

    #[test]
    fn differences_are_those_of_runs_with_the_same_seed() {
        // Each experiment varies more over its seeds than the difference does.
        let a = repeats(2, &[(1, DONE, 0.5), (2, DONE, 0.4), (3, DONE, 0.3)]);
        let b = repeats(3, &[(3, DONE, 0.2), (1, DONE, 0.4), (2, DONE, 0.35)]);
        let pairs = differences(&a, &b);
        let [(quantity, loss), (_, mse)] = &pairs[..] else { panic!("{pairs:?}") };
        assert_eq!((*quantity, loss.difference.count), (Quantity::Metric(Metric::ValLoss), 3));
        // The mean of -0.1, -0.05 and -0.1, plus or minus 4.3027 times 0.028868 / sqrt(3).
        assert!((loss.difference.mean + 0.25 / 3.0).abs() < 1e-12);
        let (low, high) = loss.difference.confidence_interval().unwrap();
        assert!((low + 0.155_044).abs() < 1e-6 && (high + 0.011_622).abs() < 1e-6, "{low} {high}");
        assert_eq!((loss.is_open(), loss.better), (Some(false), [0, 3]));
        assert_eq!(mse.better, [3, 0], "the other metric is higher, and lower is better");
        let (same, turned) = (differences(&a, &a), differences(&b, &a));
        assert_eq!((same[0].1.is_open(), same[0].1.better), (Some(true), [0, 0]));
        assert_eq!(turned[0].1.better, [3, 0]);
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
        let reasons = pairs.left_out.iter().map(|seed| seed.describe(SIDES));
        let expected =
            ["2 (B diverged)", "3 (A pruned, B failed)", "4 (only A has it)", "5 (only B has it)"];
        assert_eq!(reasons.collect::<Vec<_>>(), expected);
        let alone = differences(&a, &b)[0].1;
        assert_eq!((alone.difference.count, alone.is_open()), (1, None));
    }

    #[test]
    fn only_what_measures_the_same_in_both_is_paired() {
        let with = |name: &str, kind: &str| complete(name, &[("task.kind", kind.into())], 0.5);
        let other = Comparison::of(&with("a", "denoise"), &with("b", "reconstruct"));
        assert_eq!(other.quantities(), []);
        let tested = |name: &str, limit: i64| {
            let values = [("data.validation_split", 0.5.into()), ("data.test_limit", limit.into())];
            let mut run = complete(name, &values, 0.5);
            run.info.finals.insert(FinalMetric::TestMse, 0.5);
            run
        };
        let has_test = |limit: i64| {
            let comparison = Comparison::of(&tested("a", 8), &tested("b", limit));
            comparison.quantities().contains(&Quantity::Final(FinalMetric::TestMse))
        };
        assert!(has_test(8) && !has_test(9));
    }
}
