//! Test images for figures, stored with eight bits per channel. Their floating-point values are computed for
//! a few images at a time to limit memory.

use super::{Result, Trained};
use crate::{
    figures::{to_image, to_images},
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

/// Returns the target of a test image.
pub(super) fn target(trained: &Trained<'_>, index: usize) -> RgbImage {
    let mut values = Vec::new();
    trained.test.append_target(index, &mut values);
    to_image(&values, trained.test.target_size())
}
