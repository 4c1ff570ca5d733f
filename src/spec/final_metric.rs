//! Metrics that are measured once, after training.

use super::{Difference, Metric, Mode};
use serde::{Deserialize, Serialize};

/// A metric that is measured once, after training, with the weights of the best epoch. Unlike a [`Metric`],
/// it never decides which epoch, run or experiment is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalMetric {
    /// Loss over the test images.
    TestLoss,
    /// Mean squared error over the test images.
    TestMse,
    /// Mean absolute error over the test images.
    TestMae,
    /// Peak signal-to-noise ratio in dB over the test images.
    TestPsnr,
    /// Structural similarity over the test images.
    TestSsim,
    /// Share of the test images that the nearest neighbours of their codes classify correctly.
    KnnAccuracy,
    /// Share of the test images that softmax regression on their codes classifies correctly.
    LinearAccuracy,
}

impl FinalMetric {
    /// Every final metric, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::TestLoss,
        Self::TestMse,
        Self::TestMae,
        Self::TestPsnr,
        Self::TestSsim,
        Self::KnnAccuracy,
        Self::LinearAccuracy,
    ];

    /// Returns the name used in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TestLoss => "test_loss",
            Self::TestMse => "test_mse",
            Self::TestMae => "test_mae",
            Self::TestPsnr => "test_psnr",
            Self::TestSsim => "test_ssim",
            Self::KnnAccuracy => "knn_accuracy",
            Self::LinearAccuracy => "linear_accuracy",
        }
    }

    /// Returns how differences of the metric are expressed.
    pub const fn difference(self) -> Difference {
        match self {
            Self::TestLoss | Self::TestMse | Self::TestMae => Difference::Percent,
            Self::TestPsnr => Difference::Decibels,
            Self::TestSsim | Self::KnnAccuracy | Self::LinearAccuracy => Difference::Plain,
        }
    }

    /// Whether lower or higher values are better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::TestLoss | Self::TestMse | Self::TestMae => Mode::Min,
            Self::TestPsnr | Self::TestSsim | Self::KnnAccuracy | Self::LinearAccuracy => Mode::Max,
        }
    }

    /// Returns the counterpart of `metric` on the test images.
    pub const fn tested(metric: Metric) -> Self {
        match metric {
            Metric::Loss | Metric::ValLoss => Self::TestLoss,
            Metric::ValMse => Self::TestMse,
            Metric::ValMae => Self::TestMae,
            Metric::ValPsnr => Self::TestPsnr,
            Metric::ValSsim => Self::TestSsim,
        }
    }

    /// Whether a brief summary shows this metric for a run whose best epoch is chosen by `metric`.
    pub fn is_shown_with(self, metric: Metric) -> bool {
        matches!(self, Self::KnnAccuracy | Self::LinearAccuracy) || self == Self::tested(metric)
    }
}
