//! `train.optimizer`: how weights are updated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The optimizer; defaults are those of Keras.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015).
    Adam {
        /// Learning rate, before the schedule and warm-up.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay rate of the running mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay rate of the running mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the square root of the mean of squares, against division by zero.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    Adamw {
        /// Learning rate, before the schedule and warm-up.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay rate of the running mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay rate of the running mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the square root of the mean of squares, against division by zero.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
        /// Each step subtracts this times the learning rate times the weight. Not applied to biases.
        #[serde(default = "weight_decay")]
        #[schemars(range(min = 0))]
        weight_decay: f64,
    },
    /// Stochastic gradient descent with optional momentum.
    Sgd {
        /// Learning rate, before the schedule and warm-up.
        #[serde(default = "hundredth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Share of the previous update that is added to the next; 0 is no momentum.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Use Nesterov momentum; needs a `momentum` above 0.
        #[serde(default)]
        nesterov: bool,
    },
    /// `RMSprop` (Tieleman and Hinton, 2012).
    Rmsprop {
        /// Learning rate, before the schedule and warm-up.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay rate of the running mean of squared gradients.
        #[serde(default = "rho")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        rho: f64,
        /// Share of the previous update that is added to the next; 0 is no momentum.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Added to the mean of squares under the square root, against division by zero.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
    },
}

impl Optimizer {
    /// Returns the base learning rate of the schedule.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adam { learning_rate, .. }
            | Self::Adamw { learning_rate, .. }
            | Self::Sgd { learning_rate, .. }
            | Self::Rmsprop { learning_rate, .. } => *learning_rate,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam {
            learning_rate: thousandth(),
            beta1: beta1(),
            beta2: beta2(),
            epsilon: epsilon(),
        }
    }
}

fn thousandth() -> f64 {
    1e-3
}

fn hundredth() -> f64 {
    1e-2
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-7
}

fn weight_decay() -> f64 {
    4e-3
}

fn rho() -> f64 {
    0.9
}
