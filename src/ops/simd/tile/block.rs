//! A register block of the gather kernel: some pixels by vectors of channels.

use super::places::Places;
use crate::ops::simd::Simd;
use crate::ops::simd::gather::{Finish, Gather};

/// Rows of weights to fetch before they are needed. Deep layers' weights come from far away, and
/// what the processor foresees by itself ends with each page.
const AHEAD: usize = 32;

/// Rows to fetch into the second cache, where so many meet each pixel.
const EARLY: usize = 8 * AHEAD;

/// The weights of some vectors of channels.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    /// The first row, and the step to the next.
    pub at: *const f32,
    pub stride: usize,
    /// From the end of a tap's rows to the first of the next.
    pub skip: usize,
    /// From two vectors to the next two.
    pub pair: usize,
}

impl Weights {
    /// The weights of the vectors from `vector` on.
    #[inline(always)]
    pub fn new<S: Simd>(
        job: &Gather<'_>,
        (values, stride, tap, pair): (&[f32], usize, usize, usize),
        vector: usize,
    ) -> Self {
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let all =
            Self { at: values.as_ptr(), stride, skip: tap.wrapping_sub(job.run * stride), pair };
        Self { at: all.vector::<S>(all.at, vector), ..all }
    }

    /// Where vector `v` of a row is.
    #[inline(always)]
    pub const fn vector<S: Simd>(self, row: *const f32, v: usize) -> *const f32 {
        row.wrapping_add(v / 2 * self.pair + v % 2 * S::LANES)
    }
}

/// `N` vectors of channels from `channel` on, which all blocks of pixels meet.
pub(super) struct Tile<S: Simd, const N: usize> {
    pub weights: Weights,
    pub bias: [S::V; N],
    pub channel: usize,
    /// Values of the last vector that exist; 0 for all.
    pub partial: usize,
    /// The address of the job's results.
    pub out: usize,
}

impl<S: Simd, const N: usize> Tile<S, N> {
    /// # Safety
    ///
    /// The first `P` places are pixels of a checked job.
    #[inline(always)]
    pub unsafe fn run<const P: usize, const SUMS: bool>(
        &self,
        simd: S,
        job: &Gather<'_>,
        places: &impl Places,
    ) {
        // A few weights stay in the cache.
        let deep = job.taps * job.run > AHEAD;
        let deeper = job.taps * job.run >= EARLY;
        let mut sums = [self.bias; P];
        // A few pixels by one vector do not keep the multipliers busy, so there every other product goes
        // to a sum of its own.
        let mut odds = [simd.zero(); P];
        let mut row = self.weights.at;
        let stride = self.weights.stride;
        // SAFETY: see above.
        unsafe {
            for values in if SUMS { job.sums } else { &[] } {
                for p in 0..P {
                    let values = values.as_ptr().add(places.sums(p) + self.channel);
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
                let mut sources = [places.source(0); P];
                for p in 0..P {
                    sources[p] = places.source(p).add(tap * job.tap_stride);
                }
                let mut k = 0;
                while N == 1 && k + 1 < job.run {
                    let (even, odd) = (simd.load(row), simd.load(row.add(stride)));
                    simd.prefetch(row.wrapping_add(AHEAD * stride));
                    simd.prefetch(row.wrapping_add((AHEAD + 1) * stride));
                    row = row.wrapping_add(2 * stride);
                    for p in 0..P {
                        sums[p][0] = simd.fma(simd.splat(sources[p].add(k)), even, sums[p][0]);
                        odds[p] = simd.fma(simd.splat(sources[p].add(k + 1)), odd, odds[p]);
                    }
                    k += 2;
                }
                while k < job.run {
                    let mut w = [simd.zero(); N];
                    for v in 0..N {
                        w[v] = simd.load(self.weights.vector::<S>(row, v));
                    }
                    if deep {
                        let next = row.wrapping_add(AHEAD * stride);
                        for v in 0..N {
                            simd.prefetch(self.weights.vector::<S>(next, v));
                        }
                    }
                    if deeper {
                        let next = row.wrapping_add(EARLY * stride);
                        for v in 0..N {
                            simd.prefetch_early(self.weights.vector::<S>(next, v));
                        }
                    }
                    row = row.wrapping_add(stride);
                    for p in 0..P {
                        let x = simd.splat(sources[p].add(k));
                        for v in 0..N {
                            sums[p][v] = simd.fma(x, w[v], sums[p][v]);
                        }
                    }
                    k += 1;
                }
                row = row.wrapping_add(self.weights.skip);
            }
            if N == 1 {
                for p in 0..P {
                    sums[p][0] = simd.add(sums[p][0], odds[p]);
                }
            }
            self.finish(simd, job.finish, sums, places);
        }
    }

    /// Writes a block's sums.
    ///
    /// # Safety
    ///
    /// As for [`Self::run`].
    #[inline(always)]
    pub unsafe fn finish<const P: usize>(
        &self,
        simd: S,
        finish: Finish<'_>,
        mut sums: [[S::V; N]; P],
        places: &impl Places,
    ) {
        match finish {
            Finish::Linear => {}
            Finish::Slope(factor, values) => {
                for p in 0..P {
                    // As far from the first value as the results are from theirs.
                    let at = places.out(p).addr().wrapping_sub(self.out);
                    let values = values.as_ptr().wrapping_byte_add(at);
                    for v in 0..N {
                        let value = values.wrapping_add(self.channel + v * S::LANES);
                        // SAFETY: see above.
                        let value = unsafe {
                            if v + 1 == N && self.partial > 0 {
                                simd.load_first(value, self.partial)
                            } else {
                                simd.load(value)
                            }
                        };
                        sums[p][v] = simd.slope(value, sums[p][v], factor);
                    }
                }
            }
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
        // SAFETY: see above.
        unsafe {
            for p in 0..P {
                for v in 0..N {
                    let out = places.out(p).add(self.channel + v * S::LANES);
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
