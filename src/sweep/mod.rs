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
    record::{Readback, RunInfo, Status},
    spec::{FinalMetric, Metric, without_repeat},
    train::EpochMetrics,
};

/// A planned run and what its folder holds so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Name of the run.
    pub run: String,
    /// What people call its experiment, if the run's name does not tell: see [`SweepFile::called`].
    ///
    /// [`SweepFile::called`]: crate::record::sweep_json::SweepFile::called
    pub called: Option<String>,
    /// Its seed.
    pub seed: u64,
    /// Rows in the same group differ only in their seed.
    pub group: usize,
    /// The value of each swept key; `None` if the run does not have the key.
    pub values: Vec<Option<toml::Value>>,
    /// Name of its folder; empty if it has none.
    pub folder: String,
    /// Its `run.json`; `None` if it has not started, or cannot be read back.
    pub info: Option<RunInfo>,
    /// Its `metrics.csv`; empty if that is damaged.
    pub epochs: Vec<EpochMetrics>,
    /// The best epoch, counted from 1, and its value of the sweep's metric.
    pub best: Option<(usize, f64)>,
    /// Whether it failed before it had a folder of its own.
    pub has_failed: bool,
    /// What cannot be read of it; without a status, why nothing is known of its folder.
    pub problem: Option<String>,
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
    /// Returns its status; `None` if it has not started.
    pub fn status(&self) -> Option<Status> {
        let failed = self.has_failed.then_some(Status::Failed);
        self.info.as_ref().map(|info| info.status).or(failed)
    }

    /// Whether its results count.
    pub fn is_complete(&self) -> bool {
        self.status() == Some(Status::Completed)
    }

    /// Returns its state in a word, whether or not it has started.
    pub fn word(&self) -> &'static str {
        self.standing().unwrap_or(Readback::NOT_BEGUN)
    }

    /// Returns its state in a word, or `None` if it has not started.
    pub fn standing(&self) -> Option<&'static str> {
        self.status().map(Status::name).or(self.problem.as_ref().map(|_| Readback::BROKEN))
    }

    /// Returns a metric of its best epoch.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        let place = self.info.as_ref()?.best_place(&self.epochs)?;
        self.epochs[place].value(metric)
    }

    /// Returns the metric that chose its best epoch.
    fn chosen_by(&self) -> Option<Metric> {
        Some(self.info.as_ref()?.best?.metric)
    }

    /// Returns a final metric, if it is complete.
    pub fn final_value(&self, metric: FinalMetric) -> Option<f64> {
        self.info.as_ref()?.final_value(metric)
    }

    /// Returns a row with what tests of statistics need.
    #[cfg(test)]
    pub fn made_up(group: usize, status: Option<Status>, best: Option<f64>) -> Self {
        let info = status.map(|status| RunInfo { status, ..RunInfo::default() });
        Self { group, info, best: best.map(|value| (1, value)), ..Self::default() }
    }
}

impl Results {
    /// Says which other metric chose the epochs of runs: ` (epoch chosen by val_loss)`; empty if none did.
    pub fn chosen_otherwise(&self) -> String {
        let chosen_by = self.rows.iter().filter_map(Row::chosen_by);
        let other = chosen_by.into_iter().find(|metric| *metric != self.metric);
        other.map_or_else(String::new, |metric| format!(" (epoch chosen by {})", metric.name()))
    }

    /// Names the value that a run has of the metric: `best val_psnr`, or `val_psnr (epoch chosen by val_loss)`.
    pub fn value_name(&self) -> String {
        match self.chosen_otherwise() {
            same if same.is_empty() => format!("best {}", self.metric.name()),
            other => format!("{}{other}", self.metric.name()),
        }
    }

    /// Returns what people call the experiment of a run, which it shares with its repeats.
    pub fn experiment<'r>(&'r self, row: &'r Row) -> &'r str {
        match (&row.called, without_repeat(&row.run)) {
            (Some(name), _) => name,
            (None, "") => &self.name,
            (None, name) => name,
        }
    }

    /// Returns the final metrics that any run has, in the order of tables. Nothing is best by these.
    pub fn finals(&self) -> Vec<FinalMetric> {
        RunInfo::finals_of(&self.rows.iter().filter_map(|row| row.info.as_ref()))
    }
}
