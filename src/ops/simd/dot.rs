//! The gather kernel with vectors along the sum: a vector of sums a pixel and channel, added up at
//! the end.

use super::gather::Gather;
use super::{Blocks, Simd};

/// Values of a run that is long enough to have its own weights fetched ahead, and how far ahead.
const LONG: usize = 1024;
const AHEAD: usize = 128;

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: &[f32],
    stride: usize,
    out: &mut [f32],
) {
    let groups = Blocks::new(job.channels, 4);
    for group in 0..groups.count {
        let (channel, size) = groups.get(group);
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(channel * stride);
        // SAFETY: as for this function.
        unsafe {
            match size {
                1 => pixels::<S, 1>(simd, job, weights, stride, channel, out),
                2 => pixels::<S, 2>(simd, job, weights, stride, channel, out),
                3 => pixels::<S, 3>(simd, job, weights, stride, channel, out),
                _ => pixels::<S, 4>(simd, job, weights, stride, channel, out),
            }
        }
    }
}

/// All pixels, for the `C` channels from `channel`.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const C: usize>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    stride: usize,
    channel: usize,
    out: &mut [f32],
) {
    let most = const { S::DOT_PIXELS[C - 1] };
    let blocks = Blocks::new(job.cols, most);
    for row in 0..job.pictures * job.rows {
        let (picture, y) = (row / job.rows, row % job.rows);
        for block in 0..blocks.count {
            let (x, size) = blocks.get(block);
            // SAFETY: `check` found the last pixel, run and weight inside their slices. Where the
            // depth is 0 nothing is read, and `wrapping_add` may point anywhere.
            unsafe {
                let source = job.source.as_ptr().wrapping_add(job.source_at(picture, y, x));
                let out = out.as_mut_ptr().add(job.out_at(picture, y, x) + channel);
                match size {
                    1 => tile::<S, C, 1>(simd, job, source, weights, stride, channel, out),
                    2 => tile::<S, C, 2>(simd, job, source, weights, stride, channel, out),
                    3 if most >= 3 => {
                        tile::<S, C, 3>(simd, job, source, weights, stride, channel, out);
                    }
                    4 if most >= 4 => {
                        tile::<S, C, 4>(simd, job, source, weights, stride, channel, out);
                    }
                    5 if most >= 5 => {
                        tile::<S, C, 5>(simd, job, source, weights, stride, channel, out);
                    }
                    6 if most >= 6 => {
                        tile::<S, C, 6>(simd, job, source, weights, stride, channel, out);
                    }
                    7 if most >= 7 => {
                        tile::<S, C, 7>(simd, job, source, weights, stride, channel, out);
                    }
                    8 if most >= 8 => {
                        tile::<S, C, 8>(simd, job, source, weights, stride, channel, out);
                    }
                    _ => unreachable!("blocks have at most {most} pixels"),
                }
            }
        }
    }
}

/// A register block: `P` neighbouring pixels of a row by `C` channels.
///
/// # Safety
///
/// The pointers lead to the first of them inside a checked job.
#[inline(always)]
unsafe fn tile<S: Simd, const C: usize, const P: usize>(
    simd: S,
    job: &Gather<'_>,
    source: *const f32,
    weights: *const f32,
    stride: usize,
    channel: usize,
    out: *mut f32,
) {
    let mut sums = [[simd.zero(); C]; P];
    // Weights to fetch before they are needed: of the same rows, or if those are short, of the next.
    let ahead = if job.run >= LONG { AHEAD } else { C * stride };
    let (whole, rest) = (job.run / S::LANES * S::LANES, job.run % S::LANES);
    // SAFETY: see above.
    unsafe {
        for tap in 0..job.taps {
            let source = source.add(tap * job.tap_stride);
            let weights = weights.add(tap * job.run);
            let mut k = 0;
            while k < whole {
                let mut w = [simd.zero(); C];
                for c in 0..C {
                    w[c] = simd.load(weights.add(c * stride + k));
                    // Fewer channels are all there are, and stay in the cache.
                    if C == 4 {
                        simd.prefetch(weights.wrapping_add(c * stride + k + ahead));
                    }
                }
                for p in 0..P {
                    let x = simd.load(source.add(p * job.col_stride + k));
                    for c in 0..C {
                        sums[p][c] = simd.fma(x, w[c], sums[p][c]);
                    }
                }
                k += S::LANES;
            }
            if rest > 0 {
                for p in 0..P {
                    let x = simd.load_first(source.add(p * job.col_stride + k), rest);
                    for c in 0..C {
                        let w = simd.load_first(weights.add(c * stride + k), rest);
                        sums[p][c] = simd.fma(x, w, sums[p][c]);
                    }
                }
            }
        }
        for c in 0..C {
            let mut column = [simd.zero(); 8];
            for p in 0..P {
                column[p] = sums[p][c];
            }
            let bias = job.bias.map_or(0.0, |bias| bias[channel + c]);
            let mut values = simd.sums(column);
            for value in &mut values {
                *value = job.finish.apply(*value + bias);
            }
            for p in 0..P {
                *out.add(p * job.out_col_stride + c) = values[p];
            }
        }
    }
}
