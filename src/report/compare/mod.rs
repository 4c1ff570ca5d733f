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
    apart::{different, different_losses, losses_differ},
    run::Run,
};
use crate::spec::{FinalMetric, Loss, Metric, Over, value};
use quantity::{Pair, Quantity};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The differences between two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The keys in which they differ, by name.
    pub keys: Vec<KeyPair>,
    /// The values of metrics, in the order of tables.
    pub pairs: Vec<Pair>,
    /// Why neither is called better; `None` if one can be.
    pub different: Option<String>,
    /// Which of their metrics cannot be compared as they minimize different losses, in words; `None` if they do not.
    pub losses: Option<String>,
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

impl Comparison {
    /// Compares two runs.
    pub fn of(a: &Run, b: &Run) -> Self {
        let runs = [a, b];
        let keys = differing(runs.map(|run| &run.values));
        let different =
            different(&runs, Over::Validation).map(|reason| reason + ": none is called better.");
        let metrics = Metric::ALL.map(Quantity::Metric);
        let finals = FinalMetric::ALL.map(Quantity::Final);
        let validated = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Loss);
        let levels = a.levels.iter().flat_map(|tested| {
            validated.clone().map(|metric| Quantity::AtLevel(metric, tested.level))
        });
        let quantities = metrics.into_iter().chain(finals).chain(levels);
        let pairs: Vec<Pair> = quantities.filter_map(|one| Pair::of(one, runs)).collect();
        let of_loss = pairs.iter().map(|pair| pair.quantity).filter(|one| one.depends_on_loss());
        let names: Vec<&str> =
            of_loss.filter(|one| one.level().is_none()).map(Quantity::column).collect();
        let losses = losses_differ(&runs) && !names.is_empty();
        Self {
            keys,
            pairs,
            different,
            losses: losses.then(|| different_losses(&names) + "."),
            epochs: runs.map(|run| run.best_row().map(|row| row.epoch)),
        }
    }

    /// Returns why some or all metrics cannot be compared, in a sentence each.
    pub fn reasons(&self) -> impl Iterator<Item = String> {
        [&self.different, &self.losses].into_iter().flatten().cloned()
    }

    /// Returns the metrics in the best epochs, as far as either run has them.
    pub fn metrics(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| matches!(pair.quantity, Quantity::Metric(_)))
    }

    /// Returns the final metrics, as far as either run has them. Neither run is called better by these.
    pub fn finals(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| matches!(pair.quantity, Quantity::Final(_)))
    }

    /// Returns the metrics at the noise levels at which both were tested.
    pub fn levels(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| pair.quantity.level().is_some())
    }

    /// Whether a pair is the loss at a noise level and has the same values as another metric at that level, such
    /// as the mean squared error.
    pub fn repeats_another(&self, pair: &Pair) -> bool {
        let Quantity::AtLevel(Metric::ValLoss, level) = pair.quantity else { return false };
        let mut others = self.levels().filter(|other| other.quantity != pair.quantity);
        others.any(|other| other.quantity.level() == Some(level) && other.values == pair.values)
    }

    /// Returns the quantities that measure the same in both runs, each once.
    pub fn quantities(&self) -> Vec<Quantity> {
        let same = self.pairs.iter().filter(|pair| pair.comparable && !self.repeats_another(pair));
        same.map(|pair| pair.quantity).collect()
    }

    /// Returns the comparison as JSON.
    pub fn json(&self) -> Value {
        json!({
            "keys": keys_json(&self.keys),
            "metrics": self.metrics().map(Pair::json).collect::<Value>(),
            "levels": self.levels().map(Pair::json).collect::<Value>(),
            "results": self.finals().map(Pair::json).collect::<Value>(),
            "best_epochs": { "a": self.epochs[0], "b": self.epochs[1] },
            "different": self.different,
            "different_losses": self.losses,
        })
    }
}

/// Returns the keys in which two experiments differ, by name.
pub fn differing(values: [&BTreeMap<String, toml::Value>; 2]) -> Vec<KeyPair> {
    let paths: BTreeSet<&String> = values.iter().flat_map(|values| values.keys()).collect();
    let keys = paths.into_iter().filter_map(|path| {
        let values = values.map(|values| values.get(path).cloned());
        // A sum of losses is shown as one value.
        (values[0] != values[1] && !Loss::is_weight(path))
            .then(|| KeyPair { key: path.clone(), values })
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
