//! `[train]`: how the network is trained.

mod limits;
mod loss;
mod metric;
mod optimizer;
mod schedule;

pub use limits::{Checkpoint, Clip, EarlyStopping};
pub use loss::{Loss, LossTerms};
pub use metric::{Metric, Mode};
pub use optimizer::Optimizer;
pub use schedule::Schedule;

use super::words::{counted, thousands};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Train {
    /// Passes over the training images.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: usize,
    /// Images per step; the last step of an epoch takes what is left.
    #[schemars(range(min = 1, max = 65536))]
    pub batch_size: usize,
    /// What is minimised: one name, or a table of weights such as `{ mse = 0.8, ssim = 0.2 }`.
    pub loss: Loss,
    /// How weights follow from gradients.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Steps at the start over which the schedule's rate is scaled up linearly from near 0; the schedule itself counts from the first step.
    pub warmup_steps: usize,
    /// Bounds on gradients.
    pub clip: Clip,
    /// Draw a new order of the images in each epoch; `false` keeps the order of the data.
    pub shuffle: bool,
    /// Stop when a metric no longer improves; without this table, never.
    pub early_stopping: Option<EarlyStopping>,
    /// Which weights are kept.
    pub checkpoint: Checkpoint,
}

impl Train {
    /// Steps of an epoch over so many images.
    pub fn steps_per_epoch(&self, pictures: usize) -> usize {
        pictures.div_ceil(self.batch_size.max(1))
    }

    /// What a user should hear whose warm-up does not end before a training on so many images.
    pub fn endless_warmup(&self, pictures: usize) -> Option<String> {
        let steps = self.steps_per_epoch(pictures).saturating_mul(self.epochs);
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
