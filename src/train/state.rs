//! Where a training stands: everything but the tensors that is needed to go on without a seam.
//!
//! No clock time is in here, because two trainings of one experiment must save equal bytes.

use super::{best::Best, early_stopping::EarlyState, schedule::ScheduleState};
use serde::{Deserialize, Serialize};

/// Where a training stands, between two steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainState {
    /// Epochs completed.
    pub epoch: usize,
    /// The next batch of the epoch after those; 0 between two epochs.
    pub batch: usize,
    /// Steps of the optimiser since the start.
    pub step: u64,
    /// Sum of the losses of the begun epoch's images; finite, or the training has ended.
    pub loss_sum: f64,
    /// How many images that sum is over.
    pub loss_count: u64,
    /// The learning rate's schedule.
    pub schedule: ScheduleState,
    /// Early stopping.
    pub early: EarlyState,
    /// The epoch whose weights are in `best.safetensors`.
    pub best: Best,
}

impl TrainState {
    /// Whether something is left to train of so many `epochs`.
    pub const fn goes_on(&self, epochs: usize) -> bool {
        self.epoch < epochs && !self.early.stopped
    }
}
