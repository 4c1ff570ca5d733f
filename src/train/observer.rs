//! The interface through which a training reports progress and results.

use super::{epoch_metrics::EpochMetrics, state::TrainState};
use crate::spec::Metric;
use std::{io, time::Duration};

/// Where a training is within an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Epochs done.
    pub epoch: usize,
    /// Batches of the current epoch done.
    pub batch: usize,
    /// Batches per epoch.
    pub batches: usize,
    /// Images that this step trained on.
    pub images: usize,
    /// Mean loss of the current epoch so far.
    pub loss: f64,
}

/// A named tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Name in checkpoints.
    pub name: String,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

const OPTIMIZER: &str = "optimizer.";

/// Returns the name of the optimizer's tensor `slot`, such as `momentum`, for a weight.
pub fn optimizer_name(slot: &str, weight: &str) -> String {
    format!("{OPTIMIZER}{slot}.{weight}")
}

/// Whether a tensor of this name belongs to the optimizer rather than being a weight.
pub fn is_optimizer_tensor(name: &str) -> bool {
    name.starts_with(OPTIMIZER)
}

/// Everything that is needed to resume: weights, the optimizer's tensors, and the training state.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The weights in checkpoint order, then the optimizer's slots, named by [`optimizer_name`].
    pub tensors: Vec<NamedTensor>,
    /// The training state.
    pub state: TrainState,
}

/// Receives the progress and results of a training.
///
/// By default every method does nothing, and the training goes on: an observer implements those that it is
/// interested in.
#[allow(unused_variables, reason = "the methods do nothing by default")]
pub trait Observer: Send {
    /// Called after each step.
    fn on_step(&mut self, progress: Progress) {}

    /// Called after the last batch of an epoch, before validation.
    fn on_validation(&mut self) {}

    /// Called after each epoch. `took` is the time since the epoch was started or resumed, and `trained` the
    /// number of images trained on in that time.
    ///
    /// # Errors
    /// When its record cannot be written, which ends the training.
    fn on_epoch(
        &mut self,
        metrics: &EpochMetrics,
        took: Duration,
        trained: usize,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Called with a snapshot from which training can be resumed. `best` says whether these weights are the
    /// best so far; `epoch_done` whether an epoch has just ended.
    ///
    /// # Errors
    /// When the checkpoint cannot be written, which ends the training.
    fn on_checkpoint(
        &mut self,
        snapshot: Snapshot,
        best: bool,
        epoch_done: bool,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Whether the training should save a checkpoint after the current batch.
    fn wants_checkpoint(&self) -> bool {
        false
    }

    /// Whether the training should stop after the current batch.
    fn should_stop(&self) -> bool {
        false
    }
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// The metric of early stopping no longer improved.
    StoppedEarly,
    /// The observer asked it to stop; the last checkpoint resumes it.
    Interrupted,
    /// A loss is NaN or infinite.
    Diverged(Divergence),
}

/// The first value that was not finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// Which value was not finite: `loss` or `val_loss`.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// The step after which it was detected, counted from 1.
    pub step: u64,
    /// The epoch, counted from 1.
    pub epoch: usize,
}
