//! The kernel behind weight gradients: a sum of outer products over all pixels.
//!
//! ```text
//! out[r][c] += sum over pixels of rows_of[.. + r] * channels_of[.. + c]
//! ```

use super::{Blocks, Simd, entry_points};
use crate::ops::Family;

/// Where one of the two factors lies: the value of picture `n`, row `y`, column `x` is at
/// `start + n * picture + y * row + x * col`.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Grid {
    pub start: usize,
    pub picture: usize,
    pub row: usize,
    pub col: usize,
}

impl Grid {
    const fn at(&self, picture: usize, y: usize, x: usize) -> usize {
        self.start + picture * self.picture + y * self.row + x * self.col
    }
}

/// Some of the pixels, with both factors.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Part<'a> {
    /// Pictures, rows of pixels, pixels of a row.
    pub pictures: usize,
    pub rows: usize,
    pub cols: usize,
    /// The factor along the rows of the result.
    pub left: &'a [f32],
    /// The factor along its columns, in memory that has whole vectors.
    pub right: &'a [f32],
}

/// Where one sum of outer products reads; lengths and strides in values.
pub(in crate::ops) struct Outer<'a> {
    /// All pixels, summed in this order.
    pub parts: &'a [Part<'a>],
    /// A pixel has `taps` runs of `run` values, `tap_stride` apart: `taps * run` rows of the result.
    pub left: Grid,
    pub taps: usize,
    pub tap_stride: usize,
    pub run: usize,
    /// Whether a last row of the result is the sum of the right factor's pixels.
    pub sum: bool,
    /// Whether the result is added to what is there.
    pub add: bool,
    /// A pixel has `channels` values.
    pub right: Grid,
    pub channels: usize,
}

impl Outer<'_> {
    /// Rows of the result.
    #[inline(always)]
    const fn depth(&self) -> usize {
        self.taps * self.run
    }

    /// Panics when the job would leave its slices.
    fn check(&self, family: Family, out: usize) {
        let rows = self.depth() + usize::from(self.sum);
        assert!(rows * self.channels <= out, "{out} values for the result");
        assert!(self.depth() > 0 && self.channels > 0, "something to compute");
        let reach = (self.taps - 1) * self.tap_stride + self.run;
        let width = self.channels.next_multiple_of(super::lanes(family));
        assert!(!self.parts.is_empty(), "something to sum");
        for &Part { pictures, rows, cols, left, right } in self.parts {
            assert!(pictures * rows * cols > 0, "something in each part");
            let end = self.left.at(pictures - 1, rows - 1, cols - 1) + reach;
            assert!(end <= left.len(), "the last run ends at {end} of {}", left.len());
            let end = self.right.at(pictures - 1, rows - 1, cols - 1) + width;
            assert!(end <= right.len(), "the last pixel ends at {end} of {}", right.len());
        }
    }
}

entry_points! {
    /// Writes the first `channels` values of `out` for every row of the result, or adds to them.
    outer, Outer<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Outer<'_>, out: &mut [f32]) {
    let vectors = job.channels.div_ceil(S::LANES);
    let mut vector = 0;
    while vector < vectors {
        let channel = vector * S::LANES;
        // SAFETY: as for this function.
        unsafe {
            if S::ROWS[2] > 0
                && vectors - vector >= 4
                && (job.depth() <= 4 || job.depth() > S::ROWS[1])
            {
                columns::<S, 4>(simd, job, channel, const { S::ROWS[2] }, out);
                vector += 4;
            } else if vectors - vector >= 2 {
                columns::<S, 2>(simd, job, channel, const { S::ROWS[1] }, out);
                vector += 2;
            } else {
                columns::<S, 1>(simd, job, channel, const { S::ROWS[0] }, out);
                vector += 1;
            }
        }
    }
}

/// The columns of `N` vectors from `channel`, in blocks of at most `most` rows.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn columns<S: Simd, const N: usize>(
    simd: S,
    job: &Outer<'_>,
    channel: usize,
    most: usize,
    out: &mut [f32],
) {
    // Runs that are shorter than a block are taken together. Their offsets and sums take registers.
    let few = job.run < most || job.sum;
    let (groups, rows) = if few { (1, job.depth()) } else { (job.taps, job.run) };
    for group in 0..groups {
        let blocks = Blocks::new(rows, if few && N > 1 { most - 1 } else { most });
        for block in 0..blocks.count {
            let (first, size) = blocks.get(block);
            let (row, start) = (group * rows + first, group * job.tap_stride + first);
            let block = Block { row, start };
            // SAFETY: as for this function; `check` found the result inside `out`.
            unsafe {
                match size {
                    1 => block.rows::<S, N, 1>(simd, job, few, channel, out),
                    2 if most >= 2 => block.rows::<S, N, 2>(simd, job, few, channel, out),
                    3 if most >= 3 => block.rows::<S, N, 3>(simd, job, few, channel, out),
                    4 if most >= 4 => block.rows::<S, N, 4>(simd, job, few, channel, out),
                    5 if most >= 5 => block.rows::<S, N, 5>(simd, job, few, channel, out),
                    6 if most >= 6 => block.rows::<S, N, 6>(simd, job, few, channel, out),
                    7 if most >= 7 => block.rows::<S, N, 7>(simd, job, few, channel, out),
                    8 if most >= 8 => block.rows::<S, N, 8>(simd, job, few, channel, out),
                    9 if most >= 9 => block.rows::<S, N, 9>(simd, job, few, channel, out),
                    10 if most >= 10 => block.rows::<S, N, 10>(simd, job, few, channel, out),
                    _ => unreachable!("blocks have at most {most} rows"),
                }
            }
        }
    }
}

/// Rows of a register block: the first, and where a pixel has its value if they are in one run.
#[derive(Clone, Copy)]
struct Block {
    row: usize,
    start: usize,
}

impl Block {
    /// `R` rows by `N` vectors from `channel`; `few` when they may be in several runs.
    ///
    /// # Safety
    ///
    /// The block lies inside a checked job.
    #[inline(always)]
    unsafe fn rows<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        few: bool,
        channel: usize,
        out: &mut [f32],
    ) {
        // SAFETY: as for this function.
        unsafe {
            if few {
                self.runs::<S, N, R>(simd, job, channel, out);
            } else {
                self.run::<S, N, R>(simd, job, channel, out);
            }
        }
    }

    /// [`Self::rows`] in one run.
    ///
    /// # Safety
    ///
    /// As for [`Self::rows`].
    #[inline(always)]
    unsafe fn run<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        channel: usize,
        out: &mut [f32],
    ) {
        let mut offsets = [self.start; R];
        for r in 0..R {
            offsets[r] = self.start + r;
        }
        // SAFETY: as for this function.
        unsafe { add::<S, N, R, true, false>(simd, job, offsets, self.row, channel, out) }
    }

    /// [`Self::rows`] in several runs.
    ///
    /// # Safety
    ///
    /// As for [`Self::rows`].
    #[inline(always)]
    unsafe fn runs<S: Simd, const N: usize, const R: usize>(
        self,
        simd: S,
        job: &Outer<'_>,
        channel: usize,
        out: &mut [f32],
    ) {
        let mut offsets = [0; R];
        for r in 0..R {
            let row = self.row + r;
            offsets[r] = row / job.run * job.tap_stride + row % job.run;
        }
        // SAFETY: as for this function.
        unsafe {
            if job.sum && self.row == 0 {
                add::<S, N, R, false, true>(simd, job, offsets, self.row, channel, out);
            } else {
                add::<S, N, R, false, false>(simd, job, offsets, self.row, channel, out);
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
    // They are added to memory that was last touched a step ago: to be there by then. What is there does
    // not matter if it is overwritten, but two ways of writing the sums would be too much code for the
    // compiler to keep them in registers.
    for r in 0..R {
        for v in 0..N {
            let out = out.wrapping_add((row + r) * job.channels + v * S::LANES);
            if job.add {
                simd.prefetch(out);
            } else {
                // SAFETY: the block is inside the result.
                unsafe { clear(simd, job, channel + v * S::LANES, out) };
            }
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
            add_to(simd, products[r], job.channels - channel, out);
        }
        if SUM {
            add_to(simd, sums, job.channels - channel, out.add(job.depth() * job.channels));
        }
    }
}

/// Sets the values of a row from `channel` on to 0, a vector of them or as many as there are.
///
/// # Safety
///
/// They are at `out`.
#[inline(always)]
unsafe fn clear<S: Simd>(simd: S, job: &Outer<'_>, channel: usize, out: *mut f32) {
    let rest = job.channels - channel;
    // SAFETY: see above.
    unsafe {
        if rest < S::LANES {
            simd.store_first(out, simd.zero(), rest);
        } else {
            simd.store(out, simd.zero());
        }
    }
}

/// Adds vectors to at most `len` values.
///
/// # Safety
///
/// So many values are at `out`, and only the last vector may have fewer.
#[inline(always)]
unsafe fn add_to<S: Simd, const N: usize>(simd: S, vectors: [S::V; N], len: usize, out: *mut f32) {
    for v in 0..N {
        let rest = len - v * S::LANES;
        // SAFETY: see above.
        unsafe {
            let out = out.add(v * S::LANES);
            if rest < S::LANES {
                simd.store_first(out, simd.add(simd.load_first(out, rest), vectors[v]), rest);
            } else {
                simd.store(out, simd.add(simd.load(out), vectors[v]));
            }
        }
    }
}
