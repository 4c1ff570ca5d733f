//! The parts of a sweep besides its runs: results as tables and figures, pruning, and the distribution of
//! cores.
//!
//! Nothing here starts a process or trains; `cli::sweep` does so with these. Its processes communicate by
//! [`protocol`].

pub mod cores;
pub mod figures;
pub mod groups;
pub mod labels;
pub mod left;
pub mod protocol;
pub mod prune;
pub mod trials;

use crate::{
    record::{Readback, Status},
    spec::{FinalMetric, Metric},
};
use std::collections::BTreeMap;

/// A planned run with its result so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Name of the run.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// Rows in the same group differ only in their seed.
    pub group: usize,
    /// The value of each swept key; `None` if the run does not have the key.
    pub values: Vec<Option<toml::Value>>,
    /// Its status; `None` if it has not started.
    pub status: Option<Status>,
    /// Completed epochs.
    pub epochs: usize,
    /// The best epoch, counted from 1, and its value of the sweep's metric.
    pub best: Option<(usize, f64)>,
    /// Name of its folder; empty if it has none.
    pub folder: String,
    /// Metrics of the last epoch.
    pub metrics: BTreeMap<Metric, f64>,
    /// Final metrics of a complete run.
    pub finals: BTreeMap<FinalMetric, f64>,
    /// Facts that depend on the machine and the day.
    pub timing: Option<Timing>,
    /// What cannot be read of it; without a status, why nothing is known of its folder.
    pub problem: Option<String>,
}

/// Facts that depend on the machine and the day.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Seconds of training.
    pub seconds: f64,
    /// How often it was resumed.
    pub resumes: usize,
    /// Threads of its last process.
    pub threads: usize,
    /// When it was started.
    pub started: String,
    /// When it ended; empty if it has not.
    pub finished: String,
}

/// All rows of a sweep in the order of its plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// Name of the sweep.
    pub name: String,
    /// The swept keys.
    pub keys: Vec<String>,
    /// The metric that runs are compared by.
    pub metric: Metric,
    /// Whether the metric measures the same quantity in all of them.
    pub comparable: bool,
    /// The runs.
    pub rows: Vec<Row>,
}

impl Row {
    /// Whether its results count.
    pub fn is_complete(&self) -> bool {
        self.status == Some(Status::Completed)
    }

    /// Returns its state in a word, whether or not it has started.
    pub fn word(&self) -> &'static str {
        self.standing().unwrap_or(Readback::NOT_BEGUN)
    }

    /// Returns its state in a word, or `None` if it has not started.
    pub fn standing(&self) -> Option<&'static str> {
        self.status.map(Status::name).or(self.problem.as_ref().map(|_| Readback::BROKEN))
    }
}

impl Results {
    /// Returns the final metrics that any run has, in the order of tables. Nothing is best by these.
    pub fn finals(&self) -> Vec<FinalMetric> {
        let has =
            |metric: &FinalMetric| self.rows.iter().any(|row| row.finals.contains_key(metric));
        FinalMetric::ALL.into_iter().filter(has).collect()
    }
}
