//! The gather kernel in register blocks: neighbouring pixels by vectors of channels.

use super::gather::{Finish, Gather};
use super::{Blocks, Simd};

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: &[f32],
    stride: usize,
    pair: usize,
    out: &mut [f32],
) {
    let vectors = job.channels.div_ceil(S::LANES);
    for i in 0..vectors.div_ceil(2) {
        let full = (job.channels - 2 * i * S::LANES) / S::LANES;
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(i * pair);
        // SAFETY: as for this function.
        unsafe {
            if vectors - 2 * i == 1 {
                pixels::<S, 1>(simd, job, weights, stride, i, full >= 1, out);
            } else {
                pixels::<S, 2>(simd, job, weights, stride, i, full >= 2, out);
            }
        }
    }
}

/// All pixels, for `N` vectors of channels from pair `pair`; `full` when the last of them is whole.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const N: usize>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    stride: usize,
    pair: usize,
    full: bool,
    out: &mut [f32],
) {
    let channel = 2 * pair * S::LANES;
    let partial = if full { 0 } else { job.channels % S::LANES };
    let mut bias = [simd.zero(); N];
    if let Some(values) = job.bias {
        for (v, vector) in bias.iter_mut().enumerate() {
            // SAFETY: `check` found as many values as channels.
            unsafe {
                let p = values.as_ptr().add(channel + v * S::LANES);
                *vector =
                    if v + 1 == N && !full { simd.load_first(p, partial) } else { simd.load(p) };
            }
        }
    }
    let blocks = Blocks::new(job.cols, S::PIXELS);
    for y in 0..job.rows {
        for block in 0..blocks.count {
            let (x, size) = blocks.get(block);
            // SAFETY: `check` found the last pixel, run and weight inside their slices. Where the
            // depth is 0 nothing is read, and `wrapping_add` may point anywhere.
            unsafe {
                let tile = Tile {
                    source: job
                        .source
                        .as_ptr()
                        .wrapping_add(job.start + y * job.row_stride + x * job.col_stride),
                    weights,
                    stride,
                    out: out.as_mut_ptr().add(
                        job.out_start + y * job.out_row_stride + x * job.out_col_stride + channel,
                    ),
                    bias,
                    partial,
                };
                match size {
                    1 => tile.run::<1>(simd, job),
                    2 => tile.run::<2>(simd, job),
                    3 => tile.run::<3>(simd, job),
                    4 => tile.run::<4>(simd, job),
                    5 if S::PIXELS >= 5 => tile.run::<5>(simd, job),
                    6 if S::PIXELS >= 6 => tile.run::<6>(simd, job),
                    7 if S::PIXELS >= 7 => tile.run::<7>(simd, job),
                    8 if S::PIXELS >= 8 => tile.run::<8>(simd, job),
                    _ => unreachable!("blocks have at most {} pixels", S::PIXELS),
                }
            }
        }
    }
}

/// A register block: neighbouring pixels of a row by `N` vectors of channels.
struct Tile<S: Simd, const N: usize> {
    source: *const f32,
    weights: *const f32,
    stride: usize,
    out: *mut f32,
    bias: [S::V; N],
    /// Values of the last vector that exist; 0 for all.
    partial: usize,
}

impl<S: Simd, const N: usize> Tile<S, N> {
    /// # Safety
    ///
    /// The pointers lead to the first of `P` pixels inside a checked job.
    #[inline(always)]
    unsafe fn run<const P: usize>(self, simd: S, job: &Gather<'_>) {
        let mut sums = [self.bias; P];
        let mut weights = self.weights;
        // SAFETY: see above.
        unsafe {
            for tap in 0..job.taps {
                let source = self.source.add(tap * job.tap_stride);
                for k in 0..job.run {
                    let mut w = [simd.zero(); N];
                    for v in 0..N {
                        w[v] = simd.load(weights.add(v * S::LANES));
                    }
                    weights = weights.wrapping_add(self.stride);
                    for p in 0..P {
                        let x = simd.splat(source.add(p * job.col_stride + k));
                        for v in 0..N {
                            sums[p][v] = simd.fma(x, w[v], sums[p][v]);
                        }
                    }
                }
            }
            match job.finish {
                Finish::Linear => {}
                Finish::Relu => {
                    for p in 0..P {
                        for v in 0..N {
                            sums[p][v] = simd.relu(sums[p][v]);
                        }
                    }
                }
                Finish::Leaky(slope) => {
                    for p in 0..P {
                        for v in 0..N {
                            sums[p][v] = simd.leaky(sums[p][v], slope);
                        }
                    }
                }
            }
            for p in 0..P {
                for v in 0..N {
                    let out = self.out.add(p * job.out_col_stride + v * S::LANES);
                    if v + 1 == N && self.partial > 0 {
                        simd.store_first(out, sums[p][v], self.partial);
                    } else {
                        simd.store(out, sums[p][v]);
                    }
                }
            }
        }
    }
}
