//! Packs images for the register blocks.

use crate::ops::Family;
use crate::ops::buffer::Buffer;
use crate::ops::simd::{dot_pixels, lanes};

/// Images packed for register blocks: vectors of all images of a block alternate, zero-padded to whole
/// blocks and vectors.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Images<'a> {
    pub(super) values: &'a [f32],
    /// Number of images.
    pub(super) count: usize,
    /// Values per image, without padding.
    pub(super) run: usize,
}

impl<'a> Images<'a> {
    /// Whether this many images fill a register block.
    pub const fn enough(family: Family, count: usize) -> bool {
        count >= most(family)
    }

    /// Packs `run` values of each image into the buffer. The images are `stride` apart, and there must be
    /// [enough](Self::enough) of them.
    pub fn copy(
        family: Family,
        images: &[f32],
        (stride, run): (usize, usize),
        buffer: &'a mut Buffer,
    ) -> Self {
        let count = images.len().div_ceil(stride);
        let (lanes, block) = (lanes(family), images_per_block(count, most(family)));
        let depth = run.next_multiple_of(lanes);
        let values = buffer.take(count.div_ceil(block) * block * depth);
        if count * run < values.len() {
            values.fill(0.0);
        }
        for (block, copy) in images.chunks(block * stride).zip(values.chunks_mut(block * depth)) {
            let image = block.chunks(stride).map(|image| &image[..run]);
            let images_per_block = copy.len() / depth;
            match lanes {
                4 => interleave::<4>(image, images_per_block, copy),
                8 => interleave::<8>(image, images_per_block, copy),
                _ => interleave::<16>(image, images_per_block, copy),
            }
        }
        Self { values, count, run }
    }
}

/// Copies images into a block of `of` images whose vectors of `L` values alternate.
fn interleave<'a, const L: usize>(
    images: impl Iterator<Item = &'a [f32]>,
    of: usize,
    copy: &mut [f32],
) {
    let copy = copy.as_chunks_mut::<L>().0;
    for (p, image) in images.enumerate() {
        let (vectors, rest) = image.as_chunks();
        for (to, from) in copy[p..].iter_mut().step_by(of).zip(vectors) {
            *to = *from;
        }
        if !rest.is_empty() {
            copy[vectors.len() * of + p][..rest.len()].copy_from_slice(rest);
        }
    }
}

/// Returns the most images of a register block.
pub(super) const fn most(family: Family) -> usize {
    dot_pixels(family, 2)
}

/// Returns the number of images per register block.
#[inline(always)]
pub(super) const fn images_per_block(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}
