//! A register block of the dot kernel: some pixels by a few channels.

use super::{Rows, Window, pass_once};
use crate::ops::simd::Simd;
use crate::ops::simd::gather::{Finish, Gather};

/// Values of a run that is long enough to have its own weights fetched ahead, and how far ahead.
const LONG: usize = 1024;
const AHEAD: usize = 128;
/// How many times as far weights are fetched into the second cache.
const EARLY: usize = 8;

/// Where the first pixel of a register block is read and written, and the steps to the others.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub source: *const f32,
    pub step: usize,
    pub out: *mut f32,
    pub out_step: usize,
}

impl Place {
    /// `P` pixels in a line by `C` channels.
    ///
    /// # Safety
    ///
    /// The pointers lead to the first value of the window, of its weights, and of the result inside a
    /// checked job.
    #[inline(always)]
    pub unsafe fn tile<S: Simd, const C: usize, const P: usize>(
        self,
        simd: S,
        job: &Gather<'_>,
        window: Window,
        rows: Rows,
    ) {
        let Rows { weights, stride, channel } = rows;
        let mut sums = [[simd.zero(); C]; P];
        // Weights to fetch before they are needed: of the same rows, or if those are short, of the next.
        let ahead = if job.run >= LONG { AHEAD } else { C * stride };
        let far = C == 4 || pass_once::<S>(job);
        let (whole, rest) = (window.run / S::LANES * S::LANES, window.run % S::LANES);
        // Of overlapping windows each value is loaded once: the compiler sees the same load three times.
        let overlap = C == 1 && window.run == 3 * self.step && self.step.is_multiple_of(S::LANES);
        // SAFETY: see above.
        unsafe {
            for tap in 0..window.taps {
                let source = self.source.wrapping_add(tap * job.tap_stride);
                let weights = weights.wrapping_add(tap * job.run);
                let mut k = 0;
                while overlap && k < self.step {
                    for dx in 0..3 {
                        let w = simd.load(weights.add(dx * self.step + k));
                        for p in 0..P {
                            let x = simd.load(source.add((p + dx) * self.step + k));
                            sums[p][0] = simd.fma(x, w, sums[p][0]);
                        }
                    }
                    k += S::LANES;
                }
                if overlap {
                    continue;
                }
                while k < whole {
                    let mut w = [simd.zero(); C];
                    for c in 0..C {
                        w[c] = simd.load(weights.add(c * stride + k));
                        // Otherwise these channels are all there are, and stay in the cache.
                        if far {
                            let w = weights.wrapping_add(c * stride + k);
                            simd.prefetch(w.wrapping_add(ahead));
                            simd.prefetch_early(w.wrapping_add(EARLY * ahead));
                        }
                    }
                    for p in 0..P {
                        let x = simd.load(source.add(p * self.step + k));
                        for c in 0..C {
                            sums[p][c] = simd.fma(x, w[c], sums[p][c]);
                        }
                    }
                    k += S::LANES;
                }
                if rest > 0 {
                    for p in 0..P {
                        let x = simd.load_first(source.add(p * self.step + k), rest);
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
                    *value += bias;
                }
                if job.finish != Finish::Linear {
                    for value in &mut values {
                        *value = job.finish.apply(*value);
                    }
                }
                if C == 1 && self.out_step == 1 && job.finish != Finish::Add {
                    std::ptr::copy_nonoverlapping(values.as_ptr(), self.out, P);
                    continue;
                }
                for p in 0..P {
                    let out = self.out.add(p * self.out_step + c);
                    *out = if job.finish == Finish::Add { *out + values[p] } else { values[p] };
                }
            }
        }
    }
}
