//! The protocol between the process of a sweep and those of its runs: one JSON object per line.
//!
//! The run's process reads a [`Job`], then [`Order`]s, from its standard input and writes [`Event`]s to its
//! standard output. When its input ends, the sweep's process is gone and it stops by itself.

use crate::{record::Status, spec::Device};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A run to train. The folder of runs is passed as an argument, as paths need not be text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Name of the run.
    pub name: String,
    /// Its identity when the sweep was planned.
    pub identity: String,
    /// The experiment file as given.
    pub text: String,
    /// The experiment with every value resolved, as TOML.
    pub resolved: String,
    /// Threads to train with.
    pub threads: u16,
    /// The device to train on, if different from the experiment's.
    #[serde(default)]
    pub device: Option<Device>,
    /// Whether to train again in a new folder.
    pub force: bool,
    /// Numbers of epochs of otherwise equal runs, which may be continued.
    pub lengths: BTreeSet<usize>,
    /// Whether to ask at the end of each epoch whether to go on.
    pub asks: bool,
}

/// Why a run must stop before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// A signal was received.
    Signal(u8),
    /// Its time is up, with the message for the run: `stopped at 07:00 by --until`.
    Deadline(String),
}

/// A message to a run's process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Save and stop.
    Stop(Stop),
    /// Go on with the next epoch.
    Go,
    /// Stop for good, with the reason.
    Prune(String),
}

/// A message from a run's process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Training starts or resumes.
    Started {
        /// Name of the run's folder.
        folder: String,
        /// Completed epochs.
        epoch: usize,
    },
    /// Progress within an epoch.
    Progress {
        /// Completed epochs, including the fraction of the current one.
        epochs: f64,
        /// Mean loss of the epoch so far.
        loss: f64,
    },
    /// An epoch is completed.
    Epoch {
        /// Counted from 1.
        epoch: usize,
        /// Loss over the training images.
        loss: Option<f64>,
    },
    /// The run waits for the answer whether to go on.
    Asks {
        /// Completed epochs.
        epoch: usize,
    },
    /// A line about how a training starts.
    Remark {
        /// The line.
        text: String,
    },
    /// A warning.
    Warning {
        /// The line.
        text: String,
    },
    /// Another process is training this run.
    Busy,
    /// The process ends normally.
    Ended {
        /// Status of the run.
        status: Status,
        /// Whether it was already complete.
        skipped: bool,
        /// Name of the run's folder; empty if there is none.
        folder: String,
        /// The error of a failed run.
        error: Option<String>,
    },
}
