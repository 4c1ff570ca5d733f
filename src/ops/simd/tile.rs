//! The gather kernel in register blocks: pixels by vectors of channels.
//!
//! Where rows are too short for blocks of their own, a block takes the next pixels whatever row or picture
//! they are in, so that blocks are full in small pictures too; and a pair of vectors meets all pictures
//! before the next pair is fetched, since the weights of a deep layer do not fit into the cache.

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
        match (job.sums.is_empty(), fills(Blocks::new(job.cols, S::PIXELS).size, S::PIXELS)) {
            (true, true) => all_pairs::<S, false, true>(simd, job, weights, out),
            (true, false) => all_pairs::<S, false, false>(simd, job, weights, out),
            (false, true) => all_pairs::<S, true, true>(simd, job, weights, out),
            (false, false) => all_pairs::<S, true, false>(simd, job, weights, out),
        }
    }
}

/// Whether rows are taken one by one, if that makes blocks of so many pixels: most of the registers are to
/// be used.
const fn fills(pixels: usize, most: usize) -> bool {
    4 * pixels >= 3 * most
}

/// All pairs of vectors of channels; `SUMS` says whether the job has sums to begin with, since looking
/// for them takes as long as a shallow block does; `ROW` says whether each block is in one row.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn all_pairs<S: Simd, const SUMS: bool, const ROW: bool>(
    simd: S,
    job: &Gather<'_>,
    (weights, stride, tap, pair): (&[f32], usize, usize, usize),
    out: &mut [f32],
) {
    let vectors = job.channels.div_ceil(S::LANES);
    let blocks = Blocks::new(if ROW { job.cols } else { job.pixels() }, S::PIXELS);
    // A few vectors of a dense layer are one block for all pairs.
    let mut cursor = Cursor::new(job);
    let one = blocks.count == 1 && !ROW;
    let all = if one { Some(cursor.take::<SUMS, ROW>(job, blocks.get(0).1, out)) } else { None };
    for i in 0..vectors.div_ceil(2) {
        let full = (job.channels - 2 * i * S::LANES) / S::LANES;
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(i * pair);
        // SAFETY: as for this function.
        unsafe {
            if vectors - 2 * i == 1 {
                pixels::<S, 1, SUMS, ROW>(
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
                pixels::<S, 2, SUMS, ROW>(
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
unsafe fn pixels<S: Simd, const N: usize, const SUMS: bool, const ROW: bool>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    (stride, tap): (usize, usize),
    pair: usize,
    full: bool,
    all: Option<&Places<ROW>>,
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
    let lines = if ROW { job.pictures * job.rows } else { 1 };
    let blocks = Blocks::new(job.pixels() / lines, S::PIXELS);
    let skip = tap.wrapping_sub(job.run * stride);
    let tile = Tile { weights, stride, skip, bias, channel, partial };
    let mut cursor = Cursor::new(job);
    // One loop over all blocks: the compiler keeps less in registers in a deeper nest.
    let mut block = 0;
    for _ in 0..lines * blocks.count {
        let (_, size) = blocks.get(block);
        block = if block + 1 == blocks.count { 0 } else { block + 1 };
        let taken;
        let places = if let Some(places) = all {
            places
        } else {
            taken = cursor.take::<SUMS, ROW>(job, size, out);
            &taken
        };
        // SAFETY: `check` found the last run and weight inside their slices.
        unsafe {
            match size {
                1 if exists::<S, ROW>(1) => tile.run::<1, SUMS, ROW>(simd, job, places),
                2 if exists::<S, ROW>(2) => tile.run::<2, SUMS, ROW>(simd, job, places),
                3 if exists::<S, ROW>(3) => tile.run::<3, SUMS, ROW>(simd, job, places),
                4 if exists::<S, ROW>(4) => tile.run::<4, SUMS, ROW>(simd, job, places),
                5 if exists::<S, ROW>(5) => tile.run::<5, SUMS, ROW>(simd, job, places),
                6 if exists::<S, ROW>(6) => tile.run::<6, SUMS, ROW>(simd, job, places),
                7 if exists::<S, ROW>(7) => tile.run::<7, SUMS, ROW>(simd, job, places),
                8 if exists::<S, ROW>(8) => tile.run::<8, SUMS, ROW>(simd, job, places),
                _ => unreachable!("blocks have at most {} pixels", S::PIXELS),
            }
        }
    }
}

/// Whether there are blocks of so many pixels.
const fn exists<S: Simd, const ROW: bool>(pixels: usize) -> bool {
    pixels <= S::PIXELS && (!ROW || fills(pixels, S::PIXELS))
}

/// Rows of weights to fetch before they are needed. Deep layers' weights come from far away, and
/// what the processor foresees by itself ends with each page.
const AHEAD: usize = 32;

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
    unsafe fn run<const P: usize, const SUMS: bool, const ROW: bool>(
        &self,
        simd: S,
        job: &Gather<'_>,
        places: &Places<ROW>,
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
                    let values = values.as_ptr().add(places.sums(job, p) + self.channel);
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
                let mut sources = [places.source(job, 0); P];
                for p in 0..P {
                    sources[p] = places.source(job, p).add(tap * job.tap_stride);
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
                    let out = places.out(job, p).add(self.channel + v * S::LANES);
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
