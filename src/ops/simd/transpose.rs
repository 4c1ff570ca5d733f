//! Transposes a matrix into another, in vector-sized blocks.

use super::{Simd, end, entry_points};
use crate::ops::Family;

/// A matrix of `rows` x `cols` values, rows `stride` apart, to be transposed.
pub(in crate::ops) struct Transpose<'a> {
    pub from: &'a [f32],
    pub stride: usize,
    pub rows: usize,
    pub cols: usize,
    /// Distance between rows of the result, at least `rows`.
    pub to_stride: usize,
}

impl Transpose<'_> {
    /// Panics when the job would access memory outside its slices.
    fn check(&self, _: Family, out: usize) {
        if self.rows > 0 && self.cols > 0 {
            let read = end(0, [(self.rows, self.stride)], self.cols);
            assert!(read <= self.from.len(), "matrix too short");
            let written = end(0, [(self.cols, self.to_stride)], self.rows);
            assert!(written <= out, "result too short");
        }
    }
}

entry_points! {
    /// Writes the transpose; gaps between its rows are left unchanged.
    transpose, Transpose<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Transpose<'_>, out: &mut [f32]) {
    let rows = job.rows / S::LANES * S::LANES;
    let cols = job.cols / S::LANES * S::LANES;
    let mut col = 0;
    while col < cols {
        let mut row = 0;
        while row < rows {
            // SAFETY: the block's last value is within both checked matrices.
            unsafe {
                let from = job.from.as_ptr().add(row * job.stride + col);
                let to = out.as_mut_ptr().add(col * job.to_stride + row);
                simd.transpose(from, job.stride, to, job.to_stride);
            }
            row += S::LANES;
        }
        col += S::LANES;
    }
    for row in 0..job.rows {
        let first = if row < rows { cols } else { 0 };
        for col in first..job.cols {
            out[col * job.to_stride + row] = job.from[row * job.stride + col];
        }
    }
}
