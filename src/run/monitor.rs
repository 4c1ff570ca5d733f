//! What a run asks of the world while it trains, and what it tells.

use crate::train::{EpochMetrics, Progress, TrainState};
use std::time::Duration;

/// Watches a run being trained. All that it is not interested in it leaves out; `()` wants to know nothing.
pub trait Monitor: Send {
    /// Training begins or goes on, in the folder of this name.
    fn on_start(&mut self, _folder: &str, _extent: &Extent<'_>) {}

    /// A step is done.
    fn on_step(&mut self, _progress: Progress) {}

    /// All batches of an epoch are done; validation follows.
    fn on_validation(&mut self) {}

    /// An epoch is done: `took` is the time since it started or was resumed, of which `trained` images were
    /// trained on.
    fn on_epoch(&mut self, _metrics: &EpochMetrics, _took: Duration, _trained: usize) {}

    /// Something worth telling, which stands in the run's log as well.
    fn on_message(&mut self, _level: Level, _text: &str) {}

    /// Training has ended, in whatever way; results may follow.
    fn on_end(&mut self) {}
}

impl Monitor for () {}

/// How much there is to train.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// Epochs in all.
    pub epochs: usize,
    /// Images of an epoch.
    pub images: usize,
    /// How far the training is.
    pub state: &'a TrainState,
}

impl Extent<'_> {
    /// Images that it has been trained on, over all epochs.
    pub fn images_done(&self) -> u64 {
        (self.state.epoch * self.images) as u64 + self.state.loss_count
    }
}

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What is as usual.
    Info,
    /// What one should know of this run among many.
    Note,
    /// Something is not as it should be, but training goes on.
    Warning,
}

/// Whether a run is worth another epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    #[default]
    Go,
    /// It stops, to be asked about again when it is continued.
    Stop,
    /// It is hopeless, for this reason.
    Prune(String),
}
