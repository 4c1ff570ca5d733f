//! What a sweep is besides its runs: its results as tables and figures, which run is hopeless, who
//! gets how many cores.
//!
//! Nothing here starts a process or trains; `cli::sweep` does, with these. Two processes talk in the
//! words of [`protocol`].

pub mod cores;
pub mod figures;
pub mod groups;
pub mod labels;
pub mod left;
pub mod protocol;
pub mod prune;
pub mod trials;

use crate::{
    record::{RunState, Status},
    spec::{FinalMetric, Metric, words},
};
use std::collections::BTreeMap;

/// A planned run with what is known of its result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Name of the run.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// Rows of one group differ in nothing but the seed.
    pub group: usize,
    /// The value of each swept key; none where the key does not exist for this run.
    pub values: Vec<Option<toml::Value>>,
    /// How it stands; none if it has not begun.
    pub status: Option<Status>,
    /// Epochs completed.
    pub epochs: usize,
    /// The best epoch, counted from 1, and what the sweep's metric was in it.
    pub best: Option<(usize, f64)>,
    /// Name of its folder; empty if it has none.
    pub folder: String,
    /// Metrics of the last epoch, by name.
    pub metrics: BTreeMap<String, f64>,
    /// What was measured once of a complete run, by name.
    pub results: BTreeMap<String, f64>,
    /// What depends on the machine and the night.
    pub timing: Option<Timing>,
    /// What cannot be read of it; without a status, why nothing is known of what is there.
    pub problem: Option<String>,
}

/// What depends on the machine and the night.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Seconds of training.
    pub seconds: f64,
    /// How often it was gone on with.
    pub resumes: usize,
    /// Threads that it was last trained with.
    pub threads: usize,
    /// When it was begun.
    pub started: String,
    /// When it came to its end; empty if it has not.
    pub finished: String,
}

/// All rows of a sweep in the order of its plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Name of the sweep.
    pub name: String,
    /// The swept keys.
    pub keys: Vec<String>,
    /// What runs are compared by.
    pub metric: Metric,
    /// Whether a metric is the same quantity in all of them.
    pub comparable: bool,
    /// The runs.
    pub rows: Vec<Row>,
}

impl Row {
    /// Whether its results count.
    pub fn is_complete(&self) -> bool {
        self.status == Some(Status::Completed)
    }

    /// The word for a run that has not begun.
    pub const NOT_BEGUN: &str = "not begun";

    /// How it stands in a word, whether it has begun or not.
    pub fn word(&self) -> &'static str {
        self.standing().unwrap_or(Self::NOT_BEGUN)
    }

    /// The same of one that has begun, or else none.
    pub fn standing(&self) -> Option<&'static str> {
        self.status.map(Status::name).or(self.problem.as_ref().map(|_| RunState::BROKEN))
    }
}

impl Results {
    /// What was measured once of any run, in the order of tables. Nothing is best by it.
    pub fn finals(&self) -> Vec<FinalMetric> {
        let has = |metric: &FinalMetric| {
            self.rows.iter().any(|row| row.results.contains_key(metric.name()))
        };
        FinalMetric::ALL.into_iter().filter(has).collect()
    }
}

/// A value as a number, if it is one.
pub fn number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|value| value as f64))
}

/// A value as people read it: strings without their quotes, and numbers as the page's script writes them,
/// `1`, `0.25`, `1e30`.
pub fn shown(value: &toml::Value) -> String {
    value.as_float().map_or_else(|| plain(value), words::number)
}

/// A swept value as tables have it: strings without their quotes, all else as in TOML.
pub fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
