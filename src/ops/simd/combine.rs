//! Linear combinations of matrices.

use super::{Simd, end, entry_points};
use crate::ops::Family;

/// Matrices of the same shape and their factors; a matrix with factor 0 is not read.
pub(in crate::ops) type Terms<'a> = [(f32, &'a [f32]); 4];

/// A part of a linear combination: `rows` x `cols` values from `start` on, rows `stride` apart.
pub(in crate::ops) struct Combine<'a> {
    pub terms: Terms<'a>,
    pub start: usize,
    pub stride: usize,
    pub rows: usize,
    pub cols: usize,
    /// Distance between rows of the result, at least `cols`.
    pub to_stride: usize,
    /// Whether to add to the existing values instead of overwriting them.
    pub add: bool,
}

impl Combine<'_> {
    /// Panics when the job would access memory outside its slices.
    fn check(&self, _: Family, out: usize) {
        if self.rows > 0 && self.cols > 0 {
            let read = end(self.start, [(self.rows, self.stride)], self.cols);
            assert!(self.terms.iter().all(|(_, matrix)| read <= matrix.len()), "matrix too short");
            let written = end(0, [(self.rows, self.to_stride)], self.cols);
            assert!(written <= out, "result too short");
        }
    }
}

entry_points! {
    /// Writes or adds the result; gaps between its rows are left unchanged.
    combine, Combine<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Combine<'_>, out: &mut [f32]) {
    for row in 0..job.rows {
        let (from, to) = (job.start + row * job.stride, row * job.to_stride);
        let mut col = 0;
        while col < job.cols {
            let width = job.cols - col;
            // SAFETY: `check` found the rows inside all matrices and `out`.
            unsafe {
                let to = out.as_mut_ptr().add(to + col);
                let mut sum = if job.add { simd.load_most(to, width) } else { simd.zero() };
                for (factor, matrix) in &job.terms {
                    if *factor != 0.0 {
                        let values = simd.load_most(matrix.as_ptr().add(from + col), width);
                        sum = simd.fma(values, simd.splat(factor), sum);
                    }
                }
                simd.store_most(to, sum, width);
            }
            col += S::LANES;
        }
    }
}
