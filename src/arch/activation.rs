//! Activation functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The activation function applied to every output value of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The identity.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `x` above 0, `slope * x` below; the slope is 0.3, that of Keras's layer `LeakyReLU`.
    LeakyRelu,
    /// `x` above 0, `exp(x) - 1` below.
    Elu,
    /// `x * Phi(x)` with the cumulative normal distribution `Phi`, not its tanh approximation.
    Gelu,
    /// `x * sigmoid(x)`, also called swish.
    Silu,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(-x))`, always below 1: `1 - 2^-24` where it would round to 1.
    Sigmoid,
}

impl Activation {
    /// All activations.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Linear,
        Self::Relu,
        Self::LeakyRelu,
        Self::Elu,
        Self::Gelu,
        Self::Silu,
        Self::Tanh,
        Self::Sigmoid,
    ];

    /// Returns the name used in experiment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Elu => "elu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }
}
