//! What one thread of this machine can do at most: arithmetic, matrix products, copies.

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

/// Bandwidths of copies, by the bytes they read and write together.
#[derive(Default)]
pub struct Copies {
    measured: BTreeMap<usize, f64>,
}

impl Copies {
    /// Bytes a second, read and written, of a copy that touches about as many bytes: within an
    /// eighth, so that it stays in the same level of the cache.
    pub fn rate(&mut self, bytes: usize) -> f64 {
        let step = (bytes / 8).max(64).next_power_of_two();
        let bytes = bytes.next_multiple_of(step);
        *self.measured.entry(bytes).or_insert_with(|| {
            let from = values(bytes / 8);
            let mut to = from.clone();
            bytes as f64 / timing::median(|| std::hint::black_box(&mut to).copy_from_slice(&from))
        })
    }
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
