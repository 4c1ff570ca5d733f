//! Names and short descriptions of the parts of an experiment.

use super::{
    Experiment, Initializer, LevelKind, Model, Noise, Optimizer, Resample, Schedule, Strength, Task,
};
use crate::arch::Activations;
use std::path::Path;

impl Model {
    /// Returns the distribution of the initial weights.
    pub fn initializer(&self) -> Initializer {
        match self {
            Self::Conv(model) => model.initializer,
            Self::Mlp(model) => model.initializer,
        }
    }

    /// Returns the activations of its layers.
    pub fn activations(&self) -> Activations {
        let (hidden, latent, output) = match self {
            Self::Conv(net) => (net.activation, net.latent_activation, net.output_activation),
            Self::Mlp(net) => (net.activation, net.latent_activation, net.output_activation),
        };
        Activations { hidden, latent, output }
    }

    /// Returns the file of weights that the network starts from, if any.
    pub fn init(&self) -> Option<&Path> {
        match self {
            Self::Conv(model) => model.init.as_deref(),
            Self::Mlp(model) => model.init.as_deref(),
        }
    }
}

impl Experiment {
    /// Returns the noise that its network learns to remove, if any.
    pub const fn noise(&self) -> Option<&Noise> {
        match &self.task {
            Task::Denoise { noise } => Some(noise),
            Task::Reconstruct | Task::Colorize => None,
        }
    }

    /// Returns the levels of its noise at which the network is tested; none without noise.
    pub fn tested_levels(&self) -> &[f64] {
        self.noise().map_or(&[], |noise| self.evaluate.levels(noise.level_kind()))
    }
}

impl Task {
    /// Returns the name used in experiment files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reconstruct => "reconstruct",
            Self::Denoise { .. } => "denoise",
            Self::Colorize => "colorize",
        }
    }

    /// Describes the task and its noise: `denoise, gaussian noise, mean 0.5, sigma 0.5`.
    pub fn describe(&self) -> String {
        match self {
            Self::Reconstruct | Self::Colorize => self.name().to_owned(),
            Self::Denoise { noise } => format!("{}, {}", self.name(), noise.describe()),
        }
    }
}

impl Noise {
    /// Returns the name used in experiment files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gaussian { .. } => "gaussian",
            Self::Speckle { .. } => "speckle",
            Self::SaltAndPepper { .. } => "salt_and_pepper",
            Self::Masking { .. } => "masking",
        }
    }

    /// Returns when the noise is drawn.
    pub fn resample(&self) -> Resample {
        match self {
            Self::Gaussian { resample, .. }
            | Self::Speckle { resample, .. }
            | Self::SaltAndPepper { resample, .. }
            | Self::Masking { resample, .. } => *resample,
        }
    }

    /// Returns what its levels are.
    pub const fn level_kind(&self) -> LevelKind {
        match self {
            Self::Gaussian { .. } | Self::Speckle { .. } => LevelKind::Sigma,
            Self::SaltAndPepper { .. } | Self::Masking { .. } => LevelKind::Amount,
        }
    }

    /// Returns the strength: `sigma`, or `amount` for the kinds that affect single pixels.
    pub fn strength(&self) -> Strength {
        match *self {
            Self::Gaussian { sigma, .. } | Self::Speckle { sigma, .. } => sigma,
            Self::SaltAndPepper { amount, .. } | Self::Masking { amount, .. } => amount,
        }
    }

    /// Returns the same noise at one level, see [`strength`](Self::strength).
    #[must_use]
    pub fn at_level(&self, level: f64) -> Self {
        let mut noise = self.clone();
        let level = Strength::Level(level);
        match &mut noise {
            Self::Gaussian { sigma, .. } | Self::Speckle { sigma, .. } => *sigma = level,
            Self::SaltAndPepper { amount, .. } | Self::Masking { amount, .. } => *amount = level,
        }
        noise
    }

    /// Returns what else than its strength tells it from other noise of its kind: `mean 0.5`; empty for the kinds
    /// without such a setting.
    pub fn details(&self) -> String {
        match self {
            Self::Gaussian { mean, .. } => format!("mean {mean}"),
            Self::SaltAndPepper { salt, .. } => format!("{salt} of it salt"),
            Self::Speckle { .. } | Self::Masking { .. } => String::new(),
        }
    }

    /// Describes the noise and its strength: `gaussian noise, mean 0.5, sigma 0.5`.
    pub fn describe(&self) -> String {
        let mut text = match self {
            Self::Gaussian { sigma, .. } => {
                format!("gaussian noise, {}, sigma {sigma}", self.details())
            }
            Self::Speckle { sigma, .. } => format!("speckle noise, sigma {sigma}"),
            Self::SaltAndPepper { amount, .. } => {
                format!("salt and pepper on {amount} of the pixels, {}", self.details())
            }
            Self::Masking { amount, .. } => format!("{amount} of the pixels masked"),
        };
        if let Strength::Range(_) = self.strength() {
            text.push_str("; each image has a level of its own");
        }
        text
    }
}

impl Optimizer {
    /// Returns the name used in experiment files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Adam { .. } => "adam",
            Self::Adamw { .. } => "adamw",
            Self::Sgd { .. } => "sgd",
            Self::Rmsprop { .. } => "rmsprop",
        }
    }
}

impl Schedule {
    /// Returns the name used in experiment files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Step { .. } => "step",
            Self::MultiStep { .. } => "multi_step",
            Self::Exponential { .. } => "exponential",
            Self::Polynomial { .. } => "polynomial",
            Self::Cosine { .. } => "cosine",
            Self::OneCycle { .. } => "one_cycle",
            Self::Plateau { .. } => "plateau",
        }
    }
}
