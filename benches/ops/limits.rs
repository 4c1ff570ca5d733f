//! What one thread of this machine can do at most: arithmetic, matrix products, loads and stores.

use crate::{timing, values};
use runner::ops::Family;
use std::collections::BTreeMap;

/// Sides of the square matrices whose products are timed; the fastest counts.
const SIDES: [usize; 4] = [256, 512, 1024, 2048];

/// Multiplies square matrices of so many rows: the first two into the third.
type Multiply = fn(usize, &[f32], &[f32], &mut [f32]);

/// A matrix product, and how fast it is.
pub struct Product {
    /// Who computes it.
    pub name: &'static str,
    /// The side of the square matrices with which it is fastest.
    pub side: usize,
    /// GFLOP/s.
    pub rate: f64,
}

impl Product {
    /// The yardstick of a family: the product with AVX-512 for that, and with AVX2 for the others.
    pub fn of(family: Family) -> Self {
        let (name, multiply) = match family {
            Family::Avx512 => ("gemm 0.19", avx512 as Multiply),
            Family::Avx2 | Family::Portable => ("gemm 0.18", avx2 as Multiply),
        };
        let rate = |side: usize| {
            let (a, b, mut c) = (values(side * side), values(side * side), vec![0.0; side * side]);
            2.0 * (side as f64).powi(3) / timing::median(|| multiply(side, &a, &b, &mut c)) / 1e9
        };
        let rates = SIDES.map(|side| Self { name, side, rate: rate(side) });
        let fastest = rates.into_iter().max_by(|a, b| a.rate.total_cmp(&b.rate));
        fastest.expect("there are sides")
    }
}

/// `c = a b`, column by column, with the processor's best instructions.
fn avx512(n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (multiply, alone) = (gemm_f32::gemm::f32::get_gemm_fn(), gemm_common::Parallelism::None);
    let (s, a, b, c) = (n.cast_signed(), a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    // SAFETY: three matrices of n columns of n values each, n apart.
    unsafe {
        multiply(n, n, n, c, s, 1, false, a, s, 1, b, s, 1, 0.0, 1.0, false, false, false, alone);
    }
}

/// `c = a b`, column by column, with AVX2 at most.
fn avx2(n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (multiply, alone) =
        (gemm_f32_avx2::gemm::f32::get_gemm_fn(), gemm_common_avx2::Parallelism::None);
    let (s, a, b, c) = (n.cast_signed(), a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    // SAFETY: three matrices of n columns of n values each, n apart.
    unsafe {
        multiply(n, n, n, c, s, 1, false, a, s, 1, b, s, 1, 0.0, 1.0, false, false, false, alone);
    }
}

/// Bandwidths of loops that only load or only store, by the bytes that they go through.
#[derive(Default)]
pub struct Memory {
    measured: BTreeMap<(usize, bool), f64>,
}

impl Memory {
    /// The least seconds for so many bytes read and written, with loads and stores side by side.
    pub fn seconds(&mut self, read: usize, written: usize) -> f64 {
        let all = read + written;
        (read as f64 / self.rate(all, false)).max(written as f64 / self.rate(all, true))
    }

    /// Bytes a second over about as many bytes: within an eighth, so that they are in the same level
    /// of the cache.
    fn rate(&mut self, bytes: usize, write: bool) -> f64 {
        let step = (bytes / 8).next_power_of_two().max(512);
        let bytes = bytes.next_multiple_of(step);
        *self.measured.entry((bytes, write)).or_insert_with(|| {
            let mut memory = values(bytes / size_of::<f32>());
            let seconds = if write {
                timing::median(|| std::hint::black_box(&mut memory).fill(1.0))
            } else {
                let wide = Family::Avx512.is_available();
                timing::median(|| {
                    std::hint::black_box(sum(std::hint::black_box(&memory), wide));
                })
            };
            bytes as f64 / seconds
        })
    }
}

/// The sum of values in 64 interleaved parts, with AVX-512 where the processor has it.
fn sum(values: &[f32], wide: bool) -> [f32; 64] {
    #[allow(clippy::inline_always, reason = "it has the instructions only where it is inlined")]
    #[inline(always)]
    fn parts(values: &[f32]) -> [f32; 64] {
        let mut sums = [0.0; 64];
        for values in values.as_chunks::<64>().0 {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
        sums
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    fn avx512(values: &[f32]) -> [f32; 64] {
        parts(values)
    }
    #[cfg(target_arch = "x86_64")]
    if wide {
        // SAFETY: the caller has found the instructions.
        return unsafe { avx512(values) };
    }
    parts(values)
}

/// GFLOP/s of a loop of nothing but fused multiply-adds in registers; none for a family without.
#[cfg(target_arch = "x86_64")]
pub fn multiply_adds(family: Family) -> Option<f64> {
    assert!(family.is_available());
    let seconds = match family {
        // SAFETY: the family is available.
        Family::Avx512 => timing::median(|| unsafe { fused::avx512() }),
        // SAFETY: the family is available.
        Family::Avx2 => timing::median(|| unsafe { fused::avx2() }),
        Family::Portable => return None,
    };
    Some(fused::FLOPS / seconds / 1e9)
}

/// No such loop for another processor.
#[cfg(not(target_arch = "x86_64"))]
pub fn multiply_adds(_: Family) -> Option<f64> {
    None
}

#[cfg(target_arch = "x86_64")]
mod fused {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};
    use std::hint::black_box;

    const ROUNDS: usize = 4000;
    const CHAINS: usize = 12;
    /// Operations of one call; both loops do the same number.
    pub const FLOPS: f64 = (2 * 16 * CHAINS * ROUNDS) as f64;

    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,fma")]
    pub fn avx512() {
        let (a, b) = (_mm512_set1_ps(black_box(0.5)), _mm512_set1_ps(1.0));
        let mut sums = [b; CHAINS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn avx2() {
        let (a, b) = (_mm256_set1_ps(black_box(0.5)), _mm256_set1_ps(1.0));
        let mut sums = [b; CHAINS];
        for _ in 0..2 * ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }
}
