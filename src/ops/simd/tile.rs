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
    let blocks = Blocks::new(job.pixels(), S::PIXELS);
    // A few vectors of a dense layer are one block for all pairs.
    let mut cursor = Cursor::new(job);
    let all = if blocks.count == 1 { Some(cursor.take(job, blocks.get(0).1, out)) } else { None };
    for i in 0..vectors.div_ceil(2) {
        let full = (job.channels - 2 * i * S::LANES) / S::LANES;
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(i * pair);
        // SAFETY: as for this function.
        unsafe {
            if vectors - 2 * i == 1 {
                pixels::<S, 1>(simd, job, weights, stride, i, full >= 1, all.as_ref(), out);
            } else {
                pixels::<S, 2>(simd, job, weights, stride, i, full >= 2, all.as_ref(), out);
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
unsafe fn pixels<S: Simd, const N: usize>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    stride: usize,
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
    let tile = Tile { weights, stride, bias, channel, partial };
    let mut cursor = Cursor::new(job);
    for block in 0..blocks.count {
        let (_, size) = blocks.get(block);
        let taken;
        let places = if let Some(places) = all {
            places
        } else {
            taken = cursor.take(job, size, out);
            &taken
        };
        // SAFETY: `check` found the last run and weight inside their slices.
        unsafe {
            match size {
                1 => tile.run::<1>(simd, job, places),
                2 => tile.run::<2>(simd, job, places),
                3 => tile.run::<3>(simd, job, places),
                4 => tile.run::<4>(simd, job, places),
                5 if S::PIXELS >= 5 => tile.run::<5>(simd, job, places),
                6 if S::PIXELS >= 6 => tile.run::<6>(simd, job, places),
                7 if S::PIXELS >= 7 => tile.run::<7>(simd, job, places),
                8 if S::PIXELS >= 8 => tile.run::<8>(simd, job, places),
                _ => unreachable!("blocks have at most {} pixels", S::PIXELS),
            }
        }
    }
}

/// Pixels of the largest register block of any instruction set.
const MOST: usize = 8;

/// Where the pixels of a block are read and written.
struct Places {
    sources: [*const f32; MOST],
    outs: [*mut f32; MOST],
}

/// Walks through all pixels.
struct Cursor {
    picture: usize,
    y: usize,
    x: usize,
    from: usize,
    to: usize,
}

impl Cursor {
    #[inline(always)]
    fn new(job: &Gather<'_>) -> Self {
        Self { picture: 0, y: 0, x: 0, from: job.source_at(0, 0, 0), to: job.out_at(0, 0, 0) }
    }

    /// The next `count` pixels. Where the depth is 0 nothing is read, and `wrapping_add` may point
    /// anywhere.
    #[inline(always)]
    fn take(&mut self, job: &Gather<'_>, count: usize, out: &mut [f32]) -> Places {
        let (source, out) = (job.source.as_ptr(), out.as_mut_ptr());
        let mut places = Places { sources: [source; MOST], outs: [out; MOST] };
        if self.x + count <= job.cols {
            let (source, out) = (source.wrapping_add(self.from), out.wrapping_add(self.to));
            for p in 0..MOST {
                places.sources[p] = source.wrapping_add(p * job.col_stride);
                places.outs[p] = out.wrapping_add(p * job.out_col_stride);
            }
            self.x += count;
            self.from += count * job.col_stride;
            self.to += count * job.out_col_stride;
            self.wrap(job);
            return places;
        }
        for p in 0..count {
            places.sources[p] = source.wrapping_add(self.from);
            places.outs[p] = out.wrapping_add(self.to);
            self.x += 1;
            self.from += job.col_stride;
            self.to += job.out_col_stride;
            self.wrap(job);
        }
        places
    }

    /// Goes on to the next row at the end of one.
    #[inline(always)]
    fn wrap(&mut self, job: &Gather<'_>) {
        if self.x == job.cols {
            (self.x, self.y) = (0, self.y + 1);
            if self.y == job.rows {
                (self.y, self.picture) = (0, self.picture + 1);
            }
            self.from = job.source_at(self.picture, self.y, 0);
            self.to = job.out_at(self.picture, self.y, 0);
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
    unsafe fn run<const P: usize>(&self, simd: S, job: &Gather<'_>, places: &Places) {
        // A few weights stay in the cache.
        let deep = job.taps * job.run > AHEAD;
        let mut sums = [self.bias; P];
        // A few pixels by one vector do not keep the multipliers busy, so there every other product goes
        // to a sum of its own.
        let mut odds = [simd.zero(); P];
        let mut weights = self.weights;
        // SAFETY: see above.
        unsafe {
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
