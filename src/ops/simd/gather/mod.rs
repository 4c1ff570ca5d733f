//! The gather job behind forward passes and input gradients: every output pixel is a weighted sum over runs
//! of the source.
//!
//! ```text
//! out[n][y][x][c] = epilogue(bias[c] + sums[..][n][y][x][c] + sum over t, k of
//!                   source[start + n * image_stride + y * row_stride + x * col_stride + t * tap_stride + k]
//!                   * weight(t * run + k, c))
//! ```
//!
//! `sums` are partial sums from other jobs that several outputs share. The summation order of an output value
//! does not depend on the block it falls into.

mod dot;
mod job;
mod tile;

use super::{Simd, entry_points};
use crate::ops::Family;
pub(in crate::ops) use job::{Clip, Epilogue, Gather, Weights};

/// Writes every output pixel of the job.
pub(in crate::ops) fn gather(family: Family, job: &Gather<'_>, out: &mut [f32]) {
    // Separate entry points, so that each is compiled on its own.
    match job.weights {
        Weights::Columns { .. } => columns(family, job, out),
        Weights::Rows { .. } => rows(family, job, out),
    }
}

entry_points! {
    /// Runs a job with weights in columns.
    columns, Gather<'_>, columns_kernel
}

entry_points! {
    /// Runs a job with weights in rows.
    rows, Gather<'_>, rows_kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn columns_kernel<S: Simd>(simd: S, job: &Gather<'_>, out: &mut [f32]) {
    let Weights::Columns { values, stride, tap, pair } = job.weights else { return };
    if job.pixels() > 0 {
        // SAFETY: the job is checked, and these are its weights.
        unsafe { tile::kernel(simd, job, (values, stride, tap, pair), out) }
    }
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn rows_kernel<S: Simd>(simd: S, job: &Gather<'_>, out: &mut [f32]) {
    let Weights::Rows { values, stride } = job.weights else { return };
    if job.pixels() > 0 {
        // SAFETY: the job is checked, and these are its weights.
        unsafe { dot::kernel(simd, job, values, stride, out) }
    }
}
