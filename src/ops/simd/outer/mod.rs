//! The kernel behind weight gradients: a sum of outer products over all pixels.
//!
//! ```text
//! out[r][c] += sum over pixels of rows_of[.. + r] * channels_of[.. + c]
//! ```

mod block;

use super::{Blocks, Simd, end, entry_points, product};
use crate::ops::Family;
use block::Block;

/// Offset and strides of one of the two factors: the value of image `n`, row `y`, column `x` is at
/// `start + n * image + y * row + x * col`.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ops) struct Grid {
    pub start: usize,
    pub image: usize,
    pub row: usize,
    pub col: usize,
}

impl Grid {
    #[inline(always)]
    pub(super) const fn at(&self, image: usize, y: usize, x: usize) -> usize {
        self.start + image * self.image + y * self.row + x * self.col
    }

    /// Returns where `len` values at the last place end: see [`end`].
    pub(super) const fn end(
        &self,
        (images, rows, cols): (usize, usize, usize),
        len: usize,
    ) -> usize {
        end(self.start, [(images, self.image), (rows, self.row), (cols, self.col)], len)
    }
}

/// Some of the pixels, and both factors.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ops) struct Part<'a> {
    /// Images, rows per image, pixels per row.
    pub images: usize,
    pub rows: usize,
    pub cols: usize,
    /// The factor along the rows of the result.
    pub left: &'a [f32],
    /// The factor along the columns of the result, padded to whole vectors.
    pub right: &'a [f32],
}

/// A sum of outer products. Lengths and strides are in values.
pub(in crate::ops) struct Outer<'a> {
    /// All pixels, summed in this order.
    pub parts: &'a [Part<'a>],
    /// A pixel has `taps` runs of `run` values, `tap_stride` apart, which give `taps * run` rows of the
    /// result.
    pub left: Grid,
    pub taps: usize,
    pub tap_stride: usize,
    pub run: usize,
    /// Whether the result has one more row: the sum of the right factor over all pixels.
    pub sum: bool,
    /// Whether to add to the existing values instead of overwriting them.
    pub add: bool,
    /// A pixel has `channels` values.
    pub right: Grid,
    pub channels: usize,
}

impl Outer<'_> {
    /// Returns the number of rows of the result, without the sum.
    #[inline(always)]
    const fn depth(&self) -> usize {
        self.taps * self.run
    }

    /// Panics when the job would access memory outside its slices.
    fn check(&self, family: Family, out: usize) {
        let depth = product([self.taps, self.run]);
        let rows = depth.saturating_add(usize::from(self.sum));
        assert!(product([rows, self.channels]) <= out, "{out} values for the result");
        assert!(depth > 0 && self.channels > 0, "something to compute");
        assert!(self.add || !self.sum, "the sum can only be added");
        let reach = end(0, [(self.taps, self.tap_stride)], self.run);
        let width = self.channels.next_multiple_of(super::lanes(family));
        assert!(!self.parts.is_empty(), "something to sum");
        for &Part { images, rows, cols, left, right } in self.parts {
            assert!(![images, rows, cols].contains(&0), "a part without pixels");
            let places = (images, rows, cols);
            let end = self.left.end(places, reach);
            assert!(end <= left.len(), "the last run ends at {end} of {}", left.len());
            let end = self.right.end(places, width);
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
    // If a narrow block holds all rows but a wide one does not, each value on the right is read only once.
    let narrow = (5..=S::ROWS[1]).contains(&job.depth());
    let mut vector = 0;
    while vector < vectors {
        let channel = vector * S::LANES;
        // SAFETY: the job is checked, and the columns begin below `channels`.
        unsafe {
            if const { fits::<S, 4>(1) } && vectors - vector >= 4 && !narrow {
                columns::<S, 4>(simd, job, channel, out);
                vector += 4;
            } else if vectors - vector >= 2 {
                columns::<S, 2>(simd, job, channel, out);
                vector += 2;
            } else {
                columns::<S, 1>(simd, job, channel, out);
                vector += 1;
            }
        }
    }
}

/// Whether a block of this many rows by `N` vectors fits into the registers. Evaluated in `const` blocks, so
/// that blocks that do not fit are not even compiled.
pub(super) const fn fits<S: Simd, const N: usize>(rows: usize) -> bool {
    rows <= S::ROWS[N / 2]
}

/// Returns the most rows of a block of short runs, whose offsets and sums take up registers too.
pub(super) const fn max_short_rows<const N: usize>(most: usize) -> usize {
    if N > 1 { most.saturating_sub(1) } else { most }
}

/// Computes the columns of `N` vectors from `channel` on, in blocks of as many rows as fit.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn columns<S: Simd, const N: usize>(
    simd: S,
    job: &Outer<'_>,
    channel: usize,
    out: &mut [f32],
) {
    let most = const { S::ROWS[N / 2] };
    // Runs that are shorter than a block are combined.
    let short_runs = job.run < most || job.sum;
    let (groups, rows) = if short_runs { (1, job.depth()) } else { (job.taps, job.run) };
    for group in 0..groups {
        let blocks = Blocks::new(rows, if short_runs { max_short_rows::<N>(most) } else { most });
        for block in 0..blocks.count {
            let (first, size) = blocks.get(block);
            let (row, start) = (group * rows + first, group * job.tap_stride + first);
            let block = Block { row, start, short_runs, channel };
            // SAFETY: the rows of the block are below `taps * run`, and `check` found `taps * run *
            // channels` values in `out`.
            unsafe {
                match size {
                    1 => block.rows::<S, N, 1>(simd, job, out),
                    2 if const { fits::<S, N>(2) } => block.rows::<S, N, 2>(simd, job, out),
                    3 if const { fits::<S, N>(3) } => block.rows::<S, N, 3>(simd, job, out),
                    4 if const { fits::<S, N>(4) } => block.rows::<S, N, 4>(simd, job, out),
                    5 if const { fits::<S, N>(5) } => block.rows::<S, N, 5>(simd, job, out),
                    6 if const { fits::<S, N>(6) } => block.rows::<S, N, 6>(simd, job, out),
                    7 if const { fits::<S, N>(7) } => block.rows::<S, N, 7>(simd, job, out),
                    8 if const { fits::<S, N>(8) } => block.rows::<S, N, 8>(simd, job, out),
                    9 if const { fits::<S, N>(9) } => block.rows::<S, N, 9>(simd, job, out),
                    10 if const { fits::<S, N>(10) } => block.rows::<S, N, 10>(simd, job, out),
                    _ => unreachable!("blocks have at most {most} rows"),
                }
            }
        }
    }
}
