//! A register block of the result, summed over all pixels.

use super::Outer;
use crate::ops::simd::Simd;

/// As many values as the widest register block has columns.
static ZEROS: [f32; 64] = [0.0; 64];

/// Rows of a register block: the first, and where a pixel has its value if they are in one run.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub row: usize,
    pub start: usize,
}

impl Block {
    /// `R` rows by `N` vectors from `channel`; `few` when they may be in several runs.
    ///
    /// # Safety
    ///
    /// The block lies inside a checked job.
    #[inline(always)]
    pub unsafe fn rows<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        few: bool,
        channel: usize,
        out: &mut [f32],
    ) {
        let Self { row, start } = self;
        let mut offsets = [0; R];
        for r in 0..R {
            offsets[r] = if few {
                (row + r) / job.run * job.tap_stride + (row + r) % job.run
            } else {
                start + r
            };
        }
        // SAFETY: as for this function.
        unsafe {
            if !few {
                add::<S, N, R, true, false>(simd, job, offsets, row, channel, out);
            } else if job.sum && row == 0 {
                add::<S, N, R, false, true>(simd, job, offsets, row, channel, out);
            } else {
                add::<S, N, R, false, false>(simd, job, offsets, row, channel, out);
            }
        }
    }
}

/// A register block: the rows from `row` on, whose values are at these offsets among a pixel's; with
/// `RUN`, next to each other. With `SUM`, the last row of the result as well.
///
/// # Safety
///
/// The block lies inside a checked job.
#[inline(always)]
unsafe fn add<S: Simd, const N: usize, const R: usize, const RUN: bool, const SUM: bool>(
    simd: S,
    job: &Outer<'_>,
    offsets: [usize; R],
    row: usize,
    channel: usize,
    out: &mut [f32],
) {
    let mut products = [[simd.zero(); N]; R];
    let mut sums = [simd.zero(); N];
    let out = out.as_mut_ptr().wrapping_add(channel);
    // They are written to memory that was last touched a step ago: to be there by then.
    for r in 0..R {
        for v in 0..N {
            simd.prefetch(out.wrapping_add((row + r) * job.channels + v * S::LANES));
        }
    }
    // SAFETY: see above.
    unsafe {
        // One loop over all rows of pixels around the one over a row: deeper nests, or loops that may
        // not be entered, make the compiler keep the sums in memory in between.
        let right_start = job.right.start + channel;
        let left_start = job.left.start + if RUN { offsets[0] } else { 0 };
        let (mut index, mut picture, mut y) = (0, 0, 0);
        let mut part = job.parts.get_unchecked(0);
        let mut left_row = part.left.as_ptr().wrapping_add(left_start);
        let mut right_row = part.right.as_ptr().wrapping_add(right_start);
        loop {
            let (mut left, mut right) = (left_row, right_row);
            let mut cols = part.cols;
            loop {
                let mut b = [simd.zero(); N];
                for v in 0..N {
                    b[v] = simd.load(right.add(v * S::LANES));
                    if SUM {
                        sums[v] = simd.add(sums[v], b[v]);
                    }
                }
                for r in 0..R {
                    let a = simd.splat(left.add(if RUN { r } else { offsets[r] }));
                    for v in 0..N {
                        products[r][v] = simd.fma(a, b[v], products[r][v]);
                    }
                }
                left = left.wrapping_add(job.left.col);
                right = right.wrapping_add(job.right.col);
                cols -= 1;
                if cols == 0 {
                    break;
                }
            }
            y += 1;
            if y < part.rows {
                left_row = left_row.wrapping_add(job.left.row);
                right_row = right_row.wrapping_add(job.right.row);
                continue;
            }
            (picture, y) = (picture + 1, 0);
            if picture == part.pictures {
                (index, picture) = (index + 1, 0);
                if index == job.parts.len() {
                    break;
                }
                part = job.parts.get_unchecked(index);
            }
            let (left, right) = (picture * job.left.picture, picture * job.right.picture);
            left_row = part.left.as_ptr().wrapping_add(left_start + left);
            right_row = part.right.as_ptr().wrapping_add(right_start + right);
        }
        for r in 0..R {
            let out = out.add((row + r) * job.channels);
            // Two ways of writing the sums would be too much code for the compiler to keep them in
            // registers, so where nothing is to be added zeros are.
            let known = if job.add { out.cast_const() } else { ZEROS.as_ptr() };
            add_to(simd, products[r], job.channels - channel, known, out);
        }
        if SUM {
            let out = out.add(job.depth() * job.channels);
            add_to(simd, sums, job.channels - channel, out, out);
        }
    }
}

/// Writes the sums of vectors and at most `len` values that are known.
///
/// # Safety
///
/// So many values are known, so many are written, and only the last vector may have fewer.
#[inline(always)]
unsafe fn add_to<S: Simd, const N: usize>(
    simd: S,
    vectors: [S::V; N],
    len: usize,
    known: *const f32,
    out: *mut f32,
) {
    for v in 0..N {
        let rest = len - v * S::LANES;
        // SAFETY: see above.
        unsafe {
            let (known, out) = (known.add(v * S::LANES), out.add(v * S::LANES));
            if rest < S::LANES {
                simd.store_first(out, simd.add(simd.load_first(known, rest), vectors[v]), rest);
            } else {
                simd.store(out, simd.add(simd.load(known), vectors[v]));
            }
        }
    }
}
