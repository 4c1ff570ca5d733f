//! The kernel behind weight gradients of dense layers with few inputs, or with at most one vector of outputs.
//!
//! One side has at most four values (the few); vectors run along the other side (the many), with one
//! accumulator per value of the few. If the few are outputs, the vectors are interleaved at the end. More
//! than four outputs have a kernel of their own.
//!
//! ```text
//! out[i][o] = sum over images of x[i] * gz[o]
//! ```

mod fours;

use super::{Simd, entry_points};
use crate::ops::Family;

/// A sum of outer products over images, or some of its rows.
pub(in crate::ops) struct Narrow<'a> {
    /// Images of `inputs` values, and as many of `outputs` values.
    pub chunks: &'a [(&'a [f32], &'a [f32])],
    pub inputs: usize,
    pub outputs: usize,
    /// The first row to compute; the length of the result gives the number of rows.
    pub first: usize,
}

impl Narrow<'_> {
    /// The most values on the side of the few.
    const MOST: usize = 4;

    /// Whether the kernel supports this many rows of the gradient of such a layer.
    pub const fn supports(family: Family, (inputs, outputs): (usize, usize), rows: usize) -> bool {
        outputs <= super::lanes(family) || inputs <= Self::MOST && rows == inputs
    }

    /// Whether the few are outputs, and how many there are.
    #[inline(always)]
    const fn few(&self) -> (bool, usize) {
        if self.outputs <= Self::MOST { (true, self.outputs) } else { (false, self.inputs) }
    }

    /// Returns how many rows or columns of the result the vectors run along.
    #[inline(always)]
    const fn many(&self, out: usize) -> usize {
        out / self.few().1
    }

    /// Panics when the job would access memory outside its slices.
    fn check(&self, family: Family, out: usize) {
        let Self { inputs, first, outputs, .. } = *self;
        assert!(inputs > 0 && outputs > 0 && out.is_multiple_of(outputs), "whole rows");
        let rows = out / outputs;
        assert!(
            Self::supports(family, (inputs, outputs), rows),
            "{rows} rows of {inputs} to {outputs}"
        );
        assert!(first.saturating_add(rows) <= inputs, "rows of {inputs} inputs");
        assert!(self.chunks.iter().any(|(x, _)| !x.is_empty()), "something to sum");
        for (x, gz) in self.chunks {
            let whole = x.len().is_multiple_of(inputs) && gz.len().is_multiple_of(outputs);
            assert!(whole, "whole images");
            assert_eq!(x.len() / inputs, gz.len() / outputs, "as many inputs as outputs");
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
    // SAFETY: the job is checked, and each arm matches the number of the few.
    unsafe {
        match job.few().1 {
            _ if job.outputs > Narrow::MOST && job.outputs <= S::LANES => {
                fours::kernel(simd, job, out);
            }
            1 => rows::<S, 1, 8>(simd, job, out),
            2 => rows::<S, 2, 4>(simd, job, out),
            3 => rows::<S, 3, 3>(simd, job, out),
            _ => rows::<S, 4, 2>(simd, job, out),
        }
    }
}

/// Computes the result for `C` of the few, `G` vectors of the many at a time.
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
    let many = job.many(out.len());
    let mut i = 0;
    // SAFETY: all blocks end within the many.
    unsafe {
        while i + G * S::LANES <= many {
            block::<S, C, G>(simd, job, i, S::LANES, out);
            i += G * S::LANES;
        }
        while i + S::LANES <= many {
            block::<S, C, 1>(simd, job, i, S::LANES, out);
            i += S::LANES;
        }
        if i < many {
            block::<S, C, 1>(simd, job, i, many - i, out);
        }
    }
}

/// Computes `G` vectors of the many, from `first` on; only a single vector may be incomplete, with `len`
/// values.
///
/// # Safety
///
/// The job has passed its check for this `out`, and the block lies within the many.
#[inline(always)]
unsafe fn block<S: Simd, const C: usize, const G: usize>(
    simd: S,
    job: &Narrow<'_>,
    first: usize,
    len: usize,
    out: &mut [f32],
) {
    let (outputs, many) = (job.few().0, job.many(out.len()));
    let (skip, step) = if outputs { (job.first + first, job.inputs) } else { (first, job.outputs) };
    let out = out.as_mut_ptr();
    let mut sums = [[simd.zero(); C]; G];
    // SAFETY: `check` found images of these lengths, and the caller vouches for the many.
    unsafe {
        for &(x, gz) in job.chunks {
            let (a, b) = if outputs { (x, gz) } else { (gz, x) };
            let mut a = a.as_ptr().wrapping_add(skip);
            for b in b.as_chunks::<C>().0 {
                let mut few = [simd.zero(); C];
                for c in 0..C {
                    few[c] = simd.splat(&raw const b[c]);
                }
                for g in 0..G {
                    let a = a.add(g * S::LANES);
                    let a = simd.load_most(a, len);
                    for c in 0..C {
                        sums[g][c] = simd.fma(a, few[c], sums[g][c]);
                    }
                }
                a = a.wrapping_add(step);
            }
        }
        for g in 0..G {
            for c in 0..C {
                let i = first + g * S::LANES;
                let (values, to, len) = if outputs {
                    let start = c * S::LANES;
                    (interleaved(simd, sums[g], c), i * C + start, (len * C).saturating_sub(start))
                } else {
                    (sums[g][c], c * many + i, len)
                };
                // Interleaving incomplete vectors may still fill the first ones.
                let to = out.wrapping_add(to);
                simd.store_most(to, values, len);
            }
        }
    }
}

/// Interleaves `C` vectors, lane by lane, and returns vector `part` of the result.
#[inline(always)]
fn interleaved<S: Simd, const C: usize>(simd: S, vectors: [S::V; C], part: usize) -> S::V {
    let mut values = vectors[0];
    for c in 1..C {
        let mut lanes = [0; 16];
        for lane in 0..S::LANES {
            let value = part * S::LANES + lane;
            let (i, of) = (value / C, value % C);
            // In the first round, the first vector is not permuted yet.
            lanes[lane] = match of {
                _ if of == c => S::LANES + i,
                0 if c == 1 => i,
                _ => lane,
            } as u8;
        }
        values = simd.permute2(values, vectors[c], simd.permutation(lanes));
    }
    values
}
