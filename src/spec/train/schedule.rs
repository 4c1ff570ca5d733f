//! `train.schedule`: how the learning rate changes during training.

use super::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the learning rate changes during training, starting from the base rate `optimizer.learning_rate`.
/// Epochs are counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The rate stays the base rate.
    #[default]
    Constant,
    /// The rate is multiplied by `gamma` after every `every` epochs.
    Step {
        /// Number of epochs between drops.
        #[schemars(range(min = 1))]
        every: usize,
        /// Factor by which the rate is multiplied at each drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// The rate is multiplied by `gamma` at the start of each of the `epochs`.
    MultiStep {
        /// Epochs at whose start the rate drops, in ascending order.
        #[schemars(length(min = 1))]
        epochs: Vec<usize>,
        /// Factor by which the rate is multiplied at each drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// The rate is multiplied by `gamma` after every epoch.
    Exponential {
        /// Factor by which the rate is multiplied after every epoch.
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// The rate goes from the base rate to `end` along `(1 - progress) ^ power`, updated at every step.
    Polynomial {
        /// Learning rate at the end of training.
        #[serde(default)]
        #[schemars(range(min = 0))]
        end: f64,
        /// Exponent of the decay; 1 is linear.
        #[serde(default = "one")]
        #[schemars(range(min = 0))]
        power: f64,
    },
    /// The rate follows half a cosine from the base rate to `min` (Loshchilov and Hutter, 2017), updated at every step.
    Cosine {
        /// Learning rate at the end of a period.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
        /// Length of the first period in epochs, after which the rate restarts from the base rate. Default: all epochs, without restarts.
        #[serde(default)]
        #[schemars(range(min = 1))]
        period: Option<usize>,
        /// Factor by which each period is longer than the previous one.
        #[serde(default = "one_period")]
        #[schemars(range(min = 1))]
        period_mult: usize,
    },
    /// The rate goes up from `base / div` to the base rate, then down to `base / final_div`, each along half a cosine (Smith, 2018).
    OneCycle {
        /// Share of the steps during which the rate rises.
        #[serde(default = "three_tenths")]
        #[schemars(range(min = 0, max = 1))]
        warmup: f64,
        /// The base rate divided by the rate at the start.
        #[serde(default = "twenty_five")]
        #[schemars(range(min = 1))]
        div: f64,
        /// The base rate divided by the rate at the end.
        #[serde(default = "ten_thousand")]
        #[schemars(range(min = 1))]
        final_div: f64,
    },
    /// The rate is multiplied by `factor` when `metric` has not improved for `patience` epochs, like Keras's `ReduceLROnPlateau`.
    Plateau {
        /// The metric to watch.
        #[serde(default)]
        metric: Metric,
        /// Factor by which the rate is multiplied at each drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
        factor: f64,
        /// Number of epochs without improvement before a drop.
        #[serde(default = "ten")]
        patience: usize,
        /// A change must exceed this to count as an improvement.
        #[serde(default = "plateau_threshold")]
        #[schemars(range(min = 0))]
        threshold: f64,
        /// After a drop, the next `cooldown - 1` epochs do not count towards `patience`, as in Keras; 0 and 1 have the same effect.
        #[serde(default)]
        cooldown: usize,
        /// Lower bound of the learning rate.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
    },
}

impl Schedule {
    /// Whether the rate at a step depends on the total number of epochs.
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
