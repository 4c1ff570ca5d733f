//! `train.optimizer`: how weights follow from gradients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weights follow from gradients. Defaults are Keras's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015).
    Adam {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the root of the mean of squares.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    Adamw {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the root of the mean of squares.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
        /// Share of each weight, times the learning rate, taken away in a step; biases are spared.
        #[serde(default = "weight_decay")]
        #[schemars(range(min = 0))]
        weight_decay: f64,
    },
    /// Gradient descent with momentum.
    Sgd {
        /// Step size.
        #[serde(default = "hundredth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Share of the last step that goes into the next.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Nesterov's form of momentum.
        #[serde(default)]
        nesterov: bool,
    },
    /// `RMSprop` (Tieleman and Hinton, 2012).
    Rmsprop {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "rho")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        rho: f64,
        /// Share of the last step that goes into the next.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Added to the mean of squares before its root is taken.
        #[serde(default = "epsilon")]
        #[schemars(range(min = 1e-30))]
        epsilon: f64,
    },
}

impl Optimizer {
    /// The learning rate that the schedule starts from.
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
