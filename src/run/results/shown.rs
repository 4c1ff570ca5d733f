//! Test images for figures, stored with eight bits per channel. Their floating-point values are computed for
//! a few images at a time to limit memory.

use super::{Result, Trained};
use crate::{
    figures::{to_image, to_images},
    spec::Task,
    train::Samples,
};
use image::RgbImage;

/// Maximum number of images whose values are in memory at once.
const AT_ONCE: usize = 1024;

/// The first test images: inputs, targets and outputs of the network.
#[derive(Default)]
pub(super) struct Shown {
    pub inputs: Vec<RgbImage>,
    pub targets: Vec<RgbImage>,
    pub outputs: Vec<RgbImage>,
}

impl Shown {
    /// Runs the first `count` of `samples` through the network.
    pub fn first(trained: &Trained<'_>, samples: &Samples<'_>, count: usize) -> Result<Self> {
        let (input, target) = (samples.input_size(), samples.target_size());
        let (count, at_once) = (count.min(samples.len()), target.at_once(AT_ONCE));
        let mut shown = Self::default();
        for start in (0..count).step_by(at_once) {
            let end = count.min(start + at_once);
            let (inputs, targets) = samples.range(start..end);
            let outputs = trained.inference.reconstruct(&inputs, end - start)?;
            shown.inputs.extend(to_images(&inputs, input));
            shown.targets.extend(to_images(&targets, target));
            shown.outputs.extend(to_images(&outputs, target));
        }
        Ok(shown)
    }
}

/// Decodes `codes` into images.
pub(super) fn decoded(trained: &Trained<'_>, codes: &[f32]) -> Result<Vec<RgbImage>> {
    let (size, dim) = (trained.test.target_size(), trained.arch.latent_dim.max(1));
    let mut shown = Vec::new();
    for codes in codes.chunks(size.at_once(AT_ONCE) * dim) {
        let images = trained.inference.decode(codes, codes.len() / dim)?;
        shown.extend(to_images(&images, size));
    }
    Ok(shown)
}

/// Returns a test image as the network sees it, to encode it.
pub(super) fn input(trained: &Trained<'_>, index: usize) -> RgbImage {
    let (input, _) = trained.test.range(index..index + 1);
    to_image(&input, trained.test.input_size())
}

/// Returns what the network sees of test images, in words.
pub(super) const fn inputs(task: &Task) -> &'static str {
    match task {
        Task::Reconstruct => "test images",
        Task::Denoise { .. } => "noisy test images",
        Task::Colorize => "gray test images",
    }
}
