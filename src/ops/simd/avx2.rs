//! AVX2 with FMA: 8 lanes, 16 registers.

use super::{Simd, Subroutine};
use std::arch::x86_64::{
    __m256, __m256i, _CMP_GT_OQ, _CMP_LE_OQ, _MM_HINT_T0, _MM_HINT_T1, _mm_loadl_epi64,
    _mm_loadu_ps, _mm_prefetch, _mm256_add_ps, _mm256_blendv_ps, _mm256_castsi256_ps,
    _mm256_cmp_ps, _mm256_cvtepu8_epi32, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_maskload_ps, _mm256_maskstore_ps, _mm256_max_ps, _mm256_mul_ps, _mm256_permute_ps,
    _mm256_permute2f128_ps, _mm256_permutevar8x32_ps, _mm256_set_m128, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

/// A token that proves that the CPU has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

/// The eight values from index `8 - n` on are a mask of the first `n` lanes.
static MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

impl Avx2 {
    /// # Safety
    ///
    /// The CPU must have the instructions, and the caller must be compiled with them enabled.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }

    /// A mask of the first `n < 8` lanes.
    #[inline(always)]
    #[allow(clippy::unused_self, reason = "it proves that the CPU has the load instruction")]
    fn first(self, n: usize) -> __m256i {
        let mask = &MASKS[8 - n..16 - n];
        // SAFETY: `self` proves the instructions; the slice has 8 values.
        unsafe { _mm256_loadu_si256(mask.as_ptr().cast()) }
    }
}

impl Simd for Avx2 {
    type V = __m256;
    type Permutation = __m256i;
    const LANES: usize = 8;
    const FUSED: bool = true;
    const PIXELS: usize = 6;
    const WIDE_PIXELS: usize = 0;
    const RESIDENT_VECTORS: usize = 1;
    const DOT_PIXELS: [usize; 6] = [8, 6, 4, 3, 0, 0];
    const ROWS: [usize; 3] = [10, 6, 0];
    const QUADS: usize = 3;

    #[inline(always)]
    unsafe fn call(self, subroutine: impl Subroutine<Self>) {
        #[target_feature(enable = "avx2,fma")]
        #[inline(never)]
        unsafe fn call<S>(simd: S, subroutine: impl Subroutine<S>) {
            // SAFETY: the caller vouches for the subroutine.
            unsafe { subroutine.run(simd) }
        }
        // SAFETY: `self` proves the instructions, and the caller vouches for the subroutine.
        unsafe { call(self, subroutine) }
    }

    #[inline(always)]
    fn zero(self) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    fn fma(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn relu(self, v: __m256) -> __m256 {
        // SAFETY: `self` proves the instructions. `max` returns the second operand if either is NaN.
        unsafe { _mm256_max_ps(_mm256_setzero_ps(), v) }
    }

    #[inline(always)]
    fn leaky(self, v: __m256, slope: f32) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(v, _mm256_setzero_ps());
            _mm256_blendv_ps(_mm256_mul_ps(v, _mm256_set1_ps(slope)), v, above)
        }
    }

    #[inline(always)]
    fn slope(self, y: __m256, g: __m256, factor: f32) -> __m256 {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let below = _mm256_cmp_ps::<_CMP_LE_OQ>(y, _mm256_setzero_ps());
            _mm256_blendv_ps(g, _mm256_mul_ps(g, _mm256_set1_ps(factor)), below)
        }
    }

    #[inline(always)]
    fn reduce(self, v: [__m256; 8]) -> [f32; 8] {
        // SAFETY: `self` proves the instructions; the array has room for eight values.
        unsafe {
            // Each step adds halves of two vectors into one vector: twice within the 128-bit halves,
            // once across them.
            let mut fours = [self.zero(); 2];
            for i in 0..2 {
                let [a, b, c, d] = [v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]];
                let ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                fours[i] = _mm256_add_ps(
                    _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
                    _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
                );
            }
            let [a, b] = fours;
            let eight = _mm256_add_ps(
                _mm256_permute2f128_ps::<0x20>(a, b),
                _mm256_permute2f128_ps::<0x31>(a, b),
            );
            let mut sums = [0.0; 8];
            _mm256_storeu_ps(sums.as_mut_ptr(), eight);
            sums
        }
    }

    #[inline(always)]
    fn permutation(self, lanes: [u8; 16]) -> __m256i {
        // SAFETY: `self` proves the instructions; the array has as many values as are read.
        unsafe { _mm256_cvtepu8_epi32(_mm_loadl_epi64(lanes.as_ptr().cast())) }
    }

    #[inline(always)]
    fn permute2(self, a: __m256, b: __m256, order: __m256i) -> __m256 {
        // SAFETY: `self` proves the instructions. The permutation uses the low three bits of an index, the
        // blend the bit above them.
        unsafe {
            let is_b = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(order));
            let (a, b) = (_mm256_permutevar8x32_ps(a, order), _mm256_permutevar8x32_ps(b, order));
            _mm256_blendv_ps(a, b, is_b)
        }
    }

    #[inline(always)]
    unsafe fn splat(self, p: *const f32) -> __m256 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm256_set1_ps(*p) }
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m256 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm256_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn load_first(self, p: *const f32, n: usize) -> __m256 {
        // SAFETY: `self` proves the instructions; masked lanes are not read.
        unsafe { _mm256_maskload_ps(p, self.first(n)) }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: __m256) {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm256_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn store_first(self, p: *mut f32, v: __m256, n: usize) {
        // SAFETY: `self` proves the instructions; masked lanes are not written.
        unsafe { _mm256_maskstore_ps(p, self.first(n), v) }
    }

    #[inline(always)]
    unsafe fn splat4(self, p: *const f32) -> __m256 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe {
            let four = _mm_loadu_ps(p);
            _mm256_set_m128(four, four)
        }
    }

    #[inline(always)]
    fn splat_lanes(self, v: __m256) -> [__m256; 4] {
        // SAFETY: `self` proves the instructions.
        unsafe {
            [
                _mm256_permute_ps::<0b00_00_00_00>(v),
                _mm256_permute_ps::<0b01_01_01_01>(v),
                _mm256_permute_ps::<0b10_10_10_10>(v),
                _mm256_permute_ps::<0b11_11_11_11>(v),
            ]
        }
    }

    #[inline(always)]
    fn transpose4(self, [a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let (ab0, ab1) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let (cd0, cd1) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            [
                _mm256_shuffle_ps::<0b01_00_01_00>(ab0, cd0),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab0, cd0),
                _mm256_shuffle_ps::<0b01_00_01_00>(ab1, cd1),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab1, cd1),
            ]
        }
    }

    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        // SAFETY: every x86-64 CPU has the instruction, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }

    #[inline(always)]
    fn prefetch_early(self, p: *const f32) {
        // SAFETY: every x86-64 CPU has the instruction, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(p.cast()) }
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        from: *const f32,
        from_stride: usize,
        to: *mut f32,
        to_stride: usize,
    ) {
        // SAFETY: `self` proves the instructions; the caller vouches for both blocks.
        unsafe {
            // First 4 x 4 blocks within the 128-bit halves, then the halves themselves.
            let mut halves = [[self.zero(); 4]; 2];
            for h in 0..2 {
                for k in 0..4 {
                    halves[h][k] = _mm256_loadu_ps(from.add((4 * h + k) * from_stride));
                }
                halves[h] = self.transpose4(halves[h]);
            }
            for j in 0..4 {
                let (upper, lower) = (halves[0][j], halves[1][j]);
                let (low, high) = (
                    _mm256_permute2f128_ps::<0x20>(upper, lower),
                    _mm256_permute2f128_ps::<0x31>(upper, lower),
                );
                _mm256_storeu_ps(to.add(j * to_stride), low);
                _mm256_storeu_ps(to.add((4 + j) * to_stride), high);
            }
        }
    }
}
