//! `train.schedule`: how the learning rate changes.

use super::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the learning rate changes. Epochs count from 0; the base is `optimizer.learning_rate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The base throughout.
    #[default]
    Constant,
    /// Multiplied by `gamma` after each `every` epochs.
    Step {
        /// Epochs between two drops.
        #[schemars(range(min = 1))]
        every: usize,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// Multiplied by `gamma` at each of `epochs`.
    MultiStep {
        /// Epochs at which the rate drops, in rising order.
        #[schemars(length(min = 1))]
        epochs: Vec<usize>,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// Multiplied by `gamma` after every epoch.
    Exponential {
        /// Factor of an epoch.
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// From the base to `end` along `(1 - progress) ^ power`, step by step.
    Polynomial {
        /// Rate at the end of training.
        #[serde(default)]
        #[schemars(range(min = 0))]
        end: f64,
        /// 1 is linear.
        #[serde(default = "one")]
        #[schemars(range(min = 0))]
        power: f64,
    },
    /// Half a cosine from the base to `min` (Loshchilov and Hutter, 2017), step by step.
    Cosine {
        /// Rate at the end of a period.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
        /// Epochs of the first period, after which the rate starts from the base again; all epochs when left out.
        #[serde(default)]
        #[schemars(range(min = 1))]
        period: Option<usize>,
        /// Factor by which each period is longer than the one before.
        #[serde(default = "one_period")]
        #[schemars(range(min = 1))]
        period_mult: usize,
    },
    /// Up from `base / div` to the base and down to `base / final_div`, both along half a cosine (Smith, 2018).
    OneCycle {
        /// Share of the steps on the way up.
        #[serde(default = "three_tenths")]
        #[schemars(range(min = 0, max = 1))]
        warmup: f64,
        /// The base divided by the rate at the start.
        #[serde(default = "twenty_five")]
        #[schemars(range(min = 1))]
        div: f64,
        /// The base divided by the rate at the end.
        #[serde(default = "ten_thousand")]
        #[schemars(range(min = 1))]
        final_div: f64,
    },
    /// Times `factor` when `metric` has not improved for `patience` epochs, as Keras's `ReduceLROnPlateau`.
    Plateau {
        /// What is watched.
        #[serde(default)]
        metric: Metric,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
        factor: f64,
        /// Epochs without improvement before a drop.
        #[serde(default = "ten")]
        patience: usize,
        /// Smaller changes do not count as an improvement.
        #[serde(default = "plateau_threshold")]
        #[schemars(range(min = 0))]
        threshold: f64,
        /// After a drop the next `cooldown - 1` epochs are not counted, as in Keras; 0 and 1 are the same.
        #[serde(default)]
        cooldown: usize,
        /// The rate never falls below this.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
    },
}

impl Schedule {
    /// Whether the rate of a step depends on how many epochs the training has: such a schedule is laid out
    /// over all of them.
    pub const fn depends_on_epochs(&self) -> bool {
        match self {
            Self::Polynomial { .. } | Self::Cosine { period: None, .. } | Self::OneCycle { .. } => {
                true
            }
            Self::Constant
            | Self::Step { .. }
            | Self::MultiStep { .. }
            | Self::Exponential { .. }
            | Self::Cosine { period: Some(_), .. }
            | Self::Plateau { .. } => false,
        }
    }
}

fn tenth() -> f64 {
    0.1
}

fn one() -> f64 {
    1.0
}

fn ten() -> usize {
    10
}

fn one_period() -> usize {
    1
}

fn three_tenths() -> f64 {
    0.3
}

fn twenty_five() -> f64 {
    25.0
}

fn ten_thousand() -> f64 {
    1e4
}

fn plateau_threshold() -> f64 {
    1e-4
}
