//! The gather kernel in register blocks: pixels by vectors of channels.
//!
//! A block takes the next pixels whatever row or picture they are in, so that blocks are full in small
//! pictures too; and a pair of vectors meets all pictures before the next pair is fetched, since the
//! weights of a deep layer do not fit into the cache.

use super::gather::{Finish, Gather};
use super::places::{Cursor, Places};
use super::{Blocks, Simd};

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    out: &mut [f32],
) {
    // SAFETY: as for this function.
    unsafe {
        if job.sums.is_empty() {
            all_pairs::<S, false>(simd, job, weights, out);
        } else {
            all_pairs::<S, true>(simd, job, weights, out);
        }
    }
}

/// All pairs of vectors of channels; `SUMS` says whether the job has sums to begin with, since looking
/// for them takes as long as a shallow block does.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn all_pairs<S: Simd, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    (weights, stride, tap, pair): (&[f32], usize, usize, usize),
    out: &mut [f32],
) {
    let vectors = job.channels.div_ceil(S::LANES);
    let blocks = Blocks::new(job.pixels(), S::PIXELS);
    // A few vectors of a dense layer are one block for all pairs.
    let mut cursor = Cursor::new(job);
    let all =
        if blocks.count == 1 { Some(cursor.take::<SUMS>(job, blocks.get(0).1, out)) } else { None };
    for i in 0..vectors.div_ceil(2) {
        let full = (job.channels - 2 * i * S::LANES) / S::LANES;
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(i * pair);
        // SAFETY: as for this function.
        unsafe {
            if vectors - 2 * i == 1 {
                pixels::<S, 1, SUMS>(
                    simd,
                    job,
                    weights,
                    (stride, tap),
                    i,
                    full >= 1,
                    all.as_ref(),
                    out,
                );
            } else {
                pixels::<S, 2, SUMS>(
                    simd,
                    job,
                    weights,
                    (stride, tap),
                    i,
                    full >= 2,
                    all.as_ref(),
                    out,
                );
            }
        }
    }
}

/// All pixels, for `N` vectors of channels from pair `pair`; `full` when the last of them is whole.
/// `all` are the pixels if they are one block.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const N: usize, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    (stride, tap): (usize, usize),
    pair: usize,
    full: bool,
    all: Option<&Places>,
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
    let skip = tap.wrapping_sub(job.run * stride);
    let tile = Tile { weights, stride, skip, bias, channel, partial };
    let mut cursor = Cursor::new(job);
    for block in 0..blocks.count {
        let (_, size) = blocks.get(block);
        let taken;
        let places = if let Some(places) = all {
            places
        } else {
            taken = cursor.take::<SUMS>(job, size, out);
            &taken
        };
        // SAFETY: `check` found the last run and weight inside their slices.
        unsafe {
            match size {
                1 => tile.run::<1, SUMS>(simd, job, places),
                2 => tile.run::<2, SUMS>(simd, job, places),
                3 => tile.run::<3, SUMS>(simd, job, places),
                4 => tile.run::<4, SUMS>(simd, job, places),
                5 if S::PIXELS >= 5 => tile.run::<5, SUMS>(simd, job, places),
                6 if S::PIXELS >= 6 => tile.run::<6, SUMS>(simd, job, places),
                7 if S::PIXELS >= 7 => tile.run::<7, SUMS>(simd, job, places),
                8 if S::PIXELS >= 8 => tile.run::<8, SUMS>(simd, job, places),
                _ => unreachable!("blocks have at most {} pixels", S::PIXELS),
            }
        }
    }
}

/// Rows of weights to fetch before they are needed. Deep layers' weights come from far away, and
/// what the processor foresees by itself ends with each page.
const AHEAD: usize = 16;

/// A register block: some pixels, which lie anywhere, by `N` vectors of channels from `channel`.
struct Tile<S: Simd, const N: usize> {
    weights: *const f32,
    stride: usize,
    /// From the last row of a tap's weights to the first of the next.
    skip: usize,
    bias: [S::V; N],
    channel: usize,
    /// Values of the last vector that exist; 0 for all.
    partial: usize,
}

impl<S: Simd, const N: usize> Tile<S, N> {
    /// # Safety
    ///
    /// The first `P` places are pixels of a checked job.
    #[inline(always)]
    unsafe fn run<const P: usize, const SUMS: bool>(
        &self,
        simd: S,
        job: &Gather<'_>,
        places: &Places,
    ) {
        // A few weights stay in the cache.
        let deep = job.taps * job.run > AHEAD;
        let mut sums = [self.bias; P];
        // A few pixels by one vector do not keep the multipliers busy, so there every other product goes
        // to a sum of its own.
        let mut odds = [simd.zero(); P];
        let mut weights = self.weights;
        // SAFETY: see above.
        unsafe {
            for values in if SUMS { job.sums } else { &[] } {
                for p in 0..P {
                    let values = values.as_ptr().add(places.sums[p] + self.channel);
                    for v in 0..N {
                        let values = values.add(v * S::LANES);
                        let value = if v + 1 == N && self.partial > 0 {
                            simd.load_first(values, self.partial)
                        } else {
                            simd.load(values)
                        };
                        sums[p][v] = simd.add(sums[p][v], value);
                    }
                }
            }
            for tap in 0..job.taps {
                let mut sources = [places.sources[0]; P];
                for p in 0..P {
                    sources[p] = places.sources[p].add(tap * job.tap_stride);
                }
                let mut k = 0;
                while N == 1 && k + 1 < job.run {
                    let (even, odd) = (simd.load(weights), simd.load(weights.add(self.stride)));
                    simd.prefetch(weights.wrapping_add(AHEAD * self.stride));
                    simd.prefetch(weights.wrapping_add((AHEAD + 1) * self.stride));
                    weights = weights.wrapping_add(2 * self.stride);
                    for p in 0..P {
                        sums[p][0] = simd.fma(simd.splat(sources[p].add(k)), even, sums[p][0]);
                        odds[p] = simd.fma(simd.splat(sources[p].add(k + 1)), odd, odds[p]);
                    }
                    k += 2;
                }
                while k < job.run {
                    let mut w = [simd.zero(); N];
                    for v in 0..N {
                        w[v] = simd.load(weights.add(v * S::LANES));
                    }
                    if deep {
                        for v in 0..N {
                            simd.prefetch(weights.wrapping_add(AHEAD * self.stride + v * S::LANES));
                        }
                    }
                    weights = weights.wrapping_add(self.stride);
                    for p in 0..P {
                        let x = simd.splat(sources[p].add(k));
                        for v in 0..N {
                            sums[p][v] = simd.fma(x, w[v], sums[p][v]);
                        }
                    }
                    k += 1;
                }
                weights = weights.wrapping_add(self.skip);
            }
            if N == 1 {
                for p in 0..P {
                    sums[p][0] = simd.add(sums[p][0], odds[p]);
                }
            }
            match job.finish {
                Finish::Linear | Finish::Add => {}
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
                    let out = places.outs[p].add(self.channel + v * S::LANES);
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
