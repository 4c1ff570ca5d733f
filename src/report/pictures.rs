//! The test images of the runs, cut from their `samples.png` and kept once each.
//!
//! What runs share is most of it: the same originals everywhere, and the same corrupted images
//! wherever seed and noise level are the same.

use super::{Report, run::Run};
use crate::{
    record::samples::{Layout, Level, SAMPLES, Samples},
    spec::Strength,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use image::{
    DynamicImage, ImageEncoder, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of the page that images may take, so that 50 runs stay well below 5 MB.
const ROOM: usize = 3_300_000;

/// Pixels of an image's longer side at most: more would be seen when it is opened large only, and
/// leave less room for other runs.
const SIDE: u32 = 128;

/// Strips of images, and which run shows which.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Each once.
    pub strips: Vec<Strip>,
    /// By run; `None` for a run without images.
    pub of: Vec<Option<Shown>>,
    /// Runs whose images are left out because the file would become too large.
    pub left_out: usize,
    pub(super) bytes: usize,
    pub(super) known: HashMap<[u8; 32], usize>,
}

/// Images side by side, in one PNG.
#[derive(Debug)]
pub struct Strip {
    /// Width and height of one image, in pixels.
    pub tile: (u32, u32),
    /// How many there are.
    pub count: usize,
    /// The PNG, in base64.
    pub png: String,
}

/// What a run shows, as places of strips.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// What the network should give.
    pub target: usize,
    /// At each noise level, what it was given and what it gave; first at the noise trained with.
    pub levels: Vec<(Option<Strength>, usize, usize)>,
}

impl Pictures {
    /// The images of all runs, of the best ones if there is no room for all. Where there is little,
    /// fewer images of each.
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

    /// The images of so many `runs`, as far as there is room. A sheet is read when its turn comes and
    /// gone before the next: those of a large sweep do not fit into memory together.
    fn cut(
        runs: usize,
        order: &[usize],
        count: usize,
        read: impl Fn(usize) -> Option<Samples>,
    ) -> Self {
        let mut pictures = Self { of: vec![None; runs], ..Self::default() };
        for (done, index) in order.iter().enumerate() {
            if pictures.bytes >= ROOM {
                pictures.left_out = order.len() - done;
                break;
            }
            pictures.of[*index] = read(*index).map(|samples| pictures.shown(&samples, count));
        }
        pictures
    }

    /// Keeps what a run shows.
    fn shown(&mut self, samples: &Samples, count: usize) -> Shown {
        let levels = samples.levels.iter().enumerate();
        // The level trained at comes first; tested at again, it has the same images.
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

    /// The place of a strip with these images.
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
            let png = STANDARD.encode(png(tiles, tile));
            let strip = Strip { tile, count: tiles.len(), png };
            self.bytes += strip.png.len();
            self.strips.push(strip);
        }
        place
    }
}

/// The images of a run, as small as they are shown.
fn read(run: &Run) -> Option<Samples> {
    let layout: &Layout = run.info.samples.as_ref()?;
    Some(Samples::read(&run.path.join(SAMPLES), layout).ok()?.map(small))
}

fn small(picture: RgbImage) -> RgbImage {
    let (width, height) = fitting(picture.dimensions());
    if picture.dimensions() == (width, height) {
        return picture;
    }
    imageops::resize(&picture, width, height, imageops::FilterType::Triangle)
}

/// The size in which an image is kept: its own, or as large as it may be.
fn fitting((width, height): (u32, u32)) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let side = |own: u32| if longer > SIDE { (own * SIDE / longer).max(1) } else { own };
    (side(width), side(height))
}

/// Images of this size side by side as a PNG: gray ones with one channel, which is a third of the
/// bytes.
fn png(tiles: &[RgbImage], (width, height): (u32, u32)) -> Vec<u8> {
    let mut sheet = RgbImage::new(width * tiles.len().max(1) as u32, height);
    for (x, tile) in tiles.iter().enumerate() {
        imageops::replace(&mut sheet, tile, i64::from(x as u32 * width), 0);
    }
    let gray = sheet.pixels().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let sheet = DynamicImage::ImageRgb8(sheet);
    let sheet = if gray { DynamicImage::ImageLuma8(sheet.into_luma8()) } else { sheet };
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    let size = (sheet.width(), sheet.height());
    // Into memory, with the buffer's own size: there is nothing that could fail.
    let _ = encoder.write_image(sheet.as_bytes(), size.0, size.1, sheet.color().into());
    bytes
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
    fn what_runs_share_is_kept_once() {
        let sheets = [samples(10), None, samples(20)];
        let pictures = Pictures::cut(3, &[2, 1, 0], 8, |index| sheets[index].clone());
        // Originals, two corrupted ones, and two outputs each.
        assert_eq!(pictures.strips.len(), 7);
        assert_eq!(pictures.of[1], None);
        let [Some(first), Some(last)] = [&pictures.of[0], &pictures.of[2]] else { panic!() };
        assert_eq!((first.target, first.levels[1].1), (last.target, last.levels[1].1));
        assert_ne!(first.levels[1].2, last.levels[1].2);
        assert_eq!(
            first.levels.iter().map(|level| level.0).collect::<Vec<_>>(),
            [0.5, 1.0].map(|level| Some(Strength::Level(level)))
        );
    }

    #[test]
    fn large_pictures_are_kept_small_so_that_many_runs_fit() {
        assert_eq!(fitting((28, 28)), (28, 28));
        assert_eq!(fitting((SIDE, 96)), (SIDE, 96));
        assert_eq!(fitting((1024, 512)), (SIDE, SIDE / 2));
        assert_eq!(fitting((4000, 1)), (SIDE, 1));
        let small = |index| Some(noisy(512, index).map(small));
        let pictures = Pictures::cut(5, &[0, 1, 2, 3, 4], 8, small);
        assert_eq!(pictures.left_out, 0);
        assert!(pictures.strips.iter().all(|strip| strip.tile == (SIDE, SIDE)));
    }

    /// Images of noise, which a PNG does not make smaller; the outputs are of the run alone.
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
    fn sheets_for_which_there_is_no_room_are_not_read() {
        let read = RefCell::new(Vec::new());
        let order: Vec<usize> = (0..300).rev().collect();
        let pictures = Pictures::cut(300, &order, 8, |index| {
            read.borrow_mut().push(index);
            Some(noisy(SIDE, index))
        });
        let read = read.into_inner();
        assert_eq!(read, order[..read.len()], "each once, and the best first");
        assert_eq!(pictures.left_out, 300 - read.len());
        assert!((2..20).contains(&read.len()), "{} were read", read.len());
        assert!(pictures.of.iter().filter(|shown| shown.is_some()).count() == read.len());
    }

    #[test]
    fn gray_pictures_have_one_channel() {
        let gray = image::load_from_memory(&png(&plain(7), (3, 2))).unwrap();
        assert_eq!((gray.color(), gray.width()), (image::ColorType::L8, 6));
        let mut coloured = plain(7);
        coloured[1].put_pixel(0, 0, [1, 2, 3].into());
        let coloured = image::load_from_memory(&png(&coloured, (3, 2))).unwrap();
        assert_eq!(coloured.color(), image::ColorType::Rgb8);
    }
}
