//! A register block of the result, summed over all pixels.

use super::{Grid, Outer, most_of_few};
use crate::ops::simd::Simd;
use std::mem::MaybeUninit;

/// Lanes of the widest vector, and as many zeros as the widest register block has columns.
const MOST_LANES: usize = 16;
static ZEROS: [f32; 4 * MOST_LANES] = [0.0; 4 * MOST_LANES];

/// A register block: its first row and where a pixel has the value of that if the rows are in one run, whether
/// they may be in several, and its first channel.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub row: usize,
    pub start: usize,
    pub few: bool,
    pub channel: usize,
}

impl Block {
    /// Its `R` rows by `N` vectors.
    ///
    /// # Safety
    ///
    /// The block lies inside a checked job.
    #[inline(always)]
    pub unsafe fn rows<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        out: &mut [f32],
    ) {
        let Self { row, start, few, channel } = self;
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
            } else if const { R > most_of_few::<N>(S::ROWS[N / 2]) } {
                unreachable!("rows of short runs are fewer");
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
        let (mut part, end) = (job.parts.as_ptr(), job.parts.as_ptr_range().end);
        let (mut pictures, mut y) = ((*part).pictures, (*part).rows);
        let mut left_row = (*part).left.as_ptr().wrapping_add(left_start);
        let mut right_row = (*part).right.as_ptr().wrapping_add(right_start);
        loop {
            let (mut left, mut right) = (left_row, right_row);
            let mut cols = (*part).cols;
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
            y -= 1;
            if y > 0 {
                left_row = left_row.wrapping_add(job.left.row);
                right_row = right_row.wrapping_add(job.right.row);
            } else {
                pictures -= 1;
                if pictures > 0 {
                    left_row = next(left_row, (*part).rows, job.left);
                    right_row = next(right_row, (*part).rows, job.right);
                } else {
                    part = part.wrapping_add(1);
                    if part == end {
                        break;
                    }
                    pictures = (*part).pictures;
                    left_row = (*part).left.as_ptr().wrapping_add(left_start);
                    right_row = (*part).right.as_ptr().wrapping_add(right_start);
                }
                y = (*part).rows;
            }
        }
        let rest = job.channels - channel;
        let total = out.wrapping_add(job.depth() * job.channels);
        if const { S::LANES < 8 } {
            for r in 0..R {
                let out = out.add((row + r) * job.channels);
                let known = if job.add { out.cast_const() } else { ZEROS.as_ptr() };
                add_to(simd, products[r], rest, known, out);
            }
            if SUM {
                add_to(simd, sums, rest, total, total);
            }
            return;
        }
        // One way for all sums to leave their registers, or the compiler would keep them in memory before:
        // to the result, or beside it where they are to be added or a vector is not whole. In the plain
        // family it is this way that makes it do so, and the one above that does not.
        let direct = !job.add && rest >= N * S::LANES;
        let mut near = MaybeUninit::<[[[f32; MOST_LANES]; N]; R]>::uninit();
        let (to, stride) = if direct {
            (out.add(row * job.channels), job.channels)
        } else {
            (near.as_mut_ptr().cast(), N * S::LANES)
        };
        for r in 0..R {
            for v in 0..N {
                simd.store(to.add(r * stride + v * S::LANES), products[r][v]);
            }
        }
        if !direct {
            for r in 0..R {
                let mut vectors = [simd.zero(); N];
                for v in 0..N {
                    vectors[v] = simd.load(to.add(r * stride + v * S::LANES));
                }
                let out = out.add((row + r) * job.channels);
                let known = if job.add { out.cast_const() } else { ZEROS.as_ptr() };
                add_to(simd, vectors, rest, known, out);
            }
        }
        if SUM {
            add_to(simd, sums, rest, total, total);
        }
    }
}

/// From the last of so many rows of a picture to the first of the next.
#[inline(always)]
const fn next(row: *const f32, rows: usize, grid: Grid) -> *const f32 {
    row.wrapping_sub((rows - 1) * grid.row).wrapping_add(grid.picture)
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
