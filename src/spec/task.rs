//! `[task]`: what the network learns to do.

use super::Strength;
use crate::arch::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the network learns to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// The image from itself, through the code.
    #[default]
    Reconstruct,
    /// The clean image from a corrupted one.
    Denoise {
        /// How the input is corrupted.
        #[serde(default)]
        noise: Noise,
    },
    /// The RGB image from its gray version, 0.299 R + 0.587 G + 0.114 B.
    Colorize,
}

impl Task {
    /// Size of what goes into the network for images of a size: one channel when it colorizes.
    pub const fn input_size(&self, picture: Size) -> Size {
        match self {
            Self::Colorize => Size { channels: 1, ..picture },
            Self::Reconstruct | Self::Denoise { .. } => picture,
        }
    }
}

/// When noise is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resample {
    /// Once: an image keeps the same noise, and the same level of a range, in every epoch.
    #[default]
    Once,
    /// Anew in each epoch. Validation images keep theirs.
    Epoch,
}

/// How an image with values in [0, 1] is corrupted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Noise {
    /// `x + N(mean, sigma)`.
    Gaussian {
        /// Mean of the normal distribution.
        #[serde(default = "half")]
        mean: f64,
        /// Standard deviation of the normal distribution; with two, `[0.25, 1.0]`, each image has its own, drawn uniformly between them.
        #[serde(default = "half_strength")]
        #[schemars(schema_with = "super::strength::sigma")]
        sigma: Strength,
        /// The range that results are cut to.
        #[serde(default = "unit_range")]
        clip: [f64; 2],
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// `x * (1 + N(0, sigma))`.
    Speckle {
        /// Standard deviation of the normal distribution; with two, `[0.25, 1.0]`, each image has its own, drawn uniformly between them.
        #[serde(default = "half_strength")]
        #[schemars(schema_with = "super::strength::sigma")]
        sigma: Strength,
        /// The range that results are cut to.
        #[serde(default = "unit_range")]
        clip: [f64; 2],
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// Single pixels turn white or black, all channels together.
    SaltAndPepper {
        /// Share of pixels hit; with two, `[0.1, 0.5]`, each image has its own, drawn uniformly between them.
        #[serde(default = "quarter")]
        #[schemars(schema_with = "super::strength::amount")]
        amount: Strength,
        /// Share of white among them.
        #[serde(default = "half")]
        #[schemars(range(min = 0, max = 1))]
        salt: f64,
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// Single pixels turn black, all channels together.
    Masking {
        /// Share of pixels hit; with two, `[0.1, 0.5]`, each image has its own, drawn uniformly between them.
        #[serde(default = "quarter")]
        #[schemars(schema_with = "super::strength::amount")]
        amount: Strength,
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
}

impl Default for Noise {
    fn default() -> Self {
        Self::Gaussian {
            mean: half(),
            sigma: half_strength(),
            clip: unit_range(),
            resample: Resample::default(),
        }
    }
}

fn half() -> f64 {
    0.5
}

fn half_strength() -> Strength {
    Strength::Level(half())
}

fn quarter() -> Strength {
    Strength::Level(0.25)
}

fn unit_range() -> [f64; 2] {
    [0.0, 1.0]
}
