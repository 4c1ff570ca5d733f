//! Compares two runs side by side: the keys in which they differ, and their metrics; two experiments over their
//! seeds; and two sweeps, experiment by experiment.

pub mod experiments;
mod matched;
mod measure;
pub mod pairs;
pub mod quantity;
pub mod repeats;
pub mod sweeps;

use super::{
    NONE,
    apart::{comparable, different},
    run::Run,
};
use crate::spec::{FinalMetric, Metric, Mode, Over, value};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The differences between two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The keys in which they differ, by name.
    pub keys: Vec<KeyPair>,
    /// Metrics in the best epochs, as far as either run has them.
    pub metrics: Vec<MetricPair>,
    /// Results at the noise levels at which both were tested.
    pub levels: Vec<LevelPair>,
    /// Final metrics, as far as either run has them. Neither run is called better by these.
    pub finals: Vec<FinalPair>,
    /// Why neither is called better; `None` if one can be.
    pub different: Option<String>,
    /// The best epochs.
    pub epochs: [Option<usize>; 2],
}

/// A key of two runs; a value is `None` if the run does not have the key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPair {
    /// Dotted, as in experiment files.
    pub key: String,
    /// Its values.
    pub values: [Option<toml::Value>; 2],
}

/// A metric of two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPair {
    /// The metric.
    pub metric: Metric,
    /// Its values.
    pub values: [Option<f64>; 2],
    /// Whether it measures the same quantity in both.
    pub comparable: bool,
}

/// A final metric of two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinalPair {
    /// The metric.
    pub metric: FinalMetric,
    /// Its values.
    pub values: [Option<f64>; 2],
    /// Whether it measures the same quantity in both.
    pub comparable: bool,
}

impl MetricPair {
    /// Returns the second value minus the first.
    pub fn difference(&self) -> Option<f64> {
        difference(self.values)
    }

    /// Returns which run is better, 0 or 1; `None` if they are equal, one is missing, or they measure
    /// different quantities.
    pub fn better(&self) -> Option<usize> {
        ahead(self.difference().filter(|_| self.comparable)?, self.metric.mode())
    }

    /// Returns the pair as JSON.
    fn json(&self, name: &str) -> Value {
        json!({
            "metric": name, "a": self.values[0], "b": self.values[1],
            "difference": self.difference(),
            "better": self.better().map(|place| ["a", "b"][place]),
        })
    }
}

/// Results of two runs at a noise level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelPair {
    /// Sigma of the noise.
    pub level: f64,
    /// The column of `noise_levels.csv`.
    pub column: &'static str,
    /// The values, as the corresponding metric.
    pub pair: MetricPair,
}

/// Returns the results of two runs at each level at which both were tested.
fn at_levels(runs: [&Run; 2]) -> Vec<LevelPair> {
    let validated = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Loss);
    let metrics: Vec<(Metric, bool)> =
        validated.map(|metric| (metric, comparable(&runs, metric, Over::Levels))).collect();
    let pair = |level: f64, (metric, comparable): (Metric, bool)| {
        let column = metric.level_column();
        let values = runs.map(|run| run.at_level(level, column));
        let pair = MetricPair { metric, values, comparable };
        values.iter().all(Option::is_some).then_some(LevelPair { level, column, pair })
    };
    let levels = runs[0].levels.iter().map(|tested| tested.level);
    levels.flat_map(|level| metrics.iter().filter_map(move |metric| pair(level, *metric))).collect()
}

/// Whether a final metric measures the same quantity in both runs: they have the same task, noise and test
/// images.
fn is_comparable(runs: [&Run; 2], metric: FinalMetric) -> bool {
    let metric = if metric == FinalMetric::TestLoss { Metric::ValLoss } else { Metric::ValMse };
    [Over::Validation, Over::Levels].into_iter().all(|over| comparable(&runs, metric, over))
}

impl FinalPair {
    /// Returns the second value minus the first.
    pub fn difference(&self) -> Option<f64> {
        difference(self.values)
    }
}

fn difference([first, second]: [Option<f64>; 2]) -> Option<f64> {
    Some(second? - first?)
}

/// Returns which is better, 0 or 1, given the second value minus the first; `None` if they are equal.
fn ahead(difference: f64, mode: Mode) -> Option<usize> {
    (difference != 0.0).then(|| usize::from((difference < 0.0) == (mode == Mode::Min)))
}

impl Comparison {
    /// Compares two runs.
    pub fn of(a: &Run, b: &Run) -> Self {
        let runs = [a, b];
        let keys = differing(runs.map(|run| &run.values));
        let different =
            different(&runs, Over::Validation).map(|reason| reason + ": none is called better.");
        let metrics = Metric::ALL.into_iter().filter_map(|metric| {
            let values = runs.map(|run| run.value(metric));
            let comparable = comparable(&runs, metric, metric.into());
            values.iter().any(Option::is_some).then_some(MetricPair { metric, values, comparable })
        });
        let finals = FinalMetric::ALL.into_iter().filter_map(|metric| {
            let values = runs.map(|run| run.info.final_value(metric));
            let comparable = is_comparable(runs, metric);
            values.iter().any(Option::is_some).then_some(FinalPair { metric, values, comparable })
        });
        Self {
            keys,
            metrics: metrics.collect(),
            levels: at_levels(runs),
            finals: finals.collect(),
            different,
            epochs: runs.map(|run| run.best_row().map(|row| row.epoch)),
        }
    }

    /// Whether a result at a noise level is a loss with the same values as another column at that level, such
    /// as the mean squared error.
    pub fn repeats_another(&self, tested: &LevelPair) -> bool {
        let same = |other: &&LevelPair| other.level.to_bits() == tested.level.to_bits();
        let mut others = self.levels.iter().filter(same).filter(|other| other.column != "loss");
        tested.column == "loss" && others.any(|other| other.pair.values == tested.pair.values)
    }

    /// Returns the comparison as JSON.
    pub fn json(&self) -> Value {
        let metrics = self.metrics.iter().map(|pair| pair.json(pair.metric.name()));
        let levels = self.levels.iter().map(|LevelPair { level, column, pair }| {
            let mut value = pair.json(column);
            value["level"] = (*level).into();
            value
        });
        let finals = self.finals.iter().map(|pair| {
            json!({
                "metric": pair.metric.name(), "a": pair.values[0], "b": pair.values[1],
                "difference": pair.difference(),
            })
        });
        json!({
            "keys": keys_json(&self.keys), "metrics": metrics.collect::<Vec<_>>(),
            "levels": levels.collect::<Vec<_>>(),
            "results": finals.collect::<Vec<_>>(),
            "best_epochs": { "a": self.epochs[0], "b": self.epochs[1] },
            "different": self.different,
        })
    }
}

/// Returns the keys in which two experiments differ, by name.
pub fn differing(values: [&BTreeMap<String, toml::Value>; 2]) -> Vec<KeyPair> {
    let paths: BTreeSet<&String> = values.iter().flat_map(|values| values.keys()).collect();
    let keys = paths.into_iter().filter_map(|path| {
        let values = values.map(|values| values.get(path).cloned());
        (values[0] != values[1]).then(|| KeyPair { key: path.clone(), values })
    });
    keys.collect()
}

/// Returns keys as JSON.
pub fn keys_json<'k>(keys: impl IntoIterator<Item = &'k KeyPair>) -> Value {
    let shown = |value: &Option<toml::Value>| serde_json::to_value(value).unwrap_or_default();
    let pair = |pair: &KeyPair| json!({ "key": pair.key, "a": shown(&pair.values[0]), "b": shown(&pair.values[1]) });
    keys.into_iter().map(pair).collect()
}

/// Formats the value of a key; a dash if there is none.
pub fn shown(value: Option<&toml::Value>) -> String {
    value.map_or_else(|| NONE.to_owned(), value::shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_one_depends_on_the_metric() {
        let pair = |metric, a, b| MetricPair { metric, values: [a, b], comparable: true };
        assert_eq!(pair(Metric::ValLoss, Some(0.2), Some(0.1)).better(), Some(1));
        assert_eq!(pair(Metric::ValPsnr, Some(0.2), Some(0.1)).better(), Some(0));
        assert_eq!(pair(Metric::ValPsnr, Some(0.2), Some(0.2)).better(), None);
        assert_eq!(pair(Metric::ValPsnr, None, Some(0.2)).better(), None);
        assert_eq!(pair(Metric::ValLoss, Some(0.25), Some(0.5)).difference(), Some(0.25));
    }
}
