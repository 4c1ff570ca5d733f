//! The kernel behind weight gradients of dense layers with a few outputs.
//!
//! A row of the result is shorter than a vector, so vectors run across rows: there is a vector of sums for
//! each output, and in the end these are interleaved.
//!
//! ```text
//! out[i * outputs + o] = sum over pictures of x[first + i] * gz[o]
//! ```

use super::{Simd, entry_points};
use crate::ops::Family;

/// Rows from `first` on of the sum of outer products over pictures.
pub(in crate::ops) struct Narrow<'a> {
    /// Pictures of `inputs` values, and as many of `outputs`.
    pub chunks: &'a [(&'a [f32], &'a [f32])],
    pub inputs: usize,
    pub first: usize,
    pub outputs: usize,
}

impl Narrow<'_> {
    /// Outputs at most.
    pub const MOST: usize = 4;

    /// Panics when the job would leave its slices.
    fn check(&self, _: Family, out: usize) {
        let Self { inputs, first, outputs, .. } = *self;
        assert!((1..=Self::MOST).contains(&outputs), "{outputs} outputs");
        assert_eq!(out % outputs, 0, "whole rows");
        assert!(first + out / outputs <= inputs, "rows of {inputs} inputs");
        for (x, gz) in self.chunks {
            assert_eq!(x.len() * outputs, gz.len() * inputs, "as many inputs as outputs");
            assert_eq!(x.len() % inputs, 0, "whole pictures");
        }
    }
}

entry_points! {
    /// Writes all of `out`.
    narrow, Narrow<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Narrow<'_>, out: &mut [f32]) {
    // SAFETY: as for this function.
    unsafe {
        match job.outputs {
            1 => rows::<S, 1, 8>(simd, job, out),
            2 => rows::<S, 2, 4>(simd, job, out),
            3 => rows::<S, 3, 3>(simd, job, out),
            _ => rows::<S, 4, 2>(simd, job, out),
        }
    }
}

/// All rows for `C` outputs, `G` vectors of inputs at a time.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn rows<S: Simd, const C: usize, const G: usize>(
    simd: S,
    job: &Narrow<'_>,
    out: &mut [f32],
) {
    let rows = out.len() / C;
    let mut row = 0;
    // SAFETY: a block ends within `rows`.
    unsafe {
        while row + G * S::LANES <= rows {
            block::<S, C, G>(simd, job, row, S::LANES, out.as_mut_ptr());
            row += G * S::LANES;
        }
        while row + S::LANES <= rows {
            block::<S, C, 1>(simd, job, row, S::LANES, out.as_mut_ptr());
            row += S::LANES;
        }
        if row < rows {
            block::<S, C, 1>(simd, job, row, rows - row, out.as_mut_ptr());
        }
    }
}

/// The rows from `row` on that `G` vectors of inputs make; only one vector may be incomplete, with
/// `len` inputs.
///
/// # Safety
///
/// The rows exist.
#[inline(always)]
unsafe fn block<S: Simd, const C: usize, const G: usize>(
    simd: S,
    job: &Narrow<'_>,
    row: usize,
    len: usize,
    out: *mut f32,
) {
    let mut sums = [[simd.zero(); C]; G];
    // SAFETY: `check` found pictures of these lengths, and the caller vouches for the rows.
    unsafe {
        for (x, gz) in job.chunks {
            let mut x = x.as_ptr().wrapping_add(job.first + row);
            for gz in gz.chunks_exact(C) {
                let mut b = [simd.zero(); C];
                for c in 0..C {
                    b[c] = simd.splat(gz.as_ptr().add(c));
                }
                for g in 0..G {
                    let a = x.add(g * S::LANES);
                    let a = if len < S::LANES { simd.load_first(a, len) } else { simd.load(a) };
                    for c in 0..C {
                        sums[g][c] = simd.fma(a, b[c], sums[g][c]);
                    }
                }
                x = x.wrapping_add(job.inputs);
            }
        }
        for g in 0..G {
            for c in 0..C {
                let start = c * S::LANES;
                let to = out.add((row + g * S::LANES) * C + start);
                let rest = (len * C).saturating_sub(start);
                let values = interleaved(simd, sums[g], c);
                if rest < S::LANES {
                    simd.store_first(to, values, rest);
                } else {
                    simd.store(to, values);
                }
            }
        }
    }
}

/// Vector `part` of the values of `C` vectors in turn: lane `i` of each, then lane `i + 1`.
#[inline(always)]
fn interleaved<S: Simd, const C: usize>(simd: S, vectors: [S::V; C], part: usize) -> S::V {
    let mut values = vectors[0];
    for c in 1..C {
        let mut lanes = [0; 16];
        for lane in 0..S::LANES {
            let value = part * S::LANES + lane;
            let (i, of) = (value / C, value % C);
            // The first vector is still in its own order when the second comes.
            lanes[lane] = match of {
                _ if of == c => S::LANES + i,
                0 if c == 1 => i,
                _ => lane,
            } as u8;
        }
        values = simd.pick(values, vectors[c], simd.order(lanes));
    }
    values
}
