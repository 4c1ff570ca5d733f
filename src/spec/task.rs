//! `[task]`: what the network learns to do.

use super::Strength;
use crate::arch::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the network learns to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// Reproduce the image from its code.
    #[default]
    Reconstruct,
    /// Restore the clean image from a corrupted one.
    Denoise {
        /// How the input is corrupted.
        #[serde(default)]
        noise: Noise,
    },
    /// Restore the RGB image from its gray version, 0.299 R + 0.587 G + 0.114 B.
    Colorize,
}

impl Task {
    /// Returns the size of the network's input for images of size `image`: one channel when colorizing.
    pub const fn input_size(&self, image: Size) -> Size {
        match self {
            Self::Colorize => Size { channels: 1, ..image },
            Self::Reconstruct | Self::Denoise { .. } => image,
        }
    }
}

/// When noise is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resample {
    /// An image has the same noise, and the same level from a range, in every epoch.
    #[default]
    Once,
    /// Anew in each epoch. Validation images keep their noise.
    Epoch,
}

/// How an image with values in [0, 1] is corrupted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Noise {
    /// Normal noise is added: `x + N(mean, sigma)`.
    Gaussian {
        /// Mean of the normal distribution.
        #[serde(default = "half")]
        mean: f64,
        /// Standard deviation of the normal distribution. With a range such as `[0.25, 1.0]`, each image draws its own, uniformly.
        #[serde(default = "half_strength")]
        #[schemars(schema_with = "super::strength::sigma")]
        sigma: Strength,
        /// Range `[from, to]` to which noisy values are clipped.
        #[serde(default = "unit_range")]
        clip: [f64; 2],
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// Normal noise in proportion to the value is added: `x * (1 + N(0, sigma))`.
    Speckle {
        /// Standard deviation of the normal distribution. With a range such as `[0.25, 1.0]`, each image draws its own, uniformly.
        #[serde(default = "half_strength")]
        #[schemars(schema_with = "super::strength::sigma")]
        sigma: Strength,
        /// Range `[from, to]` to which noisy values are clipped.
        #[serde(default = "unit_range")]
        clip: [f64; 2],
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// Single pixels turn white or black, all channels together.
    SaltAndPepper {
        /// Share of pixels affected. With a range such as `[0.1, 0.5]`, each image draws its own, uniformly.
        #[serde(default = "quarter")]
        #[schemars(schema_with = "super::strength::amount")]
        amount: Strength,
        /// Share of white pixels among those affected.
        #[serde(default = "half")]
        #[schemars(range(min = 0, max = 1))]
        salt: f64,
        /// When noise is drawn.
        #[serde(default)]
        resample: Resample,
    },
    /// Single pixels turn black, all channels together.
    Masking {
        /// Share of pixels affected. With a range such as `[0.1, 0.5]`, each image draws its own, uniformly.
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
