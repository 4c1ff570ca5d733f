//! The kernel behind input gradients of dense layers with many outputs: the dot products of some images with
//! the rows of a matrix.
//!
//! ```text
//! out[p][r] (+)= sum over k of images[p][k] * rows[r * stride + k]
//! ```
//!
//! Vectors run along the reduction. A register block has two rows of the matrix, which come from memory and
//! are read once, and as many images as fit.

mod images;

use super::{Simd, end, entry_points, lanes, product};
use crate::ops::Family;
pub(in crate::ops) use images::Images;
use images::{images_per_block, most};

/// Rows whose products fill one cache line per image, and the most images of a register block.
const LINE: usize = 16;
const MOST: usize = 8;
/// How many register blocks use a pair of rows before the next pair is loaded.
const BLOCKS: usize = 4;

/// The length from which a row prefetches its own values, and the distance.
pub(super) const LONG: usize = 1024;
pub(super) const AHEAD: usize = 128;
/// How many times that distance to prefetch into the L2 cache.
pub(super) const EARLY: usize = 8;
/// The most values of a matrix that stays in the L2 cache and needs no prefetching.
pub(super) const NEAR: usize = 1 << 17;

/// The dot products of all images with some rows.
pub(in crate::ops) struct RowProducts<'a> {
    pub images: Images<'a>,
    /// One row per result of an image, `stride` apart.
    pub rows: &'a [f32],
    pub stride: usize,
    /// Whether to add to the existing values instead of overwriting them.
    pub add: bool,
}

impl RowProducts<'_> {
    /// Returns the number of results per image.
    #[inline(always)]
    const fn count(&self, out: usize) -> usize {
        out / self.images.count
    }

    /// Panics when the job would access memory outside its slices.
    fn check(&self, family: Family, out: usize) {
        let Images { values, count, run } = self.images;
        let block = images_per_block(count, most(family));
        // `Images::copy` pads to whole blocks of whole vectors.
        let padded = product([count.next_multiple_of(block), run.next_multiple_of(lanes(family))]);
        assert!(Images::enough(family, count), "{count} images");
        assert_eq!(values.len(), padded, "images copied for {family}");
        assert_eq!(out % count, 0, "the same number of results for each of {count} images");
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
    // SAFETY: the job is checked, and each arm matches the number of images per block.
    unsafe {
        match images_per_block(job.images.count, most) {
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

/// Computes all products, with `P` images per block.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn blocks<S: Simd, const P: usize>(simd: S, job: &RowProducts<'_>, out: &mut [f32]) {
    let Images { values, count, run } = job.images;
    let size = run.next_multiple_of(S::LANES) * P;
    let rows = job.count(out.len());
    let mut first = 0;
    while first < count {
        let rest = (count - first).div_ceil(P);
        let blocks = if rest < BLOCKS { rest } else { BLOCKS };
        let images = values.as_ptr().wrapping_add(first / P * size);
        let mut row = 0;
        while row < rows {
            let line = if rows - row < LINE { rows - row } else { LINE };
            let mut sums = [[0.0; (LINE + 1) * MOST]; BLOCKS];
            let mut r = 0;
            while r < line {
                let from = job.rows.as_ptr().wrapping_add((row + r) * job.stride);
                // The last row of an odd number is computed twice.
                let next = if r + 1 < line { from.wrapping_add(job.stride) } else { from };
                for block in 0..blocks {
                    let images = images.wrapping_add(block * size);
                    // SAFETY: `check` found the rows and images.
                    let found = unsafe { tile::<S, P>(simd, job, images, [from, next]) };
                    for i in 0..2 {
                        sums[block][(r + i) * MOST..][..MOST].copy_from_slice(&found[i]);
                    }
                }
                r += 2;
            }
            for block in 0..blocks {
                let first = first + block * P;
                let images = if count - first < P { count - first } else { P };
                // SAFETY: there are this many images, each with `line` results from `row` on.
                unsafe {
                    let to = out.as_mut_ptr().add(first * rows + row);
                    write(simd, &sums[block], (images, rows), line, job.add, to);
                }
            }
            row += LINE;
        }
        first += BLOCKS * P;
    }
}

/// Computes the products of `P` images and two rows; the values after the first `P` per row are unspecified.
///
/// # Safety
///
/// The images and rows must exist.
#[inline(always)]
unsafe fn tile<S: Simd, const P: usize>(
    simd: S,
    job: &RowProducts<'_>,
    mut images: *const f32,
    rows: [*const f32; 2],
) -> [[f32; MOST]; 2] {
    let run = job.images.run;
    let far = job.rows.len() > NEAR;
    let ahead = if run >= LONG { AHEAD } else { 2 * job.stride };
    let mut sums = [[simd.zero(); 2]; P];
    let whole = run / S::LANES * S::LANES;
    let mut k = 0;
    // SAFETY: `k` is within the rows, and images are padded to whole vectors.
    unsafe {
        while k < whole {
            let w = [simd.load(rows[0].add(k)), simd.load(rows[1].add(k))];
            if far {
                for row in rows {
                    simd.prefetch(row.wrapping_add(k + ahead));
                    simd.prefetch_early(row.wrapping_add(k + EARLY * ahead));
                }
            }
            add(simd, w, images, &mut sums);
            images = images.wrapping_add(P * S::LANES);
            k += S::LANES;
        }
        if k < run {
            let (rest, [one, two]) = (run - k, rows);
            let w = [simd.load_first(one.add(k), rest), simd.load_first(two.add(k), rest)];
            add(simd, w, images, &mut sums);
        }
    }
    let mut columns = [[simd.zero(); MOST]; 2];
    for p in 0..P {
        columns[0][p] = sums[p][0];
        columns[1][p] = sums[p][1];
    }
    [simd.reduce(columns[0]), simd.reduce(columns[1])]
}

/// Adds the products of one vector of each of `P` images and of two rows.
///
/// # Safety
///
/// `P` vectors must be readable at `images`.
#[inline(always)]
unsafe fn add<S: Simd, const P: usize>(
    simd: S,
    rows: [S::V; 2],
    images: *const f32,
    sums: &mut [[S::V; 2]; P],
) {
    for p in 0..P {
        // SAFETY: the caller vouches for a vector of each of `P` images.
        let x = unsafe { simd.load(images.add(p * S::LANES)) };
        for i in 0..2 {
            sums[p][i] = simd.fma(x, rows[i], sums[p][i]);
        }
    }
}

/// Writes `line` results of each of some images, whose results are `stride` apart.
///
/// # Safety
///
/// `line` values must be writable at `out` for each image.
#[inline(always)]
unsafe fn write<S: Simd>(
    simd: S,
    sums: &[f32; (LINE + 1) * MOST],
    (images, stride): (usize, usize),
    line: usize,
    add: bool,
    out: *mut f32,
) {
    // With the widest vectors, half of the rows belong to no image.
    let mut near = [0.0; LINE * LINE];
    // SAFETY: both arrays have room for all of the blocks; the caller vouches for the rest.
    unsafe {
        let mut p = 0;
        while p < images {
            let mut r = 0;
            while r < LINE {
                let from = sums.as_ptr().add(r * MOST + p);
                simd.transpose(from, MOST, near.as_mut_ptr().add(p * LINE + r), LINE);
                r += S::LANES;
            }
            p += S::LANES;
        }
        for p in 0..images {
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
