//! The microkernel of the dot kernel: a register block of some pixels by a few channels.

use super::{Rows, Window, fits};
use crate::ops::simd::gather::job::{Epilogue, Gather};
use crate::ops::simd::rows::{AHEAD, EARLY, LONG, NEAR};
use crate::ops::simd::{Blocks, Simd};

/// Where the first pixel of a register block is read and written, and the steps to the others.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub source: *const f32,
    pub step: usize,
    pub out: *mut f32,
    pub out_step: usize,
}

impl Place {
    /// Computes a line of pixels in blocks by `C` channels: first the larger blocks, then the others, because
    /// dispatching on the size of every block would take as long as a short reduction.
    ///
    /// # Safety
    ///
    /// As for [`Self::tile`].
    #[inline(always)]
    pub unsafe fn tiles<S: Simd, const C: usize>(
        self,
        simd: S,
        job: &Gather<'_>,
        window: Window,
        rows: Rows,
        Blocks { count, size, larger }: Blocks,
    ) {
        let mut place = self;
        for (count, size) in [(larger, size + 1), (count - larger, size)] {
            // SAFETY: the blocks together are the pixels of the line, which the caller vouches for.
            unsafe {
                place = match size {
                    _ if count == 0 => place,
                    1 => place.several::<S, C, 1>(simd, job, window, rows, count),
                    2 => place.several::<S, C, 2>(simd, job, window, rows, count),
                    3 if const { fits::<S, C>(3) } => {
                        place.several::<S, C, 3>(simd, job, window, rows, count)
                    }
                    4 if const { fits::<S, C>(4) } => {
                        place.several::<S, C, 4>(simd, job, window, rows, count)
                    }
                    5 if const { fits::<S, C>(5) } => {
                        place.several::<S, C, 5>(simd, job, window, rows, count)
                    }
                    6 if const { fits::<S, C>(6) } => {
                        place.several::<S, C, 6>(simd, job, window, rows, count)
                    }
                    7 if const { fits::<S, C>(7) } => {
                        place.several::<S, C, 7>(simd, job, window, rows, count)
                    }
                    8 if const { fits::<S, C>(8) } => {
                        place.several::<S, C, 8>(simd, job, window, rows, count)
                    }
                    _ => unreachable!("blocks have at most {} pixels", S::DOT_PIXELS[C - 1]),
                }
            }
        }
    }

    /// Computes `count` blocks of `P` pixels by `C` channels; returns the place after them.
    ///
    /// # Safety
    ///
    /// As for [`Self::tile`].
    #[inline(always)]
    unsafe fn several<S: Simd, const C: usize, const P: usize>(
        mut self,
        simd: S,
        job: &Gather<'_>,
        window: Window,
        rows: Rows,
        count: usize,
    ) -> Self {
        for _ in 0..count {
            // SAFETY: the caller vouches for this many blocks of pixels.
            unsafe { self.tile::<S, C, P>(simd, job, window, rows) };
            self.source = self.source.wrapping_add(P * self.step);
            self.out = self.out.wrapping_add(P * self.out_step);
        }
        self
    }

    /// Computes `P` pixels in a line by `C` channels.
    ///
    /// # Safety
    ///
    /// The pointers must point to the first value of the window, of its weights, and of the result inside a
    /// checked job.
    #[inline(always)]
    unsafe fn tile<S: Simd, const C: usize, const P: usize>(
        self,
        simd: S,
        job: &Gather<'_>,
        window: Window,
        rows: Rows,
    ) {
        // SAFETY: the caller vouches for `P` pixels from these pointers on, each with its window and room
        // for `C` results.
        unsafe {
            let mut sums = [[simd.zero(); C]; P];
            self.add(simd, job, window, rows, &mut sums);
            for c in 0..C {
                let mut column = [simd.zero(); 8];
                for p in 0..P {
                    column[p] = sums[p][c];
                }
                let bias = job.bias.map_or(0.0, |bias| bias[rows.channel + c]);
                let mut values = simd.reduce(column);
                for value in &mut values {
                    *value += bias;
                }
                if job.epilogue != Epilogue::Linear {
                    for value in &mut values {
                        *value = job.epilogue.apply(*value);
                    }
                }
                let out = self.out.add(c);
                if self.out_step == 1 {
                    std::ptr::copy_nonoverlapping(values.as_ptr(), out, P);
                    continue;
                }
                for p in 0..P {
                    *out.add(p * self.out_step) = values[p];
                }
            }
        }
    }

    /// Accumulates the products of [`Self::tile`].
    ///
    /// # Safety
    ///
    /// As for [`Self::tile`].
    #[inline(always)]
    unsafe fn add<S: Simd, const C: usize, const P: usize>(
        self,
        simd: S,
        job: &Gather<'_>,
        window: Window,
        Rows { weights, stride, .. }: Rows,
        sums: &mut [[S::V; C]; P],
    ) {
        // Prefetch distance: further along the same rows or, if those are short, to the next rows.
        let ahead = if job.run >= LONG { AHEAD } else { C * stride };
        let far = C >= 4 && job.channels * stride > NEAR;
        let (whole, rest) = (window.run / S::LANES * S::LANES, window.run % S::LANES);
        for tap in 0..window.taps {
            let source = self.source.wrapping_add(tap * job.tap_stride);
            let weights = weights.wrapping_add(tap * job.run);
            let mut k = 0;
            // SAFETY: each of the window's `taps` has `run` values in every pixel and in the weights; `k`
            // and a vector, or the rest, are within them.
            unsafe {
                while k < whole {
                    let mut w = [simd.zero(); C];
                    for c in 0..C {
                        w[c] = simd.load(weights.add(c * stride + k));
                        // Otherwise the weights of all channels stay in the cache.
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
        }
    }
}
