//! The narrow kernel for more than a few outputs, but at most one vector of them.
//!
//! An accumulator covers four inputs by every fourth output: within a group of four lanes, the inputs differ
//! and the output is the same. Broadcasting each input to a whole vector would take one load per FMA instead.
//! The accumulators need only 4 x 4 transposes at the end.

use super::Narrow;
use crate::ops::simd::Simd;

/// The inputs of some images, and the gradients of their outputs.
type Chunk<'a> = (&'a [f32], &'a [f32]);

/// # Safety
///
/// The job has passed its check for this `out`, and has more than a few outputs, but at most a vector.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(simd: S, job: &Narrow<'_>, out: &mut [f32]) {
    let rows = out.len() / job.outputs;
    let mut row = 0;
    // SAFETY: the loops stay within the rows.
    unsafe {
        if const { S::QUADS == 6 } {
            while row + 24 <= rows {
                block::<S, 6>(simd, job, row, 4, out);
                row += 24;
            }
        } else {
            while row + 12 <= rows {
                block::<S, 3>(simd, job, row, 4, out);
                row += 12;
            }
        }
        while row < rows {
            block::<S, 1>(simd, job, row, if rows - row < 4 { rows - row } else { 4 }, out);
            row += 4;
        }
    }
}

/// Computes `R` groups of four rows from `row` on; a single group may have only `last` rows.
///
/// # Safety
///
/// As for [`kernel`]; the rows must exist.
#[inline(always)]
unsafe fn block<S: Simd, const R: usize>(
    simd: S,
    job: &Narrow<'_>,
    row: usize,
    last: usize,
    out: &mut [f32],
) {
    let mut sums = [[simd.zero(); 4]; R];
    // SAFETY: `check` found images of these lengths, and the caller vouches for the rows.
    unsafe {
        // A single loop that always runs at least once: otherwise the compiler spills the accumulators.
        let end = job.chunks.as_ptr_range().end;
        let mut chunk = filled(job.chunks.as_ptr(), end);
        let mut x = (*chunk).0.as_ptr().wrapping_add(job.first + row);
        let mut gz = (*chunk).1.as_ptr_range();
        loop {
            let outputs = simd.splat_lanes(simd.load_most(gz.start, job.outputs));
            for r in 0..R {
                let inputs = if R == 1 && last < 4 {
                    let mut four = [0.0; 4];
                    for i in 0..last {
                        four[i] = *x.add(i);
                    }
                    simd.splat4(four.as_ptr())
                } else {
                    simd.splat4(x.add(4 * r))
                };
                for i in 0..4 {
                    sums[r][i] = simd.fma(inputs, outputs[i], sums[r][i]);
                }
            }
            x = x.wrapping_add(job.inputs);
            gz.start = gz.start.wrapping_add(job.outputs);
            if gz.start == gz.end {
                chunk = filled(chunk.wrapping_add(1), end);
                if chunk == end {
                    break;
                }
                x = (*chunk).0.as_ptr().wrapping_add(job.first + row);
                gz = (*chunk).1.as_ptr_range();
            }
        }
        for r in 0..R {
            let rows = simd.transpose4(sums[r]);
            for i in 0..4 {
                if R == 1 && i >= last {
                    break;
                }
                let out = out.as_mut_ptr().add((row + 4 * r + i) * job.outputs);
                simd.store_most(out, rows[i], job.outputs);
            }
        }
    }
}

/// Returns the first chunk that has images, or `end`.
///
/// # Safety
///
/// The pointers must delimit a part of a slice.
#[inline(always)]
unsafe fn filled<'a>(mut chunk: *const Chunk<'a>, end: *const Chunk<'a>) -> *const Chunk<'a> {
    // SAFETY: pointers before the end are valid.
    while chunk != end && unsafe { (*chunk).1 }.is_empty() {
        chunk = chunk.wrapping_add(1);
    }
    chunk
}
