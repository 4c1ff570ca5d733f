//! Vector code: everything `unsafe` of the kernels is in this folder.
//!
//! [`Simd`] is one instruction set; `avx512`, `avx2` and `portable` implement it. A kernel is an
//! `#[inline(always)]` function over `S: Simd`, and [`entry_points!`] compiles it once for every
//! instruction set behind a safe function that checks the job's bounds.
//!
//! What a `check` has found holds for the whole kernel, whose jobs nobody can change meanwhile: of each slice,
//! where the last of the values asked for ends. No step is negative, so all others end before. It counts without
//! wrapping around, by [`end`] and [`product`]; numbers in kernels are at most those and need no such care.

// A kernel has an instruction set's features only where it is inlined into an entry point.
#![allow(clippy::inline_always)]
// Loops over register blocks index several arrays at once, and must unroll.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod bordered;
pub(super) mod combine;
mod dot;
pub(super) mod elementwise;
pub(super) mod expand;
pub(super) mod gather;
pub(super) mod math;
pub(super) mod narrow;
pub(super) mod outer;
mod portable;
pub(super) mod rows;
pub(super) mod sums;
mod tile;
pub(super) mod transpose;

use super::Family;

/// One instruction set. A value of the type is the proof that the processor has it.
///
/// The methods that take pointers are unsafe: so many values as they say must be readable or
/// writable there, at any alignment.
pub(super) trait Simd: Copy {
    /// A vector of [`Self::LANES`] values.
    type V: Copy;
    /// Which lane goes where.
    type Order: Copy;
    /// Values in a vector.
    const LANES: usize;
    /// Whether [`Self::fma`] rounds once.
    const FUSED: bool;
    /// Pixels of a register block of the gather kernel, two vectors each.
    const PIXELS: usize;
    /// Pixels of one with four vectors each, which loads less for each product; 0 where it does not fit.
    const FEW: usize;
    /// Vectors of channels whose weights for a window of 3 x 3 values fit into the registers, beside sums.
    const RESIDENT: usize;
    /// Pixels of a register block of the dot kernel, at most 8, by number of outputs (1 to 6); 0 where it
    /// does not fit.
    const DOT_PIXELS: [usize; 6];
    /// Rows of a register block of the outer kernel, by 1, 2 and 4 vectors; 0 where it does not fit.
    const ROWS: [usize; 3];
    /// Fours of rows of a register block of the narrow kernel with a vector of outputs.
    const FOURS: usize;

    /// All lanes 0.
    fn zero(self) -> Self::V;
    /// `a * b + c`.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `max(v, 0)`, and NaN for NaN: a diverged run must not look healthy behind a rectifier.
    fn relu(self, v: Self::V) -> Self::V;
    /// `v` above 0, `slope * v` below, for a slope between 0 and 1.
    fn leaky(self, v: Self::V, slope: f32) -> Self::V;
    /// `g`, times `factor` where `y` is 0 or below: where it is NaN, `g` stays.
    fn slope(self, y: Self::V, g: Self::V, factor: f32) -> Self::V;
    /// The sum of each vector's lanes, all in the same order.
    fn sums(self, v: [Self::V; 8]) -> [f32; 8];
    /// An order in which lane `i` gets the value of lane `lanes[i]` of two vectors, `2 * LANES` lanes.
    fn order(self, lanes: [u8; 16]) -> Self::Order;
    /// Lanes of `a` and `b` in another order, some of them several times.
    fn pick(self, a: Self::V, b: Self::V, order: Self::Order) -> Self::V;
    /// All lanes the value at `p`.
    unsafe fn splat(self, p: *const f32) -> Self::V;
    /// The values at `p`.
    unsafe fn load(self, p: *const f32) -> Self::V;
    /// The first `n < LANES` values at `p`, then zeros.
    unsafe fn load_first(self, p: *const f32, n: usize) -> Self::V;
    /// Writes all lanes to `p`.
    unsafe fn store(self, p: *mut f32, v: Self::V);
    /// Writes the first `n < LANES` lanes to `p`.
    unsafe fn store_first(self, p: *mut f32, v: Self::V, n: usize);
    /// All values at `p` if there are `n` that fill a vector, or these and zeros.
    #[inline(always)]
    unsafe fn load_most(self, p: *const f32, n: usize) -> Self::V {
        // SAFETY: the caller vouches for the memory.
        unsafe { if n < Self::LANES { self.load_first(p, n) } else { self.load(p) } }
    }
    /// Writes all lanes to `p`, or the first `n` if these are less.
    #[inline(always)]
    unsafe fn store_most(self, p: *mut f32, v: Self::V, n: usize) {
        // SAFETY: the caller vouches for the memory.
        unsafe { if n < Self::LANES { self.store_first(p, v, n) } else { self.store(p, v) } }
    }
    /// The four values at `p`, over and over.
    unsafe fn repeat(self, p: *const f32) -> Self::V;
    /// Vector `i` has in all of every four lanes what `v` has in lane `i` of them.
    fn spread(self, v: Self::V) -> [Self::V; 4];
    /// Transposes the 4 x 4 values in every four lanes.
    fn turn(self, v: [Self::V; 4]) -> [Self::V; 4];
    /// Asks for the memory at `p`, which may be anywhere, to be fetched into the first cache.
    fn prefetch(self, p: *const f32);
    /// The same for the second cache, which has room for what is needed later.
    fn prefetch_early(self, p: *const f32);
    /// Transposes the `LANES` x `LANES` values at `from`, rows `from_stride` apart, to `to`.
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}

/// Values in a vector of the family.
pub(super) const fn lanes(family: Family) -> usize {
    match family {
        #[cfg(target_arch = "x86_64")]
        Family::Avx512 => avx512::Avx512::LANES,
        #[cfg(target_arch = "x86_64")]
        Family::Avx2 => avx2::Avx2::LANES,
        _ => portable::Portable::LANES,
    }
}

/// How many things there are along so many axes. More than can be counted are more than any slice has: checks
/// must not wrap around where kernels do.
const fn product<const N: usize>(counts: [usize; N]) -> usize {
    let mut product = 1_usize;
    let mut i = 0;
    while i < N {
        // Of none along one axis there are none, however many along another.
        if counts[i] == 0 {
            return 0;
        }
        product = product.saturating_mul(counts[i]);
        i += 1;
    }
    product
}

/// Where the last of some values end: there are `len` at `start`, and as many after each step along each axis,
/// given as the number of places and the step between them, none of which is without a place. What is further
/// than can be counted is outside of any slice, as for [`product`].
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

/// How many rows of short runs [`outer`](outer::outer) sums in one pass over all pixels; 0 where so many
/// channels take several.
pub(super) const fn rows_at_once(family: Family, channels: usize) -> usize {
    const fn rows<S: Simd>(channels: usize) -> usize {
        match channels.div_ceil(S::LANES) {
            1 => S::ROWS[0],
            2 => outer::most_of_few::<2>(S::ROWS[1]),
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

/// Pixels of a register block of so many outputs, where vectors run along the sum.
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
                // SAFETY: this function is only called where the features are, after `check`.
                unsafe { $kernel($crate::ops::simd::avx512::Avx512::new(), job, out) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2(job: &$job, out: &mut [f32]) {
                // SAFETY: this function is only called where the features are, after `check`.
                unsafe { $kernel($crate::ops::simd::avx2::Avx2::new(), job, out) }
            }
            job.check(family, out.len());
            assert!(family.is_available(), "this processor lacks {family}");
            match family {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the line before the match found the instructions.
                $crate::ops::Family::Avx512 => unsafe { avx512(job, out) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the line before the match found the instructions.
                $crate::ops::Family::Avx2 => unsafe { avx2(job, out) },
                // SAFETY: any processor will do, and `check` has looked at the bounds.
                _ => unsafe { $kernel($crate::ops::simd::portable::Portable, job, out) },
            }
        }
    };
}
use entry_points;

/// `len` things in blocks of at most `max`, as even as possible. Loops run over `0..count` and ask
/// for each block: a closure or iterator might be compiled without the kernel's instructions.
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

    /// Start and size of block `i`.
    #[inline(always)]
    fn get(self, i: usize) -> (usize, usize) {
        let before = if i < self.larger { i } else { self.larger };
        (i * self.size + before, self.size + usize::from(i < self.larger))
    }
}
