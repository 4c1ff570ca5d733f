//! The interface between a run in training and its caller.

use crate::train::{EpochMetrics, Progress, TrainState};
use std::time::Duration;

/// Watches a run in training. All methods do nothing by default; `()` ignores everything.
pub trait Monitor: Send {
    /// Training starts or is resumed, in the folder of this name.
    fn on_start(&mut self, _folder: &str, _extent: &Extent<'_>) {}

    /// A step is done.
    fn on_step(&mut self, _progress: Progress) {}

    /// All batches of an epoch are done; validation follows.
    fn on_validation(&mut self) {}

    /// An epoch is done: `took` is the time since it started or was resumed, in which `trained` images were
    /// trained on.
    fn on_epoch(&mut self, _metrics: &EpochMetrics, _took: Duration, _trained: usize) {}

    /// A message, which is also written to the run's log.
    fn on_message(&mut self, _level: Level, _text: &str) {}

    /// Training has ended, successfully or not; results may follow.
    fn on_end(&mut self) {}
}

impl Monitor for () {}

/// The extent of a training.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// Total number of epochs.
    pub epochs: usize,
    /// Images per epoch.
    pub images: usize,
    /// The current state of the training.
    pub state: &'a TrainState,
}

impl Extent<'_> {
    /// Returns the number of images trained on so far, over all epochs.
    pub fn images_done(&self) -> u64 {
        (self.state.epoch * self.images) as u64 + self.state.loss_count
    }
}

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Routine information.
    Info,
    /// Information worth showing even among many runs.
    Note,
    /// Something is wrong, but training continues.
    Warning,
}

/// A pruner's decision about the next epoch of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Continue.
    #[default]
    Go,
    /// Stop, and ask again when the run is resumed.
    Stop,
    /// Prune the run, for this reason.
    Prune(String),
}
