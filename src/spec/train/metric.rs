//! Columns of `metrics.csv` that decisions are made on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column of `metrics.csv` that decisions can be made on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, PartialOrd, Ord,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The loss over the training images, as the network was while it saw them.
    Loss,
    /// The loss over the validation images.
    #[default]
    ValLoss,
    /// Mean squared error over the validation images.
    ValMse,
    /// Mean absolute error over the validation images.
    ValMae,
    /// Peak signal-to-noise ratio in dB over the validation images.
    ValPsnr,
    /// Structural similarity over the validation images.
    ValSsim,
}

/// Whether less or more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Less is better.
    #[serde(rename = "lower")]
    Min,
    /// More is better.
    #[serde(rename = "higher")]
    Max,
}

impl Metric {
    /// Every metric, in the order of `metrics.csv`.
    pub const ALL: [Self; 6] =
        [Self::Loss, Self::ValLoss, Self::ValMse, Self::ValMae, Self::ValPsnr, Self::ValSsim];

    /// Name in files and on screen.
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

    /// What it is called where it is taken over test images at a noise level: `mse` of `val_mse`; of either loss
    /// `loss`.
    pub fn level_column(self) -> &'static str {
        self.name().trim_start_matches("val_")
    }

    /// Whether it is what the experiment minimises, and so another quantity with another loss.
    pub const fn depends_on_loss(self) -> bool {
        matches!(self, Self::Loss | Self::ValLoss)
    }

    /// Whether less or more of it is better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Loss | Self::ValLoss | Self::ValMse | Self::ValMae => Mode::Min,
            Self::ValPsnr | Self::ValSsim => Mode::Max,
        }
    }
}

impl Mode {
    /// How a table says it.
    pub const fn arrow(self) -> char {
        match self {
            Self::Min => '↓',
            Self::Max => '↑',
        }
    }

    /// Whether `value` is better than `best` by more than `min_delta`. NaN never is, nor is a tie.
    pub fn improves(self, value: f64, best: Option<f64>, min_delta: f64) -> bool {
        match (best, self) {
            (None, _) => !value.is_nan(),
            (Some(best), Self::Min) => value < best - min_delta,
            (Some(best), Self::Max) => value > best + min_delta,
        }
    }

    /// The best of `items` by their `value`, of equals the first; none where every value is NaN.
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
