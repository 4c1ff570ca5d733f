//! `[train]`: how the network is trained.

mod limits;
mod loss;
mod metric;
mod optimizer;
mod schedule;

pub use limits::{Checkpoint, Clip, EarlyStopping};
pub use loss::{Loss, LossTerms};
pub use metric::{Difference, Metric, Mode};
pub use optimizer::Optimizer;
pub use schedule::Schedule;

use crate::words::{counted, thousands};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Train {
    /// Number of passes over the training images.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: usize,
    /// Images per step; the last batch of an epoch holds the remainder.
    #[schemars(range(min = 1, max = 65536))]
    pub batch_size: usize,
    /// The loss to minimize: one name, or a weighted sum such as `{ mse = 0.8, ssim = 0.2 }`.
    pub loss: Loss,
    /// The optimizer and its learning rate.
    pub optimizer: Optimizer,
    /// How the learning rate changes during training.
    pub schedule: Schedule,
    /// Number of steps at the start over which the learning rate is ramped up linearly from near 0 to that of the schedule, which itself counts from the first step.
    pub warmup_steps: usize,
    /// Gradient clipping.
    pub clip: Clip,
    /// Shuffle the training images anew in each epoch; `false` keeps the order of the data set.
    pub shuffle: bool,
    /// Stop training when a metric no longer improves.
    pub early_stopping: Option<EarlyStopping>,
    /// Which weights are kept, and by which metric the best epoch is chosen.
    pub checkpoint: Checkpoint,
}

impl Train {
    /// Returns the number of steps in an epoch of `images` images.
    pub fn steps_per_epoch(&self, images: usize) -> usize {
        images.div_ceil(self.batch_size.max(1))
    }

    /// Returns a warning if the warm-up does not end before training on `images` images does.
    pub fn endless_warmup(&self, images: usize) -> Option<String> {
        let steps = self.steps_per_epoch(images).saturating_mul(self.epochs);
        (steps > 0 && self.warmup_steps >= steps).then(|| {
            format!(
                "the learning rate rises until the end: `train.warmup_steps` is {}, and the whole \
                 training has {}",
                thousands(self.warmup_steps),
                counted(steps, "step")
            )
        })
    }
}

impl Default for Train {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 32,
            loss: Loss::default(),
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            warmup_steps: 0,
            clip: Clip::default(),
            shuffle: true,
            early_stopping: None,
            checkpoint: Checkpoint::default(),
        }
    }
}
