//! The top level of an experiment file.

use super::{Data, Device, DeviceKind, LevelKind, Model, Task, Train};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The key of the seed.
pub const SEED: &str = "experiment.seed";
/// The key of the name.
pub const NAME: &str = "experiment.name";

/// One experiment with every value resolved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Experiment {
    /// Name, seed and device.
    #[serde(rename = "experiment")]
    pub meta: Meta,
    /// The images.
    pub data: Data,
    /// What the network learns to do with the images.
    pub task: Task,
    /// The network.
    pub model: Model,
    /// How the network is trained.
    pub train: Train,
    /// Additional tests of the trained network.
    pub evaluate: Evaluate,
    /// The figures that a run draws after training.
    pub figures: Figures,
    /// Output for other programs.
    pub log: Log,
}

/// Name, seed and device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Meta {
    /// Name of the run and of its folder: at most 100 letters, digits, `-`, `_` and `.`, not starting with `.`. If empty, the file's name.
    #[schemars(regex(pattern = "^([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})?$"))]
    pub name: String,
    /// A short description, shown in reports.
    pub description: String,
    /// Seed of the initial weights, the order of images, the noise and t-SNE. Synthetic data sets and `sweep.random` do not depend on it.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// `cpu`, `cuda` (the first NVIDIA GPU), `cuda:N` (GPU number N, counted from 0) or `auto` (the first GPU
    /// if there is one, else the CPU).
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

/// Additional tests of the trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluate {
    /// Noise levels (sigma) at which a denoising network is tested; for `gaussian` and `speckle` noise only.
    #[schemars(inner(range(min = 0)))]
    pub noise_sigmas: Vec<f64>,
    /// Noise levels (amount) at which a denoising network is tested; for `salt_and_pepper` and `masking` noise only.
    #[schemars(inner(range(min = 0, max = 1)))]
    pub noise_amounts: Vec<f64>,
    /// Write the code of every test image, as the network sees it (with its noise, or in gray), to `codes.csv`; for `image_folder`, the last column holds the image's file name.
    pub codes: bool,
    /// Classifiers that measure how well codes separate the classes. Each adds the share of test images it classifies correctly to the run's results, as `knn_accuracy` or `linear_accuracy`. They are fitted to the codes of the first 20,000 training images, including their noise. Data without classes has no such result.
    pub probe: Vec<Probe>,
    /// Number of nearest training codes that vote on the class of a test image with `knn`.
    #[schemars(range(min = 1, max = 1000))]
    pub probe_neighbours: usize,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self {
            noise_sigmas: Vec::new(),
            noise_amounts: Vec::new(),
            codes: false,
            probe: Vec::new(),
            probe_neighbours: 20,
        }
    }
}

impl Evaluate {
    /// Returns the noise levels of this kind.
    pub fn levels(&self, kind: LevelKind) -> &[f64] {
        match kind {
            LevelKind::Sigma => &self.noise_sigmas,
            LevelKind::Amount => &self.noise_amounts,
        }
    }
}

/// A classifier that predicts the class of an image from its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Majority vote of the nearest training codes, by Euclidean distance between standardized codes. The nearest code breaks ties.
    Knn,
    /// Softmax regression on the standardized training codes, with the penalty of scikit-learn's `LogisticRegression`.
    Linear,
}

/// Output for other programs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Write metrics, the learning rate and sample images to `tensorboard/` in the run's folder.
    pub tensorboard: bool,
}

/// How the codes of the test images are plotted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Codes {
    /// Codes of up to two dimensions as they are, longer ones by their first two principal components.
    #[default]
    Auto,
    /// The first two principal components.
    Pca,
    /// A t-SNE embedding.
    Tsne,
    /// No plot.
    None,
}

/// The figures that a run draws after training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Figures {
    /// Magnification of images in figures; reduced for large sheets.
    #[schemars(range(min = 1, max = 16))]
    pub scale: u32,
    /// The scatter plot of the test images' codes, which are those of `evaluate.codes`.
    pub codes: Codes,
    /// Range `[from, to]` of both axes of the manifold and of the scatter plot of two-dimensional codes. `"fit"` fits the axes to the codes, as does a range that contains fewer than half of them.
    #[serde(with = "super::code_range")]
    #[schemars(schema_with = "super::code_range::schema")]
    pub code_range: Option<[f64; 2]>,
    /// Decoded images along each side of the manifold of a two-dimensional code; fewer if images are large.
    #[schemars(range(min = 2, max = 100))]
    pub manifold: usize,
    /// Number of pairs of test images to interpolate between, fewer if images are large; 0 draws none.
    #[schemars(range(max = 100))]
    pub interpolations: usize,
    /// Draw decoded images while one dimension of the code varies at a time.
    pub traversal: bool,
    /// Also write plots as SVG, for papers: learning curves, codes, noise levels and, in a sweep, the metric over its keys.
    pub svg: bool,
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
            svg: false,
        }
    }
}
