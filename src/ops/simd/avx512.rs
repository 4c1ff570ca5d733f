//! AVX-512: 16 lanes, 32 registers.

use super::{Simd, Subroutine};
use std::arch::x86_64::{
    __m512, __m512i, __mmask16, _CMP_GT_OQ, _CMP_LE_OQ, _MM_HINT_T0, _MM_HINT_T1, _mm_loadu_ps,
    _mm_loadu_si128, _mm_prefetch, _mm256_storeu_ps, _mm512_add_ps, _mm512_broadcast_f32x4,
    _mm512_castps128_ps512, _mm512_castps512_ps256, _mm512_cmp_ps_mask, _mm512_cvtepu8_epi32,
    _mm512_fmadd_ps, _mm512_insertf32x4, _mm512_loadu_ps, _mm512_mask_mul_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_max_ps, _mm512_permute_ps,
    _mm512_permutex2var_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4,
    _mm512_shuffle_ps, _mm512_storeu_ps, _mm512_sub_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

/// A token that proves that the CPU has AVX-512 F, VL, BW, DQ and FMA. VL is required because without it
/// the compiler uses only 16 of the 32 registers.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// # Safety
    ///
    /// The CPU must have the instructions, and the caller must be compiled with them enabled.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        Self(())
    }
}

/// A mask of the first `n < 16` lanes.
#[inline(always)]
fn first(n: usize) -> __mmask16 {
    ((1_u32 << n) - 1) as __mmask16
}

impl Simd for Avx512 {
    type V = __m512;
    type Permutation = __m512i;
    const LANES: usize = 16;
    const FUSED: bool = true;
    const PIXELS: usize = 8;
    const WIDE_PIXELS: usize = 4;
    const RESIDENT_VECTORS: usize = 2;
    const DOT_PIXELS: [usize; 6] = [8, 8, 8, 4, 4, 4];
    const ROWS: [usize; 3] = [8, 10, 6];
    const QUADS: usize = 6;

    #[inline(always)]
    unsafe fn call(self, subroutine: impl Subroutine<Self>) {
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,fma")]
        #[inline(never)]
        unsafe fn call<S>(simd: S, subroutine: impl Subroutine<S>) {
            // SAFETY: the caller vouches for the subroutine.
            unsafe { subroutine.run(simd) }
        }
        // SAFETY: `self` proves the instructions, and the caller vouches for the subroutine.
        unsafe { call(self, subroutine) }
    }

    #[inline(always)]
    fn zero(self) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn relu(self, v: __m512) -> __m512 {
        // SAFETY: `self` proves the instructions. `max` returns the second operand if either is NaN.
        unsafe { _mm512_max_ps(_mm512_setzero_ps(), v) }
    }

    #[inline(always)]
    fn leaky(self, v: __m512, slope: f32) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(v, _mm512_setzero_ps());
            _mm512_mask_mul_ps(v, !above, v, _mm512_set1_ps(slope))
        }
    }

    #[inline(always)]
    fn slope(self, y: __m512, g: __m512, factor: f32) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let below = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(y, _mm512_setzero_ps());
            _mm512_mask_mul_ps(g, below, g, _mm512_set1_ps(factor))
        }
    }

    #[inline(always)]
    fn reduce(self, v: [__m512; 8]) -> [f32; 8] {
        // SAFETY: `self` proves the instructions; the array has room for eight values.
        unsafe {
            // Each step adds halves of two vectors into one vector: twice within the 128-bit lanes,
            // twice across them.
            let mut fours = [self.zero(); 2];
            for i in 0..2 {
                let [a, b, c, d] = [v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]];
                let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                fours[i] = _mm512_add_ps(
                    _mm512_shuffle_ps::<0b01_00_01_00>(ab, cd),
                    _mm512_shuffle_ps::<0b11_10_11_10>(ab, cd),
                );
            }
            let [a, b] = fours;
            let eight = _mm512_add_ps(
                _mm512_shuffle_f32x4::<0x88>(a, b),
                _mm512_shuffle_f32x4::<0xdd>(a, b),
            );
            let eight = _mm512_add_ps(
                _mm512_shuffle_f32x4::<0x88>(eight, eight),
                _mm512_shuffle_f32x4::<0xdd>(eight, eight),
            );
            let mut sums = [0.0; 8];
            _mm256_storeu_ps(sums.as_mut_ptr(), _mm512_castps512_ps256(eight));
            sums
        }
    }

    #[inline(always)]
    fn permutation(self, lanes: [u8; 16]) -> __m512i {
        // SAFETY: `self` proves the instructions; the array has as many values as are read.
        unsafe { _mm512_cvtepu8_epi32(_mm_loadu_si128(lanes.as_ptr().cast())) }
    }

    #[inline(always)]
    fn permute2(self, a: __m512, b: __m512, order: __m512i) -> __m512 {
        // SAFETY: `self` proves the instructions.
        unsafe { _mm512_permutex2var_ps(a, order, b) }
    }

    #[inline(always)]
    unsafe fn splat(self, p: *const f32) -> __m512 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm512_set1_ps(*p) }
    }

    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m512 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm512_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn load_first(self, p: *const f32, n: usize) -> __m512 {
        // SAFETY: `self` proves the instructions; masked lanes are not read.
        unsafe { _mm512_maskz_loadu_ps(first(n), p) }
    }

    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: __m512) {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm512_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn store_first(self, p: *mut f32, v: __m512, n: usize) {
        // SAFETY: `self` proves the instructions; masked lanes are not written.
        unsafe { _mm512_mask_storeu_ps(p, first(n), v) }
    }

    #[inline(always)]
    unsafe fn splat4(self, p: *const f32) -> __m512 {
        // SAFETY: `self` proves the instructions; the caller vouches for the memory.
        unsafe { _mm512_broadcast_f32x4(_mm_loadu_ps(p)) }
    }

    #[inline(always)]
    fn splat_lanes(self, v: __m512) -> [__m512; 4] {
        // SAFETY: `self` proves the instructions.
        unsafe {
            [
                _mm512_permute_ps::<0b00_00_00_00>(v),
                _mm512_permute_ps::<0b01_01_01_01>(v),
                _mm512_permute_ps::<0b10_10_10_10>(v),
                _mm512_permute_ps::<0b11_11_11_11>(v),
            ]
        }
    }

    #[inline(always)]
    fn transpose4(self, [a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let (ab0, ab1) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let (cd0, cd1) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            [
                _mm512_shuffle_ps::<0b01_00_01_00>(ab0, cd0),
                _mm512_shuffle_ps::<0b11_10_11_10>(ab0, cd0),
                _mm512_shuffle_ps::<0b01_00_01_00>(ab1, cd1),
                _mm512_shuffle_ps::<0b11_10_11_10>(ab1, cd1),
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
            for quad in 0..4 {
                // Four columns: row `4 q + k` goes to quarter `q` of vector `k`, then each quarter is
                // transposed. Inserting while loading is cheaper than moving quarters afterwards.
                let mut v = [self.zero(); 4];
                for k in 0..4 {
                    let from = from.add(k * from_stride + 4 * quad);
                    let first = _mm512_castps128_ps512(_mm_loadu_ps(from));
                    let second = _mm_loadu_ps(from.add(4 * from_stride));
                    let third = _mm_loadu_ps(from.add(8 * from_stride));
                    let fourth = _mm_loadu_ps(from.add(12 * from_stride));
                    let half = _mm512_insertf32x4::<1>(first, second);
                    v[k] = _mm512_insertf32x4::<3>(_mm512_insertf32x4::<2>(half, third), fourth);
                }
                let rows = self.transpose4(v);
                for k in 0..4 {
                    _mm512_storeu_ps(to.add((4 * quad + k) * to_stride), rows[k]);
                }
            }
        }
    }
}
