//! The microkernel of the outer kernel: a register block of the result, summed over all pixels.

use super::{Grid, Outer, Part, max_short_rows};
use crate::ops::simd::{Simd, Subroutine};
use std::mem::MaybeUninit;

/// Lanes of the widest vector, and a row of zeros as wide as the widest register block.
const MOST_LANES: usize = 16;
static ZEROS: [f32; 4 * MOST_LANES] = [0.0; 4 * MOST_LANES];

/// The position of a register block.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// The first row.
    pub row: usize,
    /// The offset of that row's value within a pixel, if all rows are in one run.
    pub start: usize,
    /// Whether the rows may be in several runs.
    pub short_runs: bool,
    /// The first channel.
    pub channel: usize,
}

impl Block {
    /// Computes the block's `R` rows by `N` vectors.
    ///
    /// # Safety
    ///
    /// The block must lie inside a checked job.
    #[inline(always)]
    pub unsafe fn rows<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        out: &mut [f32],
    ) {
        let Self { row, start, short_runs, channel } = self;
        let out = out.as_mut_ptr();
        let mut offsets = [0; R];
        for r in 0..R {
            offsets[r] = if short_runs {
                (row + r) / job.run * job.tap_stride + (row + r) % job.run
            } else {
                start + r
            };
        }
        // SAFETY: the rows `row .. row + R` are below `taps * run`, so an offset is at most `(taps - 1) *
        // tap_stride + run - 1`.
        unsafe {
            if !short_runs {
                simd.call(Rows::<N, R, true, false> { job, offsets, row, channel, out });
            } else if const { R > max_short_rows::<N>(S::ROWS[N / 2]) } {
                unreachable!("rows of short runs are fewer");
            } else if job.sum && row == 0 {
                simd.call(Rows::<N, R, false, true> { job, offsets, row, channel, out });
            } else {
                simd.call(Rows::<N, R, false, false> { job, offsets, row, channel, out });
            }
        }
    }
}

/// A register block: the rows from `row` on, whose values are at these offsets within a pixel; with `RUN`, the
/// offsets are consecutive. With `SUM`, the last row of the result is computed too.
struct Rows<'a, const N: usize, const R: usize, const RUN: bool, const SUM: bool> {
    job: &'a Outer<'a>,
    offsets: [usize; R],
    row: usize,
    channel: usize,
    out: *mut f32,
}

impl<S: Simd, const N: usize, const R: usize, const RUN: bool, const SUM: bool> Subroutine<S>
    for Rows<'_, N, R, RUN, SUM>
{
    #[inline(always)]
    unsafe fn run(self, simd: S) {
        let Self { job, offsets, row, channel, out } = self;
        let mut products = [[simd.zero(); N]; R];
        let mut sums = [simd.zero(); N];
        let out = out.wrapping_add(channel);
        let block = out.wrapping_add(row * job.channels);
        prefetch::<S, N, R>(simd, job, block);
        // SAFETY: the walk stops after the last pixel, so that `left` with any offset and `right` with `N`
        // vectors end no later than `check` computed for both factors; the rows written are below `taps * run`,
        // the sum is the row after them, and `check` found room for all.
        unsafe {
            // One loop over all rows of pixels around the loop over a row: deeper nests, or loops that may
            // run zero times, make the compiler spill the accumulators.
            let mut walk = Walk::new(job, if RUN { offsets[0] } else { 0 }, channel);
            loop {
                let (mut left, mut right, mut cols) = (walk.left, walk.right, walk.part.cols);
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
                if !walk.next(job) {
                    break;
                }
            }
            let rest = job.channels - channel;
            write(simd, job, products, rest, block);
            if SUM {
                let total = out.wrapping_add(job.depth() * job.channels);
                add_to(simd, sums, rest, total, total);
            }
        }
    }
}

/// Prefetches a block of the result, which may have left the cache since it was last touched.
#[inline(always)]
fn prefetch<S: Simd, const N: usize, const R: usize>(simd: S, job: &Outer<'_>, block: *const f32) {
    for r in 0..R {
        for v in 0..N {
            simd.prefetch(block.wrapping_add(r * job.channels + v * S::LANES));
        }
    }
}

/// An iteration over a job's rows of pixels.
struct Walk<'a> {
    part: &'a Part<'a>,
    /// The parts after the current one.
    parts: &'a [Part<'a>],
    /// The remaining images of the part and rows of the image, including the current ones.
    images: usize,
    rows: usize,
    /// Where the current row begins in both factors, and the offsets at which each part begins.
    left: *const f32,
    right: *const f32,
    starts: [usize; 2],
}

impl<'a> Walk<'a> {
    /// Starts at the first row; a pixel's values begin at `offset` on the left and at `channel` on the right.
    ///
    /// # Safety
    ///
    /// The job must be checked.
    #[inline(always)]
    unsafe fn new(job: &Outer<'a>, offset: usize, channel: usize) -> Self {
        // SAFETY: a checked job has at least one part.
        let (part, parts) = unsafe { (job.parts.get_unchecked(0), job.parts.get_unchecked(1..)) };
        let starts = [job.left.start + offset, job.right.start + channel];
        Self {
            part,
            parts,
            images: part.images,
            rows: part.rows,
            left: part.left.as_ptr().wrapping_add(starts[0]),
            right: part.right.as_ptr().wrapping_add(starts[1]),
            starts,
        }
    }

    /// Advances to the next row; returns whether there is one.
    #[inline(always)]
    fn next(&mut self, job: &Outer<'a>) -> bool {
        self.rows -= 1;
        if self.rows > 0 {
            self.left = self.left.wrapping_add(job.left.row);
            self.right = self.right.wrapping_add(job.right.row);
            return true;
        }
        self.images -= 1;
        if self.images > 0 {
            self.left = next_image(self.left, self.part.rows, job.left);
            self.right = next_image(self.right, self.part.rows, job.right);
        } else {
            let [part, parts @ ..] = self.parts else { return false };
            (self.part, self.parts) = (part, parts);
            self.images = part.images;
            self.left = part.left.as_ptr().wrapping_add(self.starts[0]);
            self.right = part.right.as_ptr().wrapping_add(self.starts[1]);
        }
        self.rows = self.part.rows;
        true
    }
}

/// Returns the first row of the next image, given the last of `rows` rows of an image.
#[inline(always)]
const fn next_image(row: *const f32, rows: usize, grid: Grid) -> *const f32 {
    row.wrapping_sub((rows - 1) * grid.row).wrapping_add(grid.image)
}

/// Writes a block's accumulators to the result, or adds them; a row has `rest` channels from the block's
/// first on.
///
/// # Safety
///
/// The block must begin at `block` in the result of a checked job.
#[inline(always)]
unsafe fn write<S: Simd, const N: usize, const R: usize>(
    simd: S,
    job: &Outer<'_>,
    products: [[S::V; N]; R],
    rest: usize,
    block: *mut f32,
) {
    // SAFETY: `rest` values of row `r` are at `block + r * channels`, and `near` has room for `R` times
    // `N` of the widest vectors.
    unsafe {
        if const { S::LANES < 8 } {
            for r in 0..R {
                write_row(simd, job, products[r], rest, block.add(r * job.channels));
            }
            return;
        }
        // All accumulators are stored by the same code, to the result, or to a local buffer if they must be
        // added or a vector is incomplete: with several code paths the compiler spills them. For the portable
        // family it is the other way round, hence the branch above.
        let direct = !job.add && rest >= N * S::LANES;
        let mut near = MaybeUninit::<[[[f32; MOST_LANES]; N]; R]>::uninit();
        let (to, stride) =
            if direct { (block, job.channels) } else { (near.as_mut_ptr().cast(), N * S::LANES) };
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
                write_row(simd, job, vectors, rest, block.add(r * job.channels));
            }
        }
    }
}

/// Writes a row of sums to `out`, or adds it to the existing values.
///
/// # Safety
///
/// As for [`add_to`].
#[inline(always)]
unsafe fn write_row<S: Simd, const N: usize>(
    simd: S,
    job: &Outer<'_>,
    vectors: [S::V; N],
    rest: usize,
    out: *mut f32,
) {
    let known = if job.add { out.cast_const() } else { ZEROS.as_ptr() };
    // SAFETY: the caller vouches for `rest` values at `out`, and `ZEROS` is as long as `N` of the widest
    // vectors.
    unsafe { add_to(simd, vectors, rest, known, out) };
}

/// Adds the `known` values to the vectors and writes at most `len` of the sums to `out`.
///
/// # Safety
///
/// The vectors' values, or `len` if that is less, must be readable at `known` and writable at `out`; only the
/// last vector may be incomplete.
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
        // SAFETY: only the last vector may be incomplete, so `v * LANES < len`.
        unsafe {
            let (known, out) = (known.add(v * S::LANES), out.add(v * S::LANES));
            simd.store_most(out, simd.add(simd.load_most(known, rest), vectors[v]), rest);
        }
    }
}
