//! `[model]`: the network.

use super::PerLayer;
use crate::arch::Activation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Model {
    /// Convolutions down to the code, transposed convolutions back up.
    Conv(ConvModel),
    /// Dense layers down to the code and back up.
    Mlp(MlpModel),
}

impl Default for Model {
    fn default() -> Self {
        Self::Conv(ConvModel::default())
    }
}

/// Distribution of the initial weights; biases start at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Initializer {
    /// Uniform within sqrt(6 / (fan in + fan out)).
    #[default]
    GlorotUniform,
    /// Normal, truncated at two standard deviations, with variance 2 / (fan in + fan out).
    GlorotNormal,
    /// Uniform within sqrt(6 / fan in).
    HeUniform,
    /// Normal, truncated at two standard deviations, with variance 2 / fan in.
    HeNormal,
}

/// Convolutions down to the code, transposed convolutions back up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConvModel {
    /// Channels of each convolution of the encoder; the decoder mirrors them.
    #[schemars(length(min = 1, max = 16), inner(range(min = 1, max = 4096)))]
    pub filters: Vec<usize>,
    /// Height and width of the kernels, in pixels.
    pub kernel_size: PerLayer,
    /// Strides of the convolutions, in pixels.
    pub strides: PerLayer,
    /// Length of the code (the latent vector).
    #[schemars(range(min = 1, max = 65536))]
    pub latent_dim: usize,
    /// Activation after every convolution and transposed convolution except the output layer.
    pub activation: Activation,
    /// Activation after the layer that computes the code.
    pub latent_activation: Activation,
    /// Activation after the output layer.
    pub output_activation: Activation,
    /// Distribution of the initial weights.
    pub initializer: Initializer,
    /// A safetensors file with weights to start from, relative to the current folder. Default: random weights.
    #[schemars(length(min = 1))]
    pub init: Option<PathBuf>,
}

impl Default for ConvModel {
    fn default() -> Self {
        Self {
            filters: vec![32, 64],
            kernel_size: PerLayer::All(3),
            strides: PerLayer::All(2),
            latent_dim: 16,
            activation: Activation::Relu,
            latent_activation: Activation::Linear,
            output_activation: Activation::Sigmoid,
            initializer: Initializer::default(),
            init: None,
        }
    }
}

/// Dense layers down to the code and back up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MlpModel {
    /// Units of each hidden layer of the encoder; the decoder mirrors them.
    #[schemars(length(max = 16), inner(range(min = 1, max = 65536)))]
    pub hidden: Vec<usize>,
    /// Length of the code (the latent vector).
    #[schemars(range(min = 1, max = 65536))]
    pub latent_dim: usize,
    /// Activation after every hidden layer.
    pub activation: Activation,
    /// Activation after the layer that computes the code.
    pub latent_activation: Activation,
    /// Activation after the output layer.
    pub output_activation: Activation,
    /// Distribution of the initial weights.
    pub initializer: Initializer,
    /// A safetensors file with weights to start from, relative to the current folder. Default: random weights.
    #[schemars(length(min = 1))]
    pub init: Option<PathBuf>,
}

impl Default for MlpModel {
    fn default() -> Self {
        Self {
            hidden: vec![512, 128],
            latent_dim: 16,
            activation: Activation::Relu,
            latent_activation: Activation::Linear,
            output_activation: Activation::Sigmoid,
            initializer: Initializer::default(),
            init: None,
        }
    }
}
