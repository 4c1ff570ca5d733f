//! The microkernel of the gather kernel: a register block of some pixels by vectors of channels.

use super::places::Places;
use crate::ops::simd::Simd;
use crate::ops::simd::gather::job::{Epilogue, Gather};

/// Prefetch distance in rows of weights. The weights of deep layers come from memory, and the hardware
/// prefetcher stops at page boundaries.
const AHEAD: usize = 32;

/// Prefetch distance for the L2 cache, used if there are at least this many rows.
const EARLY: usize = 8 * AHEAD;

/// The weights of some vectors of channels.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    /// The first row, and the step to the next.
    pub at: *const f32,
    pub stride: usize,
    /// The distance from the end of a tap's rows to the first row of the next tap.
    pub skip: usize,
    /// The distance from a pair of vectors to the next.
    pub pair: usize,
}

impl Weights {
    /// Returns the weights of the vectors from `vector` on.
    #[inline(always)]
    pub fn new<S: Simd>(
        job: &Gather<'_>,
        (values, stride, tap, pair): (&[f32], usize, usize, usize),
        vector: usize,
    ) -> Self {
        // With depth 0 no weight is read, and `wrapping_add` may point anywhere.
        let all =
            Self { at: values.as_ptr(), stride, skip: tap.wrapping_sub(job.run * stride), pair };
        Self { at: all.vector::<S>(all.at, vector), ..all }
    }

    /// Returns the address of vector `v` of a row.
    #[inline(always)]
    pub const fn vector<S: Simd>(self, row: *const f32, v: usize) -> *const f32 {
        row.wrapping_add(v / 2 * self.pair + v % 2 * S::LANES)
    }
}

/// `N` vectors of channels from `channel` on, computed for all blocks of pixels.
pub(super) struct Tile<S: Simd, const N: usize> {
    pub weights: Weights,
    pub bias: [S::V; N],
    pub channel: usize,
    /// Channels from the last vector on: fewer than its lanes if it is the job's last and incomplete.
    pub rest: usize,
    /// The address of the job's results.
    pub out: usize,
}

impl<S: Simd, const N: usize> Tile<S, N> {
    /// Loads vector `v` of a pixel's values of these channels, with zeros beyond the last. Only one at a
    /// time: loading all of them would spill accumulators.
    ///
    /// # Safety
    ///
    /// The pixel's values of these channels must be readable at `p`.
    #[inline(always)]
    pub unsafe fn load(&self, simd: S, p: *const f32, v: usize) -> S::V {
        let p = p.wrapping_add(v * S::LANES);
        // SAFETY: the pixel's values from `p` on are `N - 1` whole vectors and `rest` more.
        unsafe { if v + 1 < N { simd.load(p) } else { simd.load_most(p, self.rest) } }
    }

    /// Writes vector `v` of a pixel's values of these channels.
    ///
    /// # Safety
    ///
    /// The pixel's values of these channels must be writable at `p`.
    #[inline(always)]
    unsafe fn store(&self, simd: S, p: *mut f32, v: usize, value: S::V) {
        let p = p.wrapping_add(v * S::LANES);
        // SAFETY: there is room from `p` on for `N - 1` whole vectors and `rest` more.
        unsafe {
            if v + 1 < N { simd.store(p, value) } else { simd.store_most(p, value, self.rest) }
        }
    }

    /// Computes a block of `P` pixels.
    ///
    /// # Safety
    ///
    /// The first `P` places must be pixels of a checked job.
    #[inline(always)]
    pub unsafe fn run<const P: usize, const SUMS: bool>(
        &self,
        simd: S,
        job: &Gather<'_>,
        places: &impl Places,
    ) {
        let depth = job.taps * job.run;
        // A few pixels by one vector have too few independent FMAs to hide their latency, so every other
        // product goes to a second accumulator.
        let mut odds = [simd.zero(); P];
        let mut row = self.weights.at;
        let stride = self.weights.stride;
        // SAFETY: each of `taps` runs has `run` values at every place, and a row of weights for each:
        // `check` found the last of both inside. If there are none, no source and no row is read.
        unsafe {
            let mut sums = self.begin::<P, SUMS>(simd, job, places);
            for tap in 0..job.taps {
                let mut sources = [places.source(0); P];
                for p in 0..P {
                    sources[p] = places.source(p).add(tap * job.tap_stride);
                }
                let mut k = 0;
                while N == 1 && k + 1 < job.run {
                    self.two_rows(simd, row, sources, k, &mut sums, &mut odds);
                    row = row.wrapping_add(2 * stride);
                    k += 2;
                }
                while k < job.run {
                    self.one_row(simd, row, depth, sources, k, &mut sums);
                    row = row.wrapping_add(stride);
                    k += 1;
                }
                row = row.wrapping_add(self.weights.skip);
            }
            if N == 1 {
                for p in 0..P {
                    sums[p][0] = simd.add(sums[p][0], odds[p]);
                }
            }
            self.epilogue(simd, job.epilogue, sums, places);
        }
    }

    /// Returns the initial values of a block's accumulators.
    ///
    /// # Safety
    ///
    /// As for [`Self::run`].
    #[inline(always)]
    unsafe fn begin<const P: usize, const SUMS: bool>(
        &self,
        simd: S,
        job: &Gather<'_>,
        places: &impl Places,
    ) -> [[S::V; N]; P] {
        let mut sums = [self.bias; P];
        for values in if SUMS { job.sums } else { &[] } {
            for p in 0..P {
                let values = values.as_ptr().wrapping_add(places.sums(p) + self.channel);
                for v in 0..N {
                    // SAFETY: `check` found the channels of every pixel in each of the sums.
                    let value = unsafe { self.load(simd, values, v) };
                    sums[p][v] = simd.add(sums[p][v], value);
                }
            }
        }
        sums
    }

    /// Adds the products of a row of weights with value `k` of each source; `depth` is the total number of
    /// rows.
    ///
    /// # Safety
    ///
    /// The row and the values must be readable.
    #[inline(always)]
    unsafe fn one_row<const P: usize>(
        &self,
        simd: S,
        row: *const f32,
        depth: usize,
        sources: [*const f32; P],
        k: usize,
        sums: &mut [[S::V; N]; P],
    ) {
        let mut w = [simd.zero(); N];
        // SAFETY: the caller vouches for `N` vectors of weights in `row` and for value `k` of each source.
        unsafe {
            for v in 0..N {
                w[v] = simd.load(self.weights.vector::<S>(row, v));
            }
            // A small number of weights stays in the cache.
            if depth > AHEAD {
                let next = row.wrapping_add(AHEAD * self.weights.stride);
                for v in 0..N {
                    simd.prefetch(self.weights.vector::<S>(next, v));
                }
            }
            if depth >= EARLY {
                let next = row.wrapping_add(EARLY * self.weights.stride);
                for v in 0..N {
                    simd.prefetch_early(self.weights.vector::<S>(next, v));
                }
            }
            for p in 0..P {
                let x = simd.splat(sources[p].add(k));
                for v in 0..N {
                    sums[p][v] = simd.fma(x, w[v], sums[p][v]);
                }
            }
        }
    }

    /// Adds the products of a row of weights, one vector, with value `k` of each source to `sums`, and those
    /// of the next row with value `k + 1` to `odds`.
    ///
    /// # Safety
    ///
    /// The rows and the values must be readable.
    #[inline(always)]
    unsafe fn two_rows<const P: usize>(
        &self,
        simd: S,
        row: *const f32,
        sources: [*const f32; P],
        k: usize,
        sums: &mut [[S::V; N]; P],
        odds: &mut [S::V; P],
    ) {
        let stride = self.weights.stride;
        // SAFETY: the caller vouches for a vector of weights in `row` and in the next, and for values `k`
        // and `k + 1` of each source.
        unsafe {
            let (even, odd) = (simd.load(row), simd.load(row.add(stride)));
            simd.prefetch(row.wrapping_add(AHEAD * stride));
            simd.prefetch(row.wrapping_add((AHEAD + 1) * stride));
            for p in 0..P {
                sums[p][0] = simd.fma(simd.splat(sources[p].add(k)), even, sums[p][0]);
                odds[p] = simd.fma(simd.splat(sources[p].add(k + 1)), odd, odds[p]);
            }
        }
    }

    /// Applies the epilogue and writes a block's sums.
    ///
    /// # Safety
    ///
    /// As for [`Self::run`].
    #[inline(always)]
    pub unsafe fn epilogue<const P: usize>(
        &self,
        simd: S,
        epilogue: Epilogue<'_>,
        mut sums: [[S::V; N]; P],
        places: &impl Places,
    ) {
        match epilogue {
            Epilogue::Linear => {}
            Epilogue::Slope(factor, values) => {
                for p in 0..P {
                    // The saved values have the same layout as the results.
                    let at = places.out(p).addr().wrapping_sub(self.out);
                    let values = values.as_ptr().wrapping_byte_add(at).wrapping_add(self.channel);
                    for v in 0..N {
                        // SAFETY: `check` found at least as many values as results.
                        let value = unsafe { self.load(simd, values, v) };
                        sums[p][v] = simd.slope(value, sums[p][v], factor);
                    }
                }
            }
            Epilogue::Relu => {
                for p in 0..P {
                    for v in 0..N {
                        sums[p][v] = simd.relu(sums[p][v]);
                    }
                }
            }
            Epilogue::Leaky(slope) => {
                for p in 0..P {
                    for v in 0..N {
                        sums[p][v] = simd.leaky(sums[p][v], slope);
                    }
                }
            }
        }
        for p in 0..P {
            let out = places.out(p).wrapping_add(self.channel);
            for v in 0..N {
                // SAFETY: the place belongs to a pixel, and `check` found room for all of its channels.
                unsafe { self.store(simd, out, v, sums[p][v]) };
            }
        }
    }
}
