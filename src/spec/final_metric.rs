//! What is measured of a run once, when it has trained.

use super::{Metric, Mode};

/// What is measured once, with the weights of the best epoch. Unlike a [`Metric`] it takes part in no
/// decision: which epoch, run or experiment is best does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FinalMetric {
    /// The loss over the test images.
    TestLoss,
    /// Mean squared error over the test images.
    TestMse,
    /// Mean absolute error over the test images.
    TestMae,
    /// Peak signal-to-noise ratio in dB over the test images.
    TestPsnr,
    /// Structural similarity over the test images.
    TestSsim,
    /// Share of the test images whose class their code's nearest neighbours recognise.
    KnnAccuracy,
    /// Share of the test images whose class softmax regression recognises by their code.
    LinearAccuracy,
}

impl FinalMetric {
    /// Every one, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::TestLoss,
        Self::TestMse,
        Self::TestMae,
        Self::TestPsnr,
        Self::TestSsim,
        Self::KnnAccuracy,
        Self::LinearAccuracy,
    ];

    /// Name in files and on screen.
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

    /// Whether less or more of it is better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::TestLoss | Self::TestMse | Self::TestMae => Mode::Min,
            Self::TestPsnr | Self::TestSsim | Self::KnnAccuracy | Self::LinearAccuracy => Mode::Max,
        }
    }

    /// What `metric` measures, on the test images.
    pub const fn tested(metric: Metric) -> Self {
        match metric {
            Metric::Loss | Metric::ValLoss => Self::TestLoss,
            Metric::ValMse => Self::TestMse,
            Metric::ValMae => Self::TestMae,
            Metric::ValPsnr => Self::TestPsnr,
            Metric::ValSsim => Self::TestSsim,
        }
    }

    /// Whether it is told where there is room for little of a run whose best epoch is chosen by `metric`.
    pub fn is_told_with(self, metric: Metric) -> bool {
        matches!(self, Self::KnnAccuracy | Self::LinearAccuracy) || self == Self::tested(metric)
    }
}
