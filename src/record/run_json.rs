//! `run.json`: what a run is, how it stands, and what it ran on.

use super::{FORMAT, Result, Timing, git, json, lock, moment, samples::Layout};
use crate::{
    arch::Shapes,
    spec::{FinalMetric, Metric, words::counted},
    train::{EpochMetrics, TrainState},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, fmt, path::Path, process};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A process trains it, or did when it was killed: then it reads as interrupted.
    Running,
    /// All that the experiment asks for is done.
    Completed,
    /// Cut off; the same command goes on from the last checkpoint.
    Interrupted,
    /// An error ended it; the same command tries again.
    Failed,
    /// The loss was no longer a number.
    Diverged,
    /// Stopped early by its sweep, because it did worse than others.
    Pruned,
}

impl Status {
    /// Every status, in the order in which they are told.
    pub const ALL: [Self; 6] = [
        Self::Completed,
        Self::Running,
        Self::Interrupted,
        Self::Failed,
        Self::Diverged,
        Self::Pruned,
    ];

    /// Name in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Diverged => "diverged",
            Self::Pruned => "pruned",
        }
    }

    /// Whether a run that says that it ended like this is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Pruned | Self::Diverged | Self::Failed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The best epoch of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// What epochs are compared by.
    pub metric: Metric,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Value of the metric.
    pub value: f64,
}

/// The contents of `run.json`. Moments are in UTC, to the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the folder's layout, see [`FORMAT`].
    pub format: u32,
    /// How the run stands, as last written; [`super::RunSummary`] knows whether its process lives.
    pub status: Status,
    /// Name of the experiment.
    pub name: String,
    /// A sentence for reports.
    #[serde(default)]
    pub description: String,
    /// Hash of resolved experiment and data, see [`super::identity`].
    pub identity: String,
    /// `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Threads that the last process trained with.
    pub threads: usize,
    /// Family of kernels; with a GPU, its name.
    pub kernels: String,
    /// How closely another training of the experiment, or one that is cut off, repeats this one.
    #[serde(default)]
    pub reproducible: String,
    /// Who checked the shapes of the network.
    pub shapes: Shapes,
    /// Version of this program.
    pub runner_version: String,
    /// Commit of the folder in which the program was called.
    #[serde(default)]
    pub git_commit: Option<String>,
    /// Version of the compiler; programs of old did not tell it.
    #[serde(default)]
    pub rustc: Option<String>,
    /// Every random number follows from it.
    pub seed: u64,
    /// Name of the data set.
    pub dataset: String,
    /// SHA-256 of the data, in hex.
    pub data_digest: String,
    /// Parameters of the network.
    pub parameters: usize,
    /// When the run was begun.
    #[serde(with = "moment")]
    pub started: Timestamp,
    /// When it came to its present end.
    #[serde(default, with = "moment::option")]
    pub finished: Option<Timestamp>,
    /// Seconds of training, all processes together.
    #[serde(default)]
    pub seconds: f64,
    /// How often it was gone on with.
    #[serde(default)]
    pub resumes: usize,
    /// Folder of the run of fewer epochs whose training it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from: Option<String>,
    /// Epochs that were done there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_after: Option<usize>,
    /// Whether its training is over, and only its results are being made anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trained: bool,
    /// Epochs completed.
    #[serde(default)]
    pub epochs: usize,
    /// Steps of the optimiser.
    #[serde(default)]
    pub step: u64,
    /// The best epoch so far.
    #[serde(default)]
    pub best: Option<Best>,
    /// Metrics of the last epoch at the end, by name.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Of a complete run what was measured once, with the weights of its best epoch, by the name of the
    /// [`FinalMetric`]; runs of programs of old have none until their results are made anew.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, f64>,
    /// How `samples.png` is divided, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Layout>,
    /// Why it came to its end: "all 10 epochs done", "interrupted by SIGINT in epoch 3".
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// The error of a failed run, all of it.
    #[serde(default)]
    pub error: Option<String>,
    /// The process that wrote this last.
    pub pid: u32,
    /// The machine it ran on.
    pub hostname: String,
}

impl RunInfo {
    /// A run that begins now, in this process; what only the caller knows is empty or 0.
    pub fn new(name: impl Into<String>, identity: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            status: Status::Running,
            name: name.into(),
            description: String::new(),
            identity: identity.into(),
            device: "cpu".into(),
            threads: 1,
            kernels: String::new(),
            reproducible: String::new(),
            shapes: Shapes::default(),
            runner_version: env!("CARGO_PKG_VERSION").into(),
            git_commit: env::current_dir().ok().and_then(|folder| git::commit(&folder)),
            rustc: Some(env!("RUNNER_RUSTC_VERSION").into()),
            seed: 0,
            dataset: String::new(),
            data_digest: String::new(),
            parameters: 0,
            started: moment::now(),
            finished: None,
            seconds: 0.0,
            resumes: 0,
            continued_from: None,
            continued_after: None,
            trained: false,
            epochs: 0,
            step: 0,
            best: None,
            metrics: BTreeMap::new(),
            results: BTreeMap::new(),
            samples: None,
            stop_reason: None,
            error: None,
            pid: process::id(),
            hostname: lock::hostname(),
        }
    }

    /// Marks the run as one whose results the process that made `fresh` makes anew. What it was trained
    /// with stays.
    pub(super) fn reopen(&mut self, fresh: &Self) {
        self.status = Status::Running;
        self.trained = true;
        self.finished = None;
        self.stop_reason = None;
        self.error = None;
        // They would stand beside settings that they are not of.
        self.results.clear();
        self.description.clone_from(&fresh.description);
        self.pid = fresh.pid;
    }

    /// Marks the run as gone on with by the process that made `fresh`, and on its device.
    pub(super) fn resume(&mut self, fresh: &Self) {
        self.reopen(fresh);
        self.trained = false;
        self.resumes += 1;
        self.device.clone_from(&fresh.device);
        self.threads = fresh.threads;
        self.kernels.clone_from(&fresh.kernels);
        self.reproducible.clone_from(&fresh.reproducible);
        self.shapes = fresh.shapes;
        self.runner_version.clone_from(&fresh.runner_version);
        self.git_commit.clone_from(&fresh.git_commit);
        self.rustc.clone_from(&fresh.rustc);
        self.hostname.clone_from(&fresh.hostname);
    }

    /// Forgets all results, for a run that begins from its first step again.
    pub(super) fn start_over(&mut self) {
        self.started = moment::now();
        self.seconds = 0.0;
        self.continued_from = None;
        self.continued_after = None;
        self.epochs = 0;
        self.step = 0;
        self.best = None;
        self.metrics.clear();
        self.samples = None;
    }

    /// Whose training the run continues, in words; none of one that began by itself.
    pub fn continues(&self) -> Option<String> {
        let (from, after) = (self.continued_from.as_ref()?, self.continued_after?);
        Some(format!("{from}, after {}", counted(after, "epoch")))
    }

    /// Seconds of the epochs that were done in the run that it continues, by its `timings`.
    pub fn seconds_before(&self, timings: &[Timing]) -> f64 {
        let after = self.continued_after.unwrap_or(0);
        timings.iter().filter(|timing| timing.epoch <= after).map(|timing| timing.seconds).sum()
    }

    /// Writes down that the run has come to its end, and in words why.
    pub(super) fn end(&mut self, status: Status, reason: impl Into<String>) {
        self.status = status;
        self.trained &= status != Status::Completed;
        self.finished = Some(moment::now());
        self.stop_reason = Some(reason.into());
    }

    /// Takes over how far a training has come that ended an epoch in `state`.
    pub fn stands_at(&mut self, state: &TrainState, metric: Metric) {
        self.epochs = state.epoch;
        self.step = state.step;
        let best = state.best.value.zip(state.best.epoch);
        self.best = best.map(|(value, epoch)| Best { metric, epoch: epoch as usize, value });
    }

    /// The place in `rows`, those of `metrics.csv`, of the run's best epoch: the one of `best.safetensors`,
    /// whose values are the run's wherever it is shown or compared.
    pub fn best_place(&self, rows: &[EpochMetrics]) -> Option<usize> {
        let best = self.best?;
        rows.iter().position(|row| row.epoch == best.epoch)
    }

    /// The best epoch, and what `metric` was in it.
    pub fn best_by(&self, rows: &[EpochMetrics], metric: Metric) -> Option<(usize, f64)> {
        let best = self.best?;
        if best.metric == metric {
            return Some((best.epoch, best.value));
        }
        Some((best.epoch, rows[self.best_place(rows)?].value(metric)?))
    }

    /// What was measured once of a complete run.
    pub fn result(&self, metric: FinalMetric) -> Option<f64> {
        self.results.get(metric.name()).copied().filter(|value| value.is_finite())
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn write(&self, path: &Path) -> Result<()> {
        json::write(path, self)
    }
}

/// Reads a `run.json`. Fields that this program does not know are passed over.
///
/// # Errors
/// When it cannot be read, is not a `run.json`, or is of a newer format.
pub fn read(path: &Path) -> Result<RunInfo> {
    json::read(path, FORMAT, |error| format!("is no run's description: {error}"))
}

#[cfg(test)]
mod tests;
