//! Test images of the runs, cut from their `samples.png` and stored once each.
//!
//! Runs share most of them: the originals are the same everywhere, and so are corrupted images with the same
//! seed and noise level.

use super::{Report, run::Run};
use crate::{
    png,
    record::samples::{Layout, Level, SAMPLES, Samples},
    spec::Strength,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use image::{RgbImage, imageops};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of the page available for images, so that 50 runs stay well below 5 MB.
const ROOM: usize = 3_300_000;

/// Maximum longer side of an image in pixels: more would be visible only when opened large, and leave less
/// space for other runs.
const SIDE: u32 = 128;

/// Strips of images, and the strips that each run shows.
#[derive(Debug, Default)]
pub struct Images {
    /// Each strip once.
    pub strips: Vec<Strip>,
    /// Images of each run; `None` for a run without any.
    pub of: Vec<Option<Shown>>,
    /// Number of runs whose images are left out to limit the file's size.
    pub left_out: usize,
    pub(super) bytes: usize,
    pub(super) known: HashMap<[u8; 32], usize>,
}

/// Images side by side in one PNG.
#[derive(Debug)]
pub struct Strip {
    /// Width and height of one image, in pixels.
    pub tile: (u32, u32),
    /// Number of images.
    pub count: usize,
    /// The PNG, in base64.
    pub png: String,
}

/// The images of a run, as indices of strips.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Expected outputs.
    pub target: usize,
    /// For each noise level, inputs and outputs; the training noise comes first.
    pub levels: Vec<(Option<Strength>, usize, usize)>,
}

impl Images {
    /// Collects the images of all runs, starting with the best. If they do not fit, stores fewer images per
    /// run first.
    pub fn of(report: &Report) -> Self {
        let ranked = report.ranked();
        let order: Vec<usize> =
            ranked.iter().flat_map(|place| report.groups[*place].runs.clone()).collect();
        let has = |index: &usize| report.runs[*index].info.samples.is_some();
        let order: Vec<usize> = order.into_iter().filter(has).collect();
        let cut =
            |count| Self::cut(report.runs.len(), &order, count, |index| read(&report.runs[index]));
        let most = cut(8);
        if most.left_out == 0 { most } else { cut(4) }
    }

    /// Collects `count` images of each run in `order`, as long as they fit. Reads one sheet at a time: those
    /// of a large sweep do not fit into memory together.
    fn cut(
        runs: usize,
        order: &[usize],
        count: usize,
        read: impl Fn(usize) -> Option<Samples>,
    ) -> Self {
        let mut images = Self { of: vec![None; runs], ..Self::default() };
        for (done, index) in order.iter().enumerate() {
            if images.bytes >= ROOM {
                images.left_out = order.len() - done;
                break;
            }
            images.of[*index] = read(*index).map(|samples| images.shown(&samples, count));
        }
        images
    }

    /// Stores the images of a run.
    fn shown(&mut self, samples: &Samples, count: usize) -> Shown {
        let levels = samples.levels.iter().enumerate();
        // The training level comes first; when tested again, it has the same images.
        let another = |level: &Level| level.strength != samples.levels[0].strength;
        let levels = levels.filter(|(i, level)| *i == 0 || another(level));
        Shown {
            target: self.strip(&samples.targets, count),
            levels: levels
                .map(|(_, level)| {
                    let input = self.strip(&level.inputs, count);
                    (level.strength, input, self.strip(&level.outputs, count))
                })
                .collect(),
        }
    }

    /// Returns the index of the strip with these images, adding it if needed.
    fn strip(&mut self, tiles: &[RgbImage], count: usize) -> usize {
        let tiles = &tiles[..tiles.len().min(count)];
        let mut hash = Sha256::new();
        for tile in tiles {
            hash.update(tile.width().to_le_bytes());
            hash.update(tile.as_raw());
        }
        let next = self.strips.len();
        let place = *self.known.entry(hash.finalize().into()).or_insert(next);
        if place == next {
            let tile = tiles.first().map_or((1, 1), RgbImage::dimensions);
            let png = STANDARD.encode(encode(tiles, tile));
            let strip = Strip { tile, count: tiles.len(), png };
            self.bytes += strip.png.len();
            self.strips.push(strip);
        }
        place
    }
}

/// Reads the images of a run, scaled down to their size on the page.
fn read(run: &Run) -> Option<Samples> {
    let layout: &Layout = run.info.samples.as_ref()?;
    Some(Samples::read(&run.path.join(SAMPLES), layout).ok()?.map(small))
}

fn small(image: RgbImage) -> RgbImage {
    let (width, height) = fitting(image.dimensions());
    if image.dimensions() == (width, height) {
        return image;
    }
    imageops::resize(&image, width, height, imageops::FilterType::Triangle)
}

/// Returns the size at which an image is stored: its own, or the largest allowed.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let side = |own: u32| if longer > SIDE { (own * SIDE / longer).max(1) } else { own };
    (side(width), side(height))
}

/// Encodes images of this size side by side as a PNG.
fn encode(tiles: &[RgbImage], (width, height): (u32, u32)) -> Vec<u8> {
    let mut sheet = RgbImage::new(width * tiles.len().max(1) as u32, height);
    for (x, tile) in tiles.iter().enumerate() {
        imageops::replace(&mut sheet, tile, i64::from(x as u32 * width), 0);
    }
    // Cannot fail: it writes to memory.
    png::encode_small(sheet).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn plain(value: u8) -> Vec<RgbImage> {
        vec![RgbImage::from_pixel(3, 2, [value; 3].into()); 2]
    }

    #[allow(clippy::unnecessary_wraps)] // as a run has them
    fn samples(output: u8) -> Option<Samples> {
        let level = |level, inputs, outputs| Level {
            strength: Some(Strength::Level(level)),
            inputs: plain(inputs),
            outputs: plain(outputs),
        };
        let levels = vec![level(0.5, 1, output), level(0.5, 1, output), level(1.0, 2, output + 1)];
        Some(Samples { targets: plain(0), levels })
    }

    #[test]
    fn shared_images_are_stored_once() {
        let sheets = [samples(10), None, samples(20)];
        let images = Images::cut(3, &[2, 1, 0], 8, |index| sheets[index].clone());
        // The originals, two corrupted strips, and two outputs per run.
        assert_eq!(images.strips.len(), 7);
        assert_eq!(images.of[1], None);
        let [Some(first), Some(last)] = [&images.of[0], &images.of[2]] else { panic!() };
        assert_eq!((first.target, first.levels[1].1), (last.target, last.levels[1].1));
        assert_ne!(first.levels[1].2, last.levels[1].2);
        assert_eq!(
            first.levels.iter().map(|level| level.0).collect::<Vec<_>>(),
            [0.5, 1.0].map(|level| Some(Strength::Level(level)))
        );
    }

    #[test]
    fn large_images_are_scaled_down_so_that_many_runs_fit() {
        assert_eq!(fitting((28, 28)), (28, 28));
        assert_eq!(fitting((SIDE, 96)), (SIDE, 96));
        assert_eq!(fitting((1024, 512)), (SIDE, SIDE / 2));
        assert_eq!(fitting((4000, 1)), (SIDE, 1));
        let small = |index| Some(noisy(512, index).map(small));
        let images = Images::cut(5, &[0, 1, 2, 3, 4], 8, small);
        assert_eq!(images.left_out, 0);
        assert!(images.strips.iter().all(|strip| strip.tile == (SIDE, SIDE)));
    }

    /// Images of noise, which PNG cannot compress; the outputs differ by run.
    fn noisy(side: u32, run: usize) -> Samples {
        let tiles = |seed: u32| {
            let mut state = seed;
            let mut byte = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let mut tile = || RgbImage::from_fn(side, side, |_, _| [byte(), byte(), byte()].into());
            (0..8).map(|_| tile()).collect()
        };
        let level = Level { strength: None, inputs: tiles(0), outputs: tiles(run as u32 + 1) };
        Samples { targets: tiles(0), levels: vec![level] }
    }

    #[test]
    fn sheets_that_do_not_fit_are_not_read() {
        let read = RefCell::new(Vec::new());
        let order: Vec<usize> = (0..300).rev().collect();
        let images = Images::cut(300, &order, 8, |index| {
            read.borrow_mut().push(index);
            Some(noisy(SIDE, index))
        });
        let read = read.into_inner();
        assert_eq!(read, order[..read.len()], "each once, and the best first");
        assert_eq!(images.left_out, 300 - read.len());
        assert!((2..20).contains(&read.len()), "{} were read", read.len());
        assert!(images.of.iter().filter(|shown| shown.is_some()).count() == read.len());
    }
}
