//! The whole file.

use super::{Data, Device, DeviceKind, Model, Task, Train};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One experiment, every value resolved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Experiment {
    /// Name, seed and device.
    pub experiment: Meta,
    /// The images.
    pub data: Data,
    /// What the network learns to do with them.
    pub task: Task,
    /// The network.
    pub model: Model,
    /// How it is trained.
    pub train: Train,
    /// What the trained network is tested on besides the validation images.
    pub evaluate: Evaluate,
    /// The figures that a run draws when it has trained.
    pub figures: Figures,
    /// What is written for other programs.
    pub log: Log,
}

/// Name, seed and device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Meta {
    /// Name of the run and of its folder; the file's name when empty. Letters, digits, `-`, `_` and `.`.
    #[schemars(regex(pattern = "^([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})?$"))]
    pub name: String,
    /// A sentence for reports.
    pub description: String,
    /// Initial weights, order of images, noise and t-SNE follow from it. Synthetic data sets and `sweep.random` do not depend on it.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// `cpu`; `cuda` or `cuda:N` for the first or the Nth NVIDIA GPU, counted from 0; `auto` for the
    /// first GPU if there is one.
    #[schemars(with = "String", regex(pattern = Device::PATTERN))]
    pub device: Device,
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            seed: 1337,
            device: DeviceKind::Cpu.into(),
        }
    }
}

/// What the trained network is tested on besides the validation images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluate {
    /// Noise levels (sigma) to test a denoising network at; with `gaussian` and `speckle` noise only.
    #[schemars(inner(range(min = 0)))]
    pub noise_sigmas: Vec<f64>,
    /// Write the code of every test image to `codes.csv`, for a folder of images with the name of its file in the last column.
    pub codes: bool,
    /// How well the codes of images tell their classes: `knn_accuracy` and `linear_accuracy`, the share of the test images whose class is recognised, among the run's results. What recognises them learns from the codes of the first 20,000 training images, noise and all. Without classes there is no value.
    pub probe: Vec<Probe>,
    /// How many of the nearest training codes vote for the class of a test image with `knn`.
    #[schemars(range(min = 1, max = 1000))]
    pub probe_neighbours: usize,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self { noise_sigmas: Vec::new(), codes: false, probe: Vec::new(), probe_neighbours: 20 }
    }
}

/// What recognises the class of an image by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// The nearest training codes vote, by the Euclidean distance of standardised codes; of classes with equally many votes the one of the nearest counts.
    Knn,
    /// Softmax regression on the standardised training codes, with the penalty that scikit-learn's `LogisticRegression` has.
    Linear,
}

/// What is written for other programs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Write metrics, learning rate and sheets of images to `tensorboard/` in the run's folder.
    pub tensorboard: bool,
}

/// How the codes of the test images are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Codes {
    /// Two dimensions as they are; more by their two principal components.
    #[default]
    Auto,
    /// The two principal components.
    Pca,
    /// A t-SNE embedding.
    Tsne,
    /// Not at all.
    None,
}

/// The figures that a run draws when it has trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Figures {
    /// Magnification of images in figures; large sheets use less.
    #[schemars(range(min = 1, max = 16))]
    pub scale: u32,
    /// The scatter of test codes.
    pub codes: Codes,
    /// Lower and upper end of the axes of a two-dimensional scatter and of the manifold; `"fit"`, or a range with fewer than half the codes in it, fits them to the codes.
    #[serde(with = "super::code_range")]
    #[schemars(schema_with = "super::code_range::schema")]
    pub code_range: Option<[f64; 2]>,
    /// Decoded images along each side of the manifold of a two-dimensional code; fewer where images are large.
    #[schemars(range(min = 2, max = 100))]
    pub manifold: usize,
    /// How many pairs of test images to interpolate between, fewer where images are large; 0 draws none.
    #[schemars(range(max = 100))]
    pub interpolations: usize,
    /// Draw what each dimension of the code does.
    pub traversal: bool,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            scale: 4,
            codes: Codes::Auto,
            code_range: Some([-4.0, 4.0]),
            manifold: 30,
            interpolations: 0,
            traversal: false,
        }
    }
}
