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

/// Where one sum of outer products reads; lengths and strides in values.
pub(in crate::ops) struct Outer<'a> {
    /// Pictures, rows of pixels, pixels of a row.
    pub pictures: usize,
    pub rows: usize,
    pub cols: usize,
    /// The factor along the rows of the result: a run of `run` values a pixel.
    pub left: &'a [f32],
    pub left_grid: Grid,
    pub run: usize,
    /// The factor along its columns: `channels` values a pixel, in memory that has whole vectors.
    pub right: &'a [f32],
    pub right_grid: Grid,
    pub channels: usize,
}

impl Outer<'_> {
    /// Panics when the job would leave its slices.
    fn check(&self, family: Family, out: usize) {
        assert!(self.run * self.channels <= out, "{out} values for the result");
        if self.pictures * self.rows * self.cols * self.run * self.channels == 0 {
            return;
        }
        let (n, y, x) = (self.pictures - 1, self.rows - 1, self.cols - 1);
        let end = self.left_grid.at(n, y, x) + self.run;
        assert!(end <= self.left.len(), "the last run ends at {end} of {}", self.left.len());
        let width = self.channels.next_multiple_of(super::lanes(family));
        let end = self.right_grid.at(n, y, x) + width;
        assert!(end <= self.right.len(), "the last pixel ends at {end} of {}", self.right.len());
    }
}

entry_points! {
    /// Adds to the first `run * channels` values of `out`.
    outer, Outer<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Outer<'_>, out: &mut [f32]) {
    if job.pictures * job.rows * job.cols == 0 {
        return;
    }
    let vectors = job.channels.div_ceil(S::LANES);
    let mut vector = 0;
    while vector < vectors {
        let channel = vector * S::LANES;
        // SAFETY: as for this function.
        unsafe {
            if S::ROWS[2] > 0 && vectors - vector >= 4 {
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
    let blocks = Blocks::new(job.run, most);
    for block in 0..blocks.count {
        let (row, size) = blocks.get(block);
        // SAFETY: as for this function; `check` found the result inside `out`.
        unsafe {
            let out = out.as_mut_ptr().add(row * job.channels + channel);
            match size {
                1 => tile::<S, N, 1>(simd, job, row, channel, out),
                2 if most >= 2 => tile::<S, N, 2>(simd, job, row, channel, out),
                3 if most >= 3 => tile::<S, N, 3>(simd, job, row, channel, out),
                4 if most >= 4 => tile::<S, N, 4>(simd, job, row, channel, out),
                5 if most >= 5 => tile::<S, N, 5>(simd, job, row, channel, out),
                6 if most >= 6 => tile::<S, N, 6>(simd, job, row, channel, out),
                7 if most >= 7 => tile::<S, N, 7>(simd, job, row, channel, out),
                8 if most >= 8 => tile::<S, N, 8>(simd, job, row, channel, out),
                _ => unreachable!("blocks have at most {most} rows"),
            }
        }
    }
}

/// A register block of the result: `R` rows by `N` vectors.
///
/// # Safety
///
/// The block lies inside a checked job, `out` is its first value.
#[inline(always)]
unsafe fn tile<S: Simd, const N: usize, const R: usize>(
    simd: S,
    job: &Outer<'_>,
    row: usize,
    channel: usize,
    out: *mut f32,
) {
    let mut sums = [[simd.zero(); N]; R];
    // The sums are added to memory that was last touched a step ago: to be there by then.
    for r in 0..R {
        for v in 0..N {
            simd.prefetch(out.wrapping_add(r * job.channels + v * S::LANES));
        }
    }
    // SAFETY: see above.
    unsafe {
        for picture in 0..job.pictures {
            for y in 0..job.rows {
                let mut left = job.left.as_ptr().add(job.left_grid.at(picture, y, 0) + row);
                let mut right = job.right.as_ptr().add(job.right_grid.at(picture, y, 0) + channel);
                for _ in 0..job.cols {
                    let mut b = [simd.zero(); N];
                    for v in 0..N {
                        b[v] = simd.load(right.add(v * S::LANES));
                    }
                    for r in 0..R {
                        let a = simd.splat(left.add(r));
                        for v in 0..N {
                            sums[r][v] = simd.fma(a, b[v], sums[r][v]);
                        }
                    }
                    left = left.wrapping_add(job.left_grid.col);
                    right = right.wrapping_add(job.right_grid.col);
                }
            }
        }
        for r in 0..R {
            for v in 0..N {
                let out = out.add(r * job.channels + v * S::LANES);
                let rest = job.channels - channel - v * S::LANES;
                if rest < S::LANES {
                    simd.store_first(out, simd.add(simd.load_first(out, rest), sums[r][v]), rest);
                } else {
                    simd.store(out, simd.add(simd.load(out), sums[r][v]));
                }
            }
        }
    }
}
