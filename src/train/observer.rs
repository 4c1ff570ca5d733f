//! What a training tells the outside world: it knows neither files nor terminals.

use super::TrainState;
use crate::spec::Metric;
use std::{collections::BTreeMap, io, time::Duration};

/// One row of `metrics.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochMetrics {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// Optimiser steps done.
    pub step: u64,
    /// The metrics that are numbers.
    pub values: BTreeMap<Metric, f64>,
    /// The rate of the epoch's last step.
    pub learning_rate: Option<f64>,
}

impl EpochMetrics {
    /// The value of `metric`, if it has one.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.values.get(&metric).copied()
    }
}

/// Where a training is within an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Epochs done.
    pub epoch: usize,
    /// Batches of the current epoch done.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// Images that this step trained on.
    pub pictures: usize,
    /// Mean loss of the current epoch so far.
    pub loss: f64,
}

/// A tensor by its name.
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

/// Name of the optimiser's tensor `slot`, such as `momentum`, for a weight.
pub fn optimizer_name(slot: &str, weight: &str) -> String {
    format!("{OPTIMIZER}{slot}.{weight}")
}

/// Whether a tensor of that name is the optimiser's rather than a weight.
pub fn is_optimizer_tensor(name: &str) -> bool {
    name.starts_with(OPTIMIZER)
}

/// Everything that is needed to go on: weights, the optimiser's tensors, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The weights in checkpoint order, then the optimiser's slots, named by [`optimizer_name`].
    pub tensors: Vec<NamedTensor>,
    /// Where training stands.
    pub state: TrainState,
}

/// Watches a training and keeps what it hands over.
pub trait Observer: Send {
    /// A step is done.
    fn on_step(&mut self, progress: Progress);

    /// All batches of an epoch are done; validation follows.
    fn on_validation(&mut self) {}

    /// An epoch is done: `took` is the time since it started or was resumed, of which `trained`
    /// images were trained on.
    ///
    /// # Errors
    /// When its record cannot be written, which ends the training.
    fn on_epoch(
        &mut self,
        metrics: &EpochMetrics,
        took: Duration,
        trained: usize,
    ) -> io::Result<()>;

    /// The training can be continued from here. `best` says whether these weights are the best so
    /// far; `epoch_done` whether an epoch has just ended.
    ///
    /// # Errors
    /// When the checkpoint cannot be written, which ends the training.
    fn on_checkpoint(&mut self, snapshot: Snapshot, best: bool, epoch_done: bool)
    -> io::Result<()>;

    /// Whether the training should hand over a checkpoint after the current batch.
    fn wants_checkpoint(&self) -> bool {
        false
    }

    /// Whether the training should stop after the current batch.
    fn should_stop(&self) -> bool;
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// The watched metric no longer improved.
    StoppedEarly,
    /// Somebody asked it to stop; the last checkpoint continues it.
    Interrupted,
    /// Something that should be a number is not, or is infinite.
    Diverged(Divergence),
}

/// The first value that was not finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// What was not finite: `loss` or a validation metric.
    pub what: &'static str,
    /// Its value.
    pub value: f64,
    /// The step after which it was seen, counted from 1.
    pub step: u64,
    /// The epoch, counted from 1.
    pub epoch: usize,
}
