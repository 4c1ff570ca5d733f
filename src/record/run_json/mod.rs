//! `run.json`: what a run is, its status, and what it ran on.

mod by_name;
mod measured;

use super::{
    Error, FORMAT, InputQuality, Result, Status, Timing, git, json, lock, samples::Layout,
    timestamp,
};
use crate::{
    arch::Shapes,
    spec::{FinalMetric, Metric},
    train::TrainState,
    words::counted,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, io::ErrorKind, path::Path, process};

/// The best epoch of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestEpoch {
    /// The metric that epochs are compared by.
    pub metric: Metric,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Value of the metric.
    pub value: f64,
}

/// The contents of `run.json`. Times are in UTC, to the second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the folder's layout, see [`FORMAT`].
    pub format: u32,
    /// Status as last written; [`super::RunSummary`] knows whether the process is alive.
    pub status: Status,
    /// Name of the experiment.
    pub name: String,
    /// A one-sentence description for reports.
    #[serde(default)]
    pub description: String,
    /// Hash of the resolved experiment and the data, see [`crate::run::Identities`].
    pub identity: String,
    /// SHA-256 of `resolved.toml`, in hex; absent in files of old versions, and while that file is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_digest: Option<String>,
    /// `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Threads that the last process trained with.
    pub threads: usize,
    /// Kernel family; on a GPU, also the GPU's name and the versions of the driver's CUDA and of cuBLAS.
    pub kernels: String,
    /// How exactly another training of the experiment, or a resumed one, reproduces this one.
    #[serde(default)]
    pub reproducible: String,
    /// Whether the network's shapes were checked at compile time or at run time.
    pub shapes: Shapes,
    /// Version of this program.
    pub runner_version: String,
    /// Commit of the folder that the program was started in.
    #[serde(default)]
    pub git_commit: Option<String>,
    /// Version of the compiler; absent in files of old versions.
    #[serde(default)]
    pub rustc: Option<String>,
    /// Seed of every random number.
    pub seed: u64,
    /// Name of the data set.
    pub dataset: String,
    /// SHA-256 of the data, in hex.
    pub data_digest: String,
    /// Parameters of the network.
    pub parameters: usize,
    /// When the run was started.
    pub started: Timestamp,
    /// When the run last ended.
    #[serde(default)]
    pub finished: Option<Timestamp>,
    /// Seconds of training, over all processes.
    #[serde(default)]
    pub seconds: f64,
    /// Seconds of those spent so far on an epoch that was stopped midway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_seconds: Option<f64>,
    /// How often the run was resumed.
    #[serde(default)]
    pub resumes: usize,
    /// Folder of the shorter run whose training this one continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_from: Option<String>,
    /// Epochs taken over from that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued_after: Option<usize>,
    /// Whether training is over, but its results are yet to be recomputed: they are being so, or could not be.
    #[serde(rename = "trained", default, skip_serializing_if = "std::ops::Not::not")]
    pub results_pending: bool,
    /// Completed epochs.
    #[serde(default)]
    pub epochs: usize,
    /// Optimizer steps.
    #[serde(default)]
    pub step: u64,
    /// The best epoch so far.
    #[serde(default)]
    pub best: Option<BestEpoch>,
    /// Metrics of the last completed epoch.
    #[serde(default, with = "by_name")]
    pub metrics: BTreeMap<Metric, f64>,
    /// Final metrics of a completed run, measured once with the weights of its best epoch. Runs of old
    /// versions have none until their results are recomputed.
    #[serde(rename = "results", with = "by_name")]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub finals: BTreeMap<FinalMetric, f64>,
    /// Quality of the inputs of a completed run that denoises or colorizes; absent in files of old versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputQuality>,
    /// Layout of `samples.png`, once it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Layout>,
    /// Why the run ended: "all 10 epochs done", "interrupted by SIGINT in epoch 3, after step 20 of 1,875".
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// The full error of a failed run, or of a complete one whose results could not be recomputed.
    #[serde(default)]
    pub error: Option<String>,
    /// ID of the process that last wrote the file.
    pub pid: u32,
    /// The machine it ran on.
    pub hostname: String,
}

impl RunInfo {
    /// Returns a run that starts now in this process; fields that only the caller knows are empty or 0.
    pub fn new(name: impl Into<String>, identity: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            name: name.into(),
            identity: identity.into(),
            device: "cpu".into(),
            threads: 1,
            runner_version: env!("CARGO_PKG_VERSION").into(),
            git_commit: env::current_dir().ok().and_then(|folder| git::commit(&folder)),
            rustc: Some(env!("RUNNER_RUSTC_VERSION").into()),
            started: timestamp::now(),
            pid: process::id(),
            hostname: lock::hostname(),
            ..Self::default()
        }
    }

    /// Marks the results of the run as to be recomputed by the process that made `fresh`. Facts about its
    /// training stay, and a complete run stays complete, whatever becomes of its results.
    pub(super) fn reopen(&mut self, fresh: &Self) {
        if self.status != Status::Completed {
            self.run_again();
        }
        self.format = fresh.format;
        self.results_pending = true;
        self.error = None;
        // They would no longer match the settings.
        self.finals.clear();
        self.input = None;
        self.description.clone_from(&fresh.description);
        // Set when `resolved.toml` is written for these settings.
        self.resolved_digest = None;
        self.pid = fresh.pid;
    }

    /// Marks the run as resumed by the process that made `fresh`, on its device.
    pub(super) fn resume(&mut self, fresh: &Self) {
        self.reopen(fresh);
        self.run_again();
        self.results_pending = false;
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

    /// Marks a run as interrupted if its file says that it is running, although no process is.
    pub(super) fn process_is_gone(&mut self) {
        if self.status == Status::Running {
            self.status = Status::Interrupted;
        }
    }

    fn run_again(&mut self) {
        self.status = Status::Running;
        self.finished = None;
        self.stop_reason = None;
    }

    /// Resets all progress, for a run that starts again from its first step.
    pub(super) fn start_over(&mut self) {
        self.started = timestamp::now();
        self.seconds = 0.0;
        self.epoch_seconds = None;
        self.continued_from = None;
        self.continued_after = None;
        self.epochs = 0;
        self.step = 0;
        self.best = None;
        self.metrics.clear();
        self.samples = None;
    }

    /// Returns the run that this one continues, in words; `None` if it started from scratch.
    pub fn continues(&self) -> Option<String> {
        let (from, after) = (self.continued_from.as_ref()?, self.continued_after?);
        let after = counted(after, "epoch");
        Some(if self.continued_after == Some(self.epochs) && self.status == Status::Completed {
            format!("{from}, all {after} of which are taken over")
        } else {
            format!("{from}, after {after}")
        })
    }

    /// Returns the seconds of the epochs taken over from the run that it continues, from its `timings`.
    pub fn seconds_before(&self, timings: &[Timing]) -> f64 {
        let after = self.continued_after.unwrap_or(0);
        timings.iter().filter(|timing| timing.epoch <= after).map(|timing| timing.seconds).sum()
    }

    /// Records that the run has ended, and why.
    pub(super) fn end(&mut self, status: Status, reason: impl Into<String>) {
        self.status = status;
        self.results_pending &= status != Status::Completed;
        self.finished = Some(timestamp::now());
        self.stop_reason = Some(reason.into());
    }

    /// Records the progress of a training that ended an epoch in `state`.
    pub fn stands_at(&mut self, state: &TrainState, metric: Metric) {
        self.epochs = state.epoch;
        self.epoch_seconds = None;
        self.step = state.step;
        let best = state.best.value.zip(state.best.epoch);
        self.best = best.map(|(value, epoch)| BestEpoch { metric, epoch, value });
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn write(&self, path: &Path) -> Result<()> {
        json::write(path, self)
    }
}

/// Reads a `run.json`, ignoring unknown fields and metrics.
///
/// # Errors
/// [`Error::Broken`] if the file is gone or not a `run.json`, so that nothing can be known of the run. With any
/// other error, the run may be intact: the file cannot be read, or has a newer format.
pub fn read(path: &Path) -> Result<RunInfo> {
    let read = json::read(path, FORMAT, |error| {
        format!(
            "is not a run description: {error}; move the run's folder away or remove it to train the run \
             again"
        )
    });
    read.map_err(|error| match error {
        // The rest of the folder may be of use, or someone else's.
        Error::Io { source, .. } if source.kind() == ErrorKind::NotFound => Error::broken(
            path,
            "is gone; put it back, or move the run's folder away to train the run again",
        ),
        error => error,
    })
}

#[cfg(test)]
mod tests;
