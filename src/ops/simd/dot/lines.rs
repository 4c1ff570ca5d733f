//! Results that are put together in the first cache before they are written.

use super::groups;
use crate::ops::simd::gather::{Finish, Gather};
use crate::ops::simd::{Blocks, Simd};

/// Channels whose results fill a cache line, and how many pixels' results are put together at a time.
const LINE: usize = 16;
const PIXELS: usize = 32;

/// Whether a job has one row of pixels with several lines of results each.
#[inline(always)]
pub(super) const fn serves(job: &Gather<'_>) -> bool {
    job.pictures * job.rows == 1 && job.channels > LINE
}

/// All channels and pixels, line by line: where pixels are a power of two apart, lines of a few of them push
/// each other out of the first cache, and would come back for every two channels.
///
/// # Safety
///
/// As for [`kernel`](super::kernel), for a job that is [served](serves).
#[inline(always)]
pub(super) unsafe fn all_lines<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    stride: usize,
    out: &mut [f32],
) {
    let add = job.finish == Finish::Add;
    let finish = if add { Finish::Linear } else { job.finish };
    let mut near = [0.0; LINE * PIXELS];
    let pixels = Blocks::new(job.cols, PIXELS);
    for block in 0..pixels.count {
        let (first, cols) = pixels.get(block);
        let start = job.source_at(0, 0, first);
        let mut channel = 0;
        while channel < job.channels {
            let rest = job.channels - channel;
            let channels = if rest < LINE { rest } else { LINE };
            let near_job = Gather {
                start,
                cols,
                bias: job.bias.map(|bias| &bias[channel..]),
                channels,
                finish,
                out_start: 0,
                out_col_stride: LINE,
                ..*job
            };
            // SAFETY: as for this function; there is room for so many lines.
            unsafe {
                groups(simd, &near_job, weights.wrapping_add(channel * stride), stride, &mut near);
                for p in 0..cols {
                    let to = out.as_mut_ptr().add(job.out_at(0, 0, first + p) + channel);
                    put(simd, &near[p * LINE..][..channels], add, to);
                }
            }
            channel += channels;
        }
    }
}

/// Writes values, or adds them to what is there.
///
/// # Safety
///
/// There is room for them.
#[inline(always)]
unsafe fn put<S: Simd>(simd: S, values: &[f32], add: bool, out: *mut f32) {
    let whole = values.len() / S::LANES * S::LANES;
    let mut c = 0;
    // SAFETY: as for this function.
    unsafe {
        while c < whole {
            let v = simd.load(values.as_ptr().add(c));
            let out = out.add(c);
            simd.store(out, if add { simd.add(simd.load(out), v) } else { v });
            c += S::LANES;
        }
        while c < values.len() {
            let out = out.add(c);
            *out = if add { *out + values[c] } else { values[c] };
            c += 1;
        }
    }
}
