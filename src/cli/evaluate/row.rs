//! The measurements: a row for each run and noise level.

use super::{super::args::Part, chosen::Chosen};
use crate::{
    spec::{Noise, Strength},
    train::{Evaluation, metric::Quality},
};
use serde_json::{Value, json};

/// A run at a noise level.
pub struct Row<'c> {
    /// The run, and what it is measured on.
    pub run: &'c Chosen,
    /// The part of the data set.
    pub part: Part,
    /// Name of the data set.
    pub dataset: &'static str,
    /// Digest of its images.
    pub digest: String,
    /// Number of images.
    pub images: usize,
    /// The noise, for denoising runs.
    pub noise: Option<Noise>,
    /// Quality of the network's outputs.
    pub result: Evaluation,
    /// Quality of the noisy or gray images themselves, for runs that denoise or colorize.
    pub input: Option<Quality>,
}

impl Row<'_> {
    /// Returns the strength of the noise.
    pub fn level(&self) -> Option<Strength> {
        self.noise.as_ref().map(Noise::strength)
    }

    /// Returns all values with the names of their columns, in order; null where there is no value.
    pub fn values(&self) -> Vec<(&'static str, Value)> {
        let Chosen { name, found, .. } = self.run;
        let noise = self.noise.as_ref();
        let mean = match noise {
            Some(Noise::Gaussian { mean, .. }) => Some(mean),
            _ => None,
        };
        let mut values: Vec<(&str, Value)> = vec![
            ("run", name.clone().into()),
            ("folder", found.folder.display().to_string().into()),
            ("weights", found.weights.into()),
            ("dataset", self.dataset.into()),
            ("part", self.part.name().into()),
            ("images", self.images.into()),
            ("noise", noise.map(Noise::name).into()),
            ("noise_mean", json!(mean)),
            ("level", json!(self.level())),
        ];
        values.extend(self.result.values().map(|(name, value)| (name, value.into())));
        values.push(("input_mse", self.input.map(|input| input.mse).into()));
        values.push(("input_psnr", self.input.map(|input| input.psnr).into()));
        values
    }
}
