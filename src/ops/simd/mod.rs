//! SIMD code: all `unsafe` code of the kernels is in this directory.
//!
//! [`Simd`] abstracts over one instruction set; `avx512`, `avx2` and `portable` implement it. A kernel is an
//! `#[inline(always)]` function over `S: Simd`, and [`entry_points!`] compiles it once for every
//! instruction set, behind a safe function that checks the job's bounds. What a kernel has in many sizes is
//! a [`Subroutine`]: a function of its own for each of them.
//!
//! For each slice, a job's `check` computes where the last accessed value ends. Strides are never negative,
//! so every other access ends earlier, and jobs cannot change while a kernel runs. Checks use saturating
//! arithmetic ([`end`] and [`product`]); the offsets inside kernels are bounded by the checked ones and
//! cannot overflow.

// A kernel is compiled with an instruction set's features only when inlined into an entry point or `Simd::call`.
#![allow(clippy::inline_always)]
// Loops over register blocks index several arrays at once, and must unroll.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod bordered;
pub(super) mod combine;
pub(super) mod elementwise;
pub(super) mod expand;
pub(super) mod gather;
pub(super) mod math;
pub(super) mod narrow;
pub(super) mod outer;
mod portable;
pub(super) mod rows;
pub(super) mod sums;
pub(super) mod transpose;

use super::Family;

/// A part of a kernel that is compiled as a function of its own: compilers take much longer for one function
/// of all sizes of register blocks than for one function for each.
pub(super) trait Subroutine<S> {
    /// Computes the part; must be `#[inline(always)]`.
    ///
    /// # Safety
    ///
    /// All memory that the part is made of must be inside a checked job.
    unsafe fn run(self, simd: S);
}

/// An instruction set. A value of the type proves that the CPU has it.
///
/// The methods that dereference pointers are unsafe: as many values as they state must be readable or
/// writable there. No alignment is required.
pub(super) trait Simd: Copy {
    /// A vector of [`Self::LANES`] values.
    type V: Copy;
    /// The indices of a permutation of lanes.
    type Permutation: Copy;
    /// Values in a vector.
    const LANES: usize;
    /// Whether [`Self::fma`] rounds once.
    const FUSED: bool;
    /// Pixels per register block of the gather kernel, with two vectors of channels each.
    const PIXELS: usize;
    /// The same with four vectors each, which needs fewer loads per FMA; 0 if that does not fit.
    const WIDE_PIXELS: usize;
    /// Vectors of channels whose weights for a 3 x 3 window fit into the registers beside the accumulators.
    const RESIDENT_VECTORS: usize;
    /// Pixels per register block of the dot kernel, at most 8, by number of outputs (1 to 6); 0 if that does
    /// not fit.
    const DOT_PIXELS: [usize; 6];
    /// Rows per register block of the outer kernel, with 1, 2 and 4 vectors; 0 if that does not fit.
    const ROWS: [usize; 3];
    /// Groups of four rows per register block of the narrow kernel with one vector of outputs.
    const QUADS: usize;

    /// Computes a part in a function of its own, compiled for the instruction set.
    ///
    /// # Safety
    ///
    /// As for [`Subroutine::run`].
    unsafe fn call(self, subroutine: impl Subroutine<Self>);
    /// Returns a vector of zeros.
    fn zero(self) -> Self::V;
    /// Returns `a * b + c`.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// Returns `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// Returns `max(v, 0)`, and NaN for NaN: a rectifier must not hide that a run has diverged.
    fn relu(self, v: Self::V) -> Self::V;
    /// Returns `v` above 0 and `slope * v` below, for a slope between 0 and 1.
    fn leaky(self, v: Self::V, slope: f32) -> Self::V;
    /// Returns `factor * g` where `y <= 0`, and `g` elsewhere, also where `y` is NaN.
    fn slope(self, y: Self::V, g: Self::V, factor: f32) -> Self::V;
    /// Returns the sum of each vector's lanes, all added in the same order.
    fn reduce(self, v: [Self::V; 8]) -> [f32; 8];
    /// Returns the permutation that fills lane `i` from lane `lanes[i]` of two concatenated vectors.
    fn permutation(self, lanes: [u8; 16]) -> Self::Permutation;
    /// Permutes the lanes of `a` and `b`; lanes may be used several times.
    fn permute2(self, a: Self::V, b: Self::V, order: Self::Permutation) -> Self::V;
    /// Broadcasts the value at `p` to all lanes.
    unsafe fn splat(self, p: *const f32) -> Self::V;
    /// Loads the values at `p`.
    unsafe fn load(self, p: *const f32) -> Self::V;
    /// Loads the first `n < LANES` values at `p`, and zeros in the other lanes.
    unsafe fn load_first(self, p: *const f32, n: usize) -> Self::V;
    /// Stores all lanes to `p`.
    unsafe fn store(self, p: *mut f32, v: Self::V);
    /// Stores the first `n < LANES` lanes to `p`.
    unsafe fn store_first(self, p: *mut f32, v: Self::V, n: usize);
    /// Loads `n` values at `p`, or a whole vector if `n` is larger.
    #[inline(always)]
    unsafe fn load_most(self, p: *const f32, n: usize) -> Self::V {
        // SAFETY: the caller vouches for the memory.
        unsafe { if n < Self::LANES { self.load_first(p, n) } else { self.load(p) } }
    }
    /// Stores `n` lanes to `p`, or the whole vector if `n` is larger.
    #[inline(always)]
    unsafe fn store_most(self, p: *mut f32, v: Self::V, n: usize) {
        // SAFETY: the caller vouches for the memory.
        unsafe { if n < Self::LANES { self.store_first(p, v, n) } else { self.store(p, v) } }
    }
    /// Broadcasts the four values at `p` to every group of four lanes.
    unsafe fn splat4(self, p: *const f32) -> Self::V;
    /// Returns four vectors; in every group of four lanes, vector `i` broadcasts lane `i` of the group in
    /// `v`.
    fn splat_lanes(self, v: Self::V) -> [Self::V; 4];
    /// Transposes the 4 x 4 values in every group of four lanes.
    fn transpose4(self, v: [Self::V; 4]) -> [Self::V; 4];
    /// Prefetches the cache line at `p`, which may be any address, into the L1 cache.
    fn prefetch(self, p: *const f32);
    /// Prefetches into the L2 cache, for data that is needed later.
    fn prefetch_early(self, p: *const f32);
    /// Transposes the `LANES` x `LANES` values at `from`, rows `from_stride` apart, to `to`.
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}

/// Returns the number of values in a vector of the family.
pub(super) const fn lanes(family: Family) -> usize {
    match family {
        #[cfg(target_arch = "x86_64")]
        Family::Avx512 => avx512::Avx512::LANES,
        #[cfg(target_arch = "x86_64")]
        Family::Avx2 => avx2::Avx2::LANES,
        _ => portable::Portable::LANES,
    }
}

/// Returns the product of some counts, saturating: no slice is that long, and a check must not overflow.
const fn product<const N: usize>(counts: [usize; N]) -> usize {
    let mut product = 1_usize;
    let mut i = 0;
    while i < N {
        // Zero even if an earlier product has saturated.
        if counts[i] == 0 {
            return 0;
        }
        product = product.saturating_mul(counts[i]);
        i += 1;
    }
    product
}

/// Returns where the last of some values ends: `len` values begin at `start` and at every step along each
/// axis, given as the number of places, at least 1, and the step between them. Saturates like [`product`].
const fn end<const N: usize>(start: usize, axes: [(usize, usize); N], len: usize) -> usize {
    let mut end = start.saturating_add(len);
    let mut i = 0;
    while i < N {
        let (places, step) = axes[i];
        end = end.saturating_add(places.saturating_sub(1).saturating_mul(step));
        i += 1;
    }
    end
}

/// Returns how many rows of short runs [`outer`](outer::outer) sums in one pass over all pixels, or 0 if this
/// many channels take several passes.
pub(super) const fn rows_at_once(family: Family, channels: usize) -> usize {
    const fn rows<S: Simd>(channels: usize) -> usize {
        match channels.div_ceil(S::LANES) {
            1 => S::ROWS[0],
            2 => outer::max_short_rows::<2>(S::ROWS[1]),
            _ => 0,
        }
    }
    match family {
        #[cfg(target_arch = "x86_64")]
        Family::Avx512 => rows::<avx512::Avx512>(channels),
        #[cfg(target_arch = "x86_64")]
        Family::Avx2 => rows::<avx2::Avx2>(channels),
        _ => rows::<portable::Portable>(channels),
    }
}

/// Returns the pixels per register block of the dot kernel for this many outputs.
const fn dot_pixels(family: Family, outputs: usize) -> usize {
    match family {
        #[cfg(target_arch = "x86_64")]
        Family::Avx512 => avx512::Avx512::DOT_PIXELS[outputs - 1],
        #[cfg(target_arch = "x86_64")]
        Family::Avx2 => avx2::Avx2::DOT_PIXELS[outputs - 1],
        _ => portable::Portable::DOT_PIXELS[outputs - 1],
    }
}

/// Defines `fn $name(Family, &Job, &mut [f32])`: checks the bounds, then runs the kernel
/// `unsafe fn(impl Simd, &Job, &mut [f32])` compiled for the family.
macro_rules! entry_points {
    ($(#[$doc:meta])* $name:ident, $job:ty, $kernel:ident) => {
        $(#[$doc])*
        pub(in crate::ops) fn $name(family: $crate::ops::Family, job: &$job, out: &mut [f32]) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,fma")]
            fn avx512(job: &$job, out: &mut [f32]) {
                // SAFETY: this function is only called if the CPU has the features, after `check`.
                unsafe { $kernel($crate::ops::simd::avx512::Avx512::new(), job, out) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2(job: &$job, out: &mut [f32]) {
                // SAFETY: this function is only called if the CPU has the features, after `check`.
                unsafe { $kernel($crate::ops::simd::avx2::Avx2::new(), job, out) }
            }
            job.check(family, out.len());
            assert!(family.is_available(), "this processor lacks {family}");
            match family {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the assertion before the match found the instructions.
                $crate::ops::Family::Avx512 => unsafe { avx512(job, out) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the assertion before the match found the instructions.
                $crate::ops::Family::Avx2 => unsafe { avx2(job, out) },
                // SAFETY: any CPU will do, and `check` has checked the bounds.
                _ => unsafe { $kernel($crate::ops::simd::portable::Portable, job, out) },
            }
        }
    };
}
use entry_points;

/// Splits a length into blocks of at most a maximum size, as evenly as possible. Loops run over `0..count`
/// and call [`Self::get`]: a closure or iterator might be compiled without the kernel's instruction set.
#[derive(Clone, Copy)]
struct Blocks {
    count: usize,
    size: usize,
    larger: usize,
}

impl Blocks {
    #[inline(always)]
    fn new(len: usize, max: usize) -> Self {
        let count = len.div_ceil(max);
        let divisor = if count == 0 { 1 } else { count };
        Self { count, size: len / divisor, larger: len % divisor }
    }

    /// Returns the start and size of block `i`.
    #[inline(always)]
    fn get(self, i: usize) -> (usize, usize) {
        let before = if i < self.larger { i } else { self.larger };
        (i * self.size + before, self.size + usize::from(i < self.larger))
    }
}
