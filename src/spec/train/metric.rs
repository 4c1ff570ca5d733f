//! Metrics of an epoch, by which epochs and runs are compared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column of `metrics.csv` by which epochs and runs are compared.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, PartialOrd, Ord,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Loss over the training images, measured during the epoch while the weights change.
    Loss,
    /// Loss over the validation images.
    #[default]
    ValLoss,
    /// Mean squared error over the validation images.
    ValMse,
    /// Mean absolute error over the validation images.
    ValMae,
    /// Peak signal-to-noise ratio in dB over the validation images: the mean of 10 log10(1 / MSE) of each.
    ValPsnr,
    /// Structural similarity (Wang et al., 2004) over the validation images, with an 11x11 Gaussian window.
    ValSsim,
}

/// Whether lower or higher values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Lower is better.
    #[serde(rename = "lower")]
    Min,
    /// Higher is better.
    #[serde(rename = "higher")]
    Max,
}

/// How the difference of two values of a metric is expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// In percent of a value: losses and errors, which have a zero.
    Percent,
    /// In decibels: a percentage of a logarithm means nothing.
    Decibels,
    /// As it is: similarities and accuracies, for which percent could be mistaken for percentage points.
    Plain,
}

impl Metric {
    /// How the metrics are defined, for people.
    pub const DEFINITIONS: &str = "MSE and MAE are means over all values of the images, which lie in [0, 1]. PSNR is the mean over \
         images of 10 log10(1 / MSE), in dB, at most 100 dB for each. SSIM is the structural similarity of \
         Wang, Bovik, Sheikh and Simoncelli (2004) with C1 = 0.01² and C2 = 0.03², the mean over images, \
         channels and the positions of an 11x11 Gaussian window of standard deviation 1.5 within the image; \
         the window is smaller for images with a side below 11.";

    /// Every metric, in the order of `metrics.csv`.
    pub const ALL: [Self; 6] =
        [Self::Loss, Self::ValLoss, Self::ValMse, Self::ValMae, Self::ValPsnr, Self::ValSsim];

    /// Returns the name used in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::ValLoss => "val_loss",
            Self::ValMse => "val_mse",
            Self::ValMae => "val_mae",
            Self::ValPsnr => "val_psnr",
            Self::ValSsim => "val_ssim",
        }
    }

    /// Returns the column name of the metric when measured on the test images at a noise level: `mse` for
    /// `val_mse`, `loss` for both losses.
    pub fn level_column(self) -> &'static str {
        self.name().trim_start_matches("val_")
    }

    /// Whether the metric is the experiment's own loss, so that it cannot be compared across losses.
    pub const fn depends_on_loss(self) -> bool {
        matches!(self, Self::Loss | Self::ValLoss)
    }

    /// Returns how differences of the metric are expressed.
    pub const fn difference(self) -> Difference {
        match self {
            Self::Loss | Self::ValLoss | Self::ValMse | Self::ValMae => Difference::Percent,
            Self::ValPsnr => Difference::Decibels,
            Self::ValSsim => Difference::Plain,
        }
    }

    /// Whether lower or higher values are better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Loss | Self::ValLoss | Self::ValMse | Self::ValMae => Mode::Min,
            Self::ValPsnr | Self::ValSsim => Mode::Max,
        }
    }
}

impl Difference {
    /// Returns the unit of a difference, with a space before it; empty if it has none.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Decibels => " dB",
            Self::Percent | Self::Plain => "",
        }
    }
}

impl Mode {
    /// Returns the arrow that marks the better direction in tables.
    pub const fn arrow(self) -> char {
        match self {
            Self::Min => '↓',
            Self::Max => '↑',
        }
    }

    /// Whether `value` is better than `best` by more than `min_delta`; never for NaN or a tie.
    pub fn improves(self, value: f64, best: Option<f64>, min_delta: f64) -> bool {
        match (best, self) {
            (None, _) => !value.is_nan(),
            (Some(best), Self::Min) => value < best - min_delta,
            (Some(best), Self::Max) => value > best + min_delta,
        }
    }

    /// Returns the item with the best `value`, the first of equals, or `None` if every value is NaN.
    pub fn best<T>(
        self,
        items: impl IntoIterator<Item = T>,
        value: impl Fn(&T) -> f64,
    ) -> Option<T> {
        items.into_iter().fold(None, |best, item| {
            let better = self.improves(value(&item), best.as_ref().map(&value), 0.0);
            if better { Some(item) } else { best }
        })
    }
}
