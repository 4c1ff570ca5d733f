//! Results that are put together in the first cache before they are written.

use super::block::Place;
use super::{Rows, Window};
use crate::ops::simd::gather::{Finish, Gather};
use crate::ops::simd::{Blocks, Simd};
use std::ptr;

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
    let near_job = Gather { finish, ..*job };
    let pixels = Blocks::new(job.cols, PIXELS);
    for block in 0..pixels.count {
        let (first, cols) = pixels.get(block);
        let source = job.source.as_ptr().wrapping_add(job.source_at(0, 0, first));
        // Channels by pixels, and the transpose.
        let (mut sums, mut near) = ([0.0; LINE * PIXELS], [0.0; LINE * PIXELS]);
        let mut channel = 0;
        while channel < job.channels {
            let rest = job.channels - channel;
            let channels = if rest < LINE { rest } else { LINE };
            let rows = Rows { weights: weights.wrapping_add(channel * stride), stride, channel };
            // SAFETY: as for this function; there is room for so many lines.
            unsafe {
                line(simd, &near_job, source, cols, rows, channels, &mut sums);
                let mut p = 0;
                while p < cols {
                    let mut c = 0;
                    while c < LINE {
                        let from = sums.as_ptr().add(c * PIXELS + p);
                        let to = near.as_mut_ptr().add(p * LINE + c);
                        simd.transpose(from, PIXELS, to, LINE);
                        c += S::LANES;
                    }
                    p += S::LANES;
                }
                for p in 0..cols {
                    let to = out.as_mut_ptr().add(job.out_at(0, 0, first + p) + channel);
                    put(simd, &near[p * LINE..][..channels], add, to);
                }
            }
            channel += channels;
        }
    }
}

/// The sums of so many pixels from `source` on and of at most a line's channels, a row of `PIXELS` each.
///
/// # Safety
///
/// As for [`all_lines`]; the pixels and channels are the job's.
#[inline(always)]
unsafe fn line<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    source: *const f32,
    cols: usize,
    rows: Rows,
    channels: usize,
    sums: &mut [f32; LINE * PIXELS],
) {
    let window = Window { tap: 0, taps: job.taps, start: 0, run: job.run };
    let blocks = Blocks::new(cols, const { S::DOT_PIXELS[1] });
    let mut c = 0;
    while c < channels {
        let pair = c + 2 <= channels;
        let weights = rows.weights.wrapping_add(c * rows.stride);
        let rows = Rows { weights, channel: rows.channel + c, ..rows };
        let place = Place {
            source,
            step: job.col_stride,
            start: ptr::null(),
            end: ptr::null(),
            out: sums.as_mut_ptr().wrapping_add(c * PIXELS),
            out_step: 1,
            channel_step: PIXELS,
        };
        // SAFETY: as for this function.
        unsafe {
            if pair {
                place.tiles::<S, 2>(simd, job, window, rows, blocks);
            } else {
                place.tiles::<S, 1>(simd, job, window, rows, blocks);
            }
        }
        c += 2;
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
