//! Plain Rust: 4 lanes, which the auto-vectorizer turns into one register on every common machine.

use super::{Simd, Subroutine};

/// Needs no instructions beyond the compilation target's baseline.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// Four values in a register.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub(super) struct Four([f32; 4]);

impl Simd for Portable {
    type V = Four;
    type Permutation = [u8; 4];
    const LANES: usize = 4;
    const FUSED: bool = false;
    const PIXELS: usize = 4;
    const WIDE_PIXELS: usize = 0;
    const RESIDENT_VECTORS: usize = 1;
    const DOT_PIXELS: [usize; 6] = [8, 4, 3, 2, 0, 0];
    const ROWS: [usize; 3] = [6, 4, 0];
    const QUADS: usize = 3;

    #[inline(never)]
    unsafe fn call(self, subroutine: impl Subroutine<Self>) {
        // SAFETY: the caller vouches for the subroutine.
        unsafe { subroutine.run(self) }
    }

    #[inline(always)]
    fn zero(self) -> Four {
        Four([0.0; 4])
    }

    #[inline(always)]
    fn fma(self, Four(a): Four, Four(b): Four, Four(c): Four) -> Four {
        // Not `mul_add`: without the instruction that calls a slow function.
        Four([a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]])
    }

    #[inline(always)]
    fn sub(self, Four(a): Four, Four(b): Four) -> Four {
        Four([a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]])
    }

    #[inline(always)]
    fn add(self, Four(a): Four, Four(b): Four) -> Four {
        Four([a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]])
    }

    #[inline(always)]
    fn relu(self, Four(v): Four) -> Four {
        // Written so that NaN stays NaN.
        Four(v.map(|x| if x < 0.0 { 0.0 } else { x }))
    }

    #[inline(always)]
    fn leaky(self, Four(v): Four, slope: f32) -> Four {
        Four(v.map(|x| if x > 0.0 { x } else { slope * x }))
    }

    #[inline(always)]
    fn slope(self, Four(y): Four, Four(g): Four, factor: f32) -> Four {
        Four(std::array::from_fn(|i| if y[i] <= 0.0 { factor * g[i] } else { g[i] }))
    }

    #[inline(always)]
    fn reduce(self, v: [Four; 8]) -> [f32; 8] {
        v.map(|Four(v)| (v[0] + v[2]) + (v[1] + v[3]))
    }

    #[inline(always)]
    fn permutation(self, lanes: [u8; 16]) -> [u8; 4] {
        [lanes[0] & 7, lanes[1] & 7, lanes[2] & 7, lanes[3] & 7]
    }

    #[inline(always)]
    fn permute2(self, Four(a): Four, Four(b): Four, order: [u8; 4]) -> Four {
        Four(
            order
                .map(|lane| if lane < 4 { a[usize::from(lane)] } else { b[usize::from(lane - 4)] }),
        )
    }

    #[inline(always)]
    unsafe fn splat(self, p: *const f32) -> Four {
        // SAFETY: the caller vouches for the memory.
        Four([unsafe { *p }; 4])
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Four {
        // SAFETY: the caller vouches for the memory.
        Four(unsafe { p.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(self, p: *const f32, n: usize) -> Four {
        let mut v = [0.0; 4];
        for (i, lane) in v.iter_mut().enumerate().take(n) {
            // SAFETY: the caller vouches for the first `n` values.
            *lane = unsafe { *p.add(i) };
        }
        Four(v)
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, Four(v): Four) {
        // SAFETY: the caller vouches for the memory.
        unsafe { p.cast::<[f32; 4]>().write_unaligned(v) }
    }

    #[inline(always)]
    unsafe fn store_first(self, p: *mut f32, Four(v): Four, n: usize) {
        for (i, lane) in v.into_iter().enumerate().take(n) {
            // SAFETY: the caller vouches for the first `n` values.
            unsafe { *p.add(i) = lane }
        }
    }

    #[inline(always)]
    unsafe fn splat4(self, p: *const f32) -> Four {
        // SAFETY: the caller vouches for the memory.
        unsafe { self.load(p) }
    }

    #[inline(always)]
    fn splat_lanes(self, Four(v): Four) -> [Four; 4] {
        v.map(|x| Four([x; 4]))
    }

    #[inline(always)]
    fn transpose4(self, v: [Four; 4]) -> [Four; 4] {
        [0, 1, 2, 3].map(|i| Four(v.map(|Four(v)| v[i])))
    }

    #[inline(always)]
    fn prefetch(self, _: *const f32) {}

    #[inline(always)]
    fn prefetch_early(self, _: *const f32) {}

    #[inline(always)]
    unsafe fn transpose(
        self,
        from: *const f32,
        from_stride: usize,
        to: *mut f32,
        to_stride: usize,
    ) {
        for i in 0..4 {
            for j in 0..4 {
                // SAFETY: the caller vouches for both blocks.
                unsafe { *to.add(j * to_stride + i) = *from.add(i * from_stride + j) }
            }
        }
    }
}
