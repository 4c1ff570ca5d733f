//! The kernel behind bias gradients: the sum of every channel over all pixels.

use super::{Simd, entry_points};
use crate::ops::Family;

/// The pixels to sum.
pub(in crate::ops) struct Sums<'a> {
    /// Whole pixels of `channels` values.
    pub pixels: &'a [f32],
    /// At least 1.
    pub channels: usize,
}

impl Sums<'_> {
    /// Panics when the lengths of the slices do not match.
    fn check(&self, _: Family, out: usize) {
        assert_eq!(out, self.channels, "one sum per channel");
        assert_eq!(self.pixels.len() % self.channels, 0, "whole pixels");
    }
}

entry_points! {
    /// Adds every channel's sum to `out`.
    sums, Sums<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Sums<'_>, out: &mut [f32]) {
    // SAFETY: `check` found whole pixels and one sum per channel; each arm matches the number of channels.
    unsafe {
        match job.channels {
            1 => interleaved::<S, 1>(simd, job, out),
            2 => interleaved::<S, 2>(simd, job, out),
            3 => interleaved::<S, 3>(simd, job, out),
            4 => interleaved::<S, 4>(simd, job, out),
            _ => columns(simd, job, out),
        }
    }
}

/// Sums `C` channels: `C` vectors hold a whole number of pixels, and each lane belongs to one channel.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn interleaved<S: Simd, const C: usize>(simd: S, job: &Sums<'_>, out: &mut [f32]) {
    let step = C * S::LANES;
    let whole = job.pixels.len() / step * step;
    let mut sums = [simd.zero(); C];
    let mut i = 0;
    // SAFETY: `whole` is within the slice; no vector has more than 16 lanes.
    unsafe {
        while i < whole {
            for c in 0..C {
                sums[c] = simd.add(sums[c], simd.load(job.pixels.as_ptr().add(i + c * S::LANES)));
            }
            i += step;
        }
        let mut lanes = [[0.0_f32; 16]; C];
        for c in 0..C {
            simd.store(lanes[c].as_mut_ptr(), sums[c]);
        }
        for lane in 0..step {
            out[lane % C] += lanes[lane / S::LANES][lane % S::LANES];
        }
    }
    for (i, value) in job.pixels[whole..].iter().enumerate() {
        out[i % C] += value;
    }
}

/// Sums vectors of channels, each over all pixels.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn columns<S: Simd>(simd: S, job: &Sums<'_>, out: &mut [f32]) {
    let count = job.pixels.len() / job.channels;
    let mut channel = 0;
    // SAFETY: every pixel has `channels` values and so has `out`.
    unsafe {
        while channel < job.channels {
            let rest = job.channels - channel;
            let to = out.as_mut_ptr().add(channel);
            if rest >= 4 * S::LANES {
                four(simd, job, channel, to);
                channel += 4 * S::LANES;
                continue;
            }
            // Two accumulators, to have two additions in flight.
            let (mut even, mut odd) = (simd.zero(), simd.zero());
            let mut p = job.pixels.as_ptr().add(channel);
            for pixel in 0..count {
                let v = simd.load_most(p, rest);
                if pixel % 2 == 0 {
                    even = simd.add(even, v);
                } else {
                    odd = simd.add(odd, v);
                }
                p = p.wrapping_add(job.channels);
            }
            let sum = simd.add(even, odd);
            simd.store_most(to, simd.add(simd.load_most(to, rest), sum), rest);
            channel += S::LANES;
        }
    }
}

/// Sums four whole vectors of channels from `channel` on.
///
/// # Safety
///
/// As for [`kernel`]; the channels must exist, and `to` must point to their sums.
#[inline(always)]
unsafe fn four<S: Simd>(simd: S, job: &Sums<'_>, channel: usize, to: *mut f32) {
    let mut sums = [simd.zero(); 4];
    let mut p = job.pixels.as_ptr().wrapping_add(channel);
    // SAFETY: every pixel has `channels` values and so has the result.
    unsafe {
        for _ in 0..job.pixels.len() / job.channels {
            for v in 0..4 {
                sums[v] = simd.add(sums[v], simd.load(p.add(v * S::LANES)));
            }
            p = p.wrapping_add(job.channels);
        }
        for v in 0..4 {
            let to = to.add(v * S::LANES);
            simd.store(to, simd.add(simd.load(to), sums[v]));
        }
    }
}
