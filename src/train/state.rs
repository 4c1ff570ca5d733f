//! The state of a training: everything but the tensors that is needed to resume exactly.
//!
//! It contains no wall-clock time, because two trainings of one experiment must save identical bytes.

use super::{best::Best, early_stopping::EarlyState, schedule::ScheduleState};
use serde::{Deserialize, Serialize};

/// The state of a training between two steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainState {
    /// Epochs completed.
    pub epoch: usize,
    /// Batches completed in the current epoch; 0 between two epochs.
    pub batch: usize,
    /// Optimizer steps since the start.
    pub step: u64,
    /// Sum of the losses of the current epoch's images; finite unless the training has diverged.
    pub loss_sum: f64,
    /// The number of images in that sum.
    pub loss_count: u64,
    /// The state of the learning rate schedule.
    pub schedule: ScheduleState,
    /// The state of early stopping.
    pub early: EarlyState,
    /// The epoch whose weights are in `best.safetensors`.
    pub best: Best,
}

impl TrainState {
    /// Whether there is something left to train, given the total number of `epochs`.
    pub const fn goes_on(&self, epochs: usize) -> bool {
        self.epoch < epochs && !self.early.stopped
    }
}
