//! Synthetic images: data for machines without a network connection, and for fast tests.
//!
//! An image depends only on its part and index, so any number of them can be drawn, by any number of
//! threads, and the first ones are always the same.

pub(super) mod digits;
mod glyphs;
mod ink;
mod paint;
pub(super) mod scenes;
mod things;

use super::dataset::{Images, Parts};
use crate::arch::Size;
use crate::rng::{ChaCha8Rng, Purpose, stream};
use crate::spec;
use rand::RngExt;
use rayon::prelude::*;

/// Returns the number of training and test images to draw.
pub(super) fn counts(config: &spec::Data) -> (usize, usize) {
    (config.train_limit.unwrap_or(6000), config.test_limit.unwrap_or(1000))
}

/// The seed of all synthetic images, independent of the experiment's seed.
const SEED: u64 = 0x005e_ed0f_d161_7500;

/// Draws both parts of a synthetic data set, each image with `draw(generator, pixels)`, which returns its
/// label.
fn load(
    config: &spec::Data,
    size: Size,
    classes: &[&str],
    draw: impl Fn(&mut ChaCha8Rng, &mut [u8]) -> u16 + Sync,
) -> Parts {
    let part = |part: u64, count: usize| {
        let mut pixels = vec![0; count * size.len()];
        let labels = pixels
            .par_chunks_exact_mut(size.len())
            .enumerate()
            .map(|(index, pixels)| {
                draw(&mut stream(SEED, Purpose::Synthetic, part, index as u64), pixels)
            })
            .collect();
        Images { size, pixels, labels }
    };
    let (train, test) = counts(config);
    Parts {
        test_files: Vec::new(),
        train: part(0, train),
        test: part(1, test),
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
        warnings: Vec::new(),
    }
}

/// Draws a number between `low` and `high`, uniformly.
fn between(rng: &mut ChaCha8Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

/// Draws a number around 0 with standard deviation `sigma`: a sum of three uniform numbers, at most 3 `sigma`
/// away.
fn around_zero(rng: &mut ChaCha8Rng, sigma: f32) -> f32 {
    let sum: f32 = (0..3).map(|_| rng.random::<f32>() - 0.5).sum();
    2.0 * sigma * sum
}
