//! The gather kernel in register blocks: pixels by vectors of channels.
//!
//! A block takes the next pixels whatever row or picture they are in, so that blocks are full in small
//! pictures too; and a pair of vectors meets all pictures before the next pair is fetched, since the
//! weights of a deep layer do not fit into the cache.

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
    let blocks = Blocks::new(job.pixels(), S::PIXELS);
    let (mut picture, mut y, mut x) = (0, 0, 0);
    let (mut from, mut to) = (job.source_at(0, 0, 0), job.out_at(0, 0, 0) + channel);
    for block in 0..blocks.count {
        let (_, size) = blocks.get(block);
        let mut tile = Tile {
            sources: [job.source.as_ptr(); MOST],
            outs: [out.as_mut_ptr(); MOST],
            weights,
            stride,
            bias,
            partial,
        };
        for p in 0..size {
            // Where the depth is 0 nothing is read, and `wrapping_add` may point anywhere.
            tile.sources[p] = tile.sources[p].wrapping_add(from);
            tile.outs[p] = tile.outs[p].wrapping_add(to);
            x += 1;
            from += job.col_stride;
            to += job.out_col_stride;
            if x == job.cols {
                (x, y) = (0, y + 1);
                if y == job.rows {
                    (y, picture) = (0, picture + 1);
                }
                (from, to) = (job.source_at(picture, y, 0), job.out_at(picture, y, 0) + channel);
            }
        }
        // SAFETY: `check` found the last run and weight inside their slices.
        unsafe {
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

/// Rows of weights to fetch before they are needed. Deep layers' weights come from far away, and
/// what the processor foresees by itself ends with each page.
const AHEAD: usize = 16;

/// Pixels of the largest register block of any instruction set.
const MOST: usize = 8;

/// A register block: some pixels, which lie anywhere, by `N` vectors of channels.
struct Tile<S: Simd, const N: usize> {
    sources: [*const f32; MOST],
    outs: [*mut f32; MOST],
    weights: *const f32,
    stride: usize,
    bias: [S::V; N],
    /// Values of the last vector that exist; 0 for all.
    partial: usize,
}

impl<S: Simd, const N: usize> Tile<S, N> {
    /// # Safety
    ///
    /// The pointers lead to `P` pixels inside a checked job.
    #[inline(always)]
    unsafe fn run<const P: usize>(self, simd: S, job: &Gather<'_>) {
        let mut sums = [self.bias; P];
        let mut weights = self.weights;
        // SAFETY: see above.
        unsafe {
            for tap in 0..job.taps {
                let mut sources = [self.sources[0]; P];
                for p in 0..P {
                    sources[p] = self.sources[p].add(tap * job.tap_stride);
                }
                for k in 0..job.run {
                    let mut w = [simd.zero(); N];
                    for v in 0..N {
                        w[v] = simd.load(weights.add(v * S::LANES));
                    }
                    for v in 0..N {
                        simd.prefetch(weights.wrapping_add(AHEAD * self.stride + v * S::LANES));
                    }
                    weights = weights.wrapping_add(self.stride);
                    for p in 0..P {
                        let x = simd.splat(sources[p].add(k));
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
                    let out = self.outs[p].add(v * S::LANES);
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
