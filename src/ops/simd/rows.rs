//! The kernel behind input gradients of dense layers with many outputs: the products of some images and
//! the rows of a matrix.
//!
//! ```text
//! out[p][r] (+)= sum over k of pictures[p][k] * rows[r * stride + k]
//! ```
//!
//! Vectors run along the sums. A register block has two rows, which come from far away and are read once,
//! and as many images as fit.

use super::{Simd, end, entry_points, lanes, product};
use crate::ops::Family;
use crate::ops::scratch::Buffer;

/// Rows whose products fill a cache line of each image's, and the most images of a register block.
const LINE: usize = 16;
const MOST: usize = 8;
/// How many register blocks meet a pair of rows before the next.
const BLOCKS: usize = 4;

/// Values of a row that is long enough to have its own next ones fetched, and how far ahead.
pub(super) const LONG: usize = 1024;
pub(super) const AHEAD: usize = 128;
/// How many times as far they are fetched into the second cache.
pub(super) const EARLY: usize = 8;
/// A matrix of so many values stays in the second cache, from where it comes soon enough by itself.
pub(super) const NEAR: usize = 1 << 17;

/// Images in register blocks: of each vector's values those of all of a block's images side by side, with
/// zeros where an image or a value does not exist.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Pictures<'a> {
    values: &'a [f32],
    count: usize,
    run: usize,
}

impl<'a> Pictures<'a> {
    /// Whether a register block can be filled with so many images.
    pub const fn enough(family: Family, count: usize) -> bool {
        count >= most(family)
    }

    /// Copies `run` values of each of the images, which are [enough](Self::enough) and `stride` apart, to
    /// the buffer.
    pub fn copy(
        family: Family,
        pictures: &[f32],
        (stride, run): (usize, usize),
        buffer: &'a mut Buffer,
    ) -> Self {
        let count = pictures.len().div_ceil(stride);
        let (lanes, block) = (lanes(family), of_block(count, most(family)));
        let depth = run.next_multiple_of(lanes);
        let values = buffer.take(count.div_ceil(block) * block * depth);
        if count * run < values.len() {
            values.fill(0.0);
        }
        for (block, copy) in pictures.chunks(block * stride).zip(values.chunks_mut(block * depth)) {
            let picture = block.chunks(stride).map(|picture| &picture[..run]);
            let of_block = copy.len() / depth;
            match lanes {
                4 => side_by_side::<4>(picture, of_block, copy),
                8 => side_by_side::<8>(picture, of_block, copy),
                _ => side_by_side::<16>(picture, of_block, copy),
            }
        }
        Self { values, count, run }
    }
}

/// Copies images, `L` values of each in turn, among those of so many.
fn side_by_side<'a, const L: usize>(
    pictures: impl Iterator<Item = &'a [f32]>,
    of: usize,
    copy: &mut [f32],
) {
    let copy = copy.as_chunks_mut::<L>().0;
    for (p, picture) in pictures.enumerate() {
        let (vectors, rest) = picture.as_chunks();
        for (to, from) in copy[p..].iter_mut().step_by(of).zip(vectors) {
            *to = *from;
        }
        if !rest.is_empty() {
            copy[vectors.len() * of + p][..rest.len()].copy_from_slice(rest);
        }
    }
}

/// The most images of a register block.
const fn most(family: Family) -> usize {
    super::dot_pixels(family, 2)
}

/// Images of each register block.
#[inline(always)]
const fn of_block(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// Products of all images and some rows.
pub(in crate::ops) struct RowProducts<'a> {
    pub pictures: Pictures<'a>,
    /// As many as each image has results.
    pub rows: &'a [f32],
    pub stride: usize,
    /// Whether the results are added to what is there.
    pub add: bool,
}

impl RowProducts<'_> {
    /// Results of each image.
    #[inline(always)]
    const fn count(&self, out: usize) -> usize {
        out / self.pictures.count
    }

    /// Panics when the job would leave its slices.
    fn check(&self, family: Family, out: usize) {
        let Pictures { values, count, run } = self.pictures;
        let block = of_block(count, most(family));
        // Whole blocks of whole vectors; `Pictures::copy` has found the images in a slice.
        let padded = product([count.next_multiple_of(block), run.next_multiple_of(lanes(family))]);
        assert!(Pictures::enough(family, count), "{count} images");
        assert_eq!(values.len(), padded, "images copied for {family}");
        assert_eq!(out % count, 0, "as many results of each of {count} images");
        let rows = self.count(out);
        assert!(rows > 0, "something to compute");
        let end = end(0, [(rows, self.stride)], run);
        assert!(end <= self.rows.len(), "{rows} rows of {run} end at {end}");
    }
}

entry_points! {
    /// Writes all of `out`, or adds to it.
    row_products, RowProducts<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &RowProducts<'_>, out: &mut [f32]) {
    let most = const { S::DOT_PIXELS[1] };
    // SAFETY: the job is checked, and its blocks have as many images as the arm says.
    unsafe {
        match of_block(job.pictures.count, most) {
            3 => blocks::<S, 3>(simd, job, out),
            4 => blocks::<S, 4>(simd, job, out),
            5 if const { S::DOT_PIXELS[1] >= 5 } => blocks::<S, 5>(simd, job, out),
            6 if const { S::DOT_PIXELS[1] >= 6 } => blocks::<S, 6>(simd, job, out),
            7 if const { S::DOT_PIXELS[1] >= 7 } => blocks::<S, 7>(simd, job, out),
            8 if const { S::DOT_PIXELS[1] >= 8 } => blocks::<S, 8>(simd, job, out),
            _ => unreachable!("blocks have 3 to {most} images"),
        }
    }
}

/// All products, with `P` images a block.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn blocks<S: Simd, const P: usize>(simd: S, job: &RowProducts<'_>, out: &mut [f32]) {
    let Pictures { values, count, run } = job.pictures;
    let size = run.next_multiple_of(S::LANES) * P;
    let rows = job.count(out.len());
    let mut first = 0;
    while first < count {
        let rest = (count - first).div_ceil(P);
        let blocks = if rest < BLOCKS { rest } else { BLOCKS };
        let pictures = values.as_ptr().wrapping_add(first / P * size);
        let mut row = 0;
        while row < rows {
            let line = if rows - row < LINE { rows - row } else { LINE };
            let mut sums = [[0.0; (LINE + 1) * MOST]; BLOCKS];
            let mut r = 0;
            while r < line {
                let from = job.rows.as_ptr().wrapping_add((row + r) * job.stride);
                // The last of an odd number is taken twice.
                let next = if r + 1 < line { from.wrapping_add(job.stride) } else { from };
                for block in 0..blocks {
                    let pictures = pictures.wrapping_add(block * size);
                    // SAFETY: `check` found the rows and images.
                    let found = unsafe { tile::<S, P>(simd, job, pictures, [from, next]) };
                    for i in 0..2 {
                        sums[block][(r + i) * MOST..][..MOST].copy_from_slice(&found[i]);
                    }
                }
                r += 2;
            }
            for block in 0..blocks {
                let first = first + block * P;
                let pictures = if count - first < P { count - first } else { P };
                // SAFETY: there are so many images, with so many results from `row` on.
                unsafe {
                    let to = out.as_mut_ptr().add(first * rows + row);
                    write(simd, &sums[block], (pictures, rows), line, job.add, to);
                }
            }
            row += LINE;
        }
        first += BLOCKS * P;
    }
}

/// The products of `P` images and two rows; what follows a row's `P` is without meaning.
///
/// # Safety
///
/// There are so many images and rows.
#[inline(always)]
unsafe fn tile<S: Simd, const P: usize>(
    simd: S,
    job: &RowProducts<'_>,
    mut pictures: *const f32,
    rows: [*const f32; 2],
) -> [[f32; MOST]; 2] {
    let run = job.pictures.run;
    let far = job.rows.len() > NEAR;
    let ahead = if run >= LONG { AHEAD } else { 2 * job.stride };
    let mut sums = [[simd.zero(); 2]; P];
    let whole = run / S::LANES * S::LANES;
    let mut k = 0;
    // SAFETY: `k` is within the rows, and images have whole vectors.
    unsafe {
        while k < whole {
            let w = [simd.load(rows[0].add(k)), simd.load(rows[1].add(k))];
            if far {
                for row in rows {
                    simd.prefetch(row.wrapping_add(k + ahead));
                    simd.prefetch_early(row.wrapping_add(k + EARLY * ahead));
                }
            }
            add(simd, w, pictures, &mut sums);
            pictures = pictures.wrapping_add(P * S::LANES);
            k += S::LANES;
        }
        if k < run {
            let (rest, [one, two]) = (run - k, rows);
            let w = [simd.load_first(one.add(k), rest), simd.load_first(two.add(k), rest)];
            add(simd, w, pictures, &mut sums);
        }
    }
    let mut columns = [[simd.zero(); MOST]; 2];
    for p in 0..P {
        columns[0][p] = sums[p][0];
        columns[1][p] = sums[p][1];
    }
    [simd.sums(columns[0]), simd.sums(columns[1])]
}

/// Adds the products of a vector of each of `P` images and of two rows.
///
/// # Safety
///
/// There are so many vectors.
#[inline(always)]
unsafe fn add<S: Simd, const P: usize>(
    simd: S,
    rows: [S::V; 2],
    pictures: *const f32,
    sums: &mut [[S::V; 2]; P],
) {
    for p in 0..P {
        // SAFETY: the caller has a vector of each of `P` images there.
        let x = unsafe { simd.load(pictures.add(p * S::LANES)) };
        for i in 0..2 {
            sums[p][i] = simd.fma(x, rows[i], sums[p][i]);
        }
    }
}

/// Writes a line of each of some images' results, which are `stride` apart.
///
/// # Safety
///
/// There is room for them.
#[inline(always)]
unsafe fn write<S: Simd>(
    simd: S,
    sums: &[f32; (LINE + 1) * MOST],
    (pictures, stride): (usize, usize),
    line: usize,
    add: bool,
    out: *mut f32,
) {
    // Of the widest vectors half are no images.
    let mut near = [0.0; LINE * LINE];
    // SAFETY: both arrays have room for all of the blocks; the caller vouches for the rest.
    unsafe {
        let mut p = 0;
        while p < pictures {
            let mut r = 0;
            while r < LINE {
                let from = sums.as_ptr().add(r * MOST + p);
                simd.transpose(from, MOST, near.as_mut_ptr().add(p * LINE + r), LINE);
                r += S::LANES;
            }
            p += S::LANES;
        }
        for p in 0..pictures {
            let mut r = 0;
            while r < line {
                let to = out.add(p * stride + r);
                let mut v = simd.load(near.as_ptr().add(p * LINE + r));
                if add {
                    v = simd.add(simd.load_most(to, line - r), v);
                }
                simd.store_most(to, v, line - r);
                r += S::LANES;
            }
        }
    }
}
