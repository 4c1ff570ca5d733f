//! The limits of one thread of this machine: arithmetic, matrix products, loads and stores.

use crate::{timing, values};
use runner::ops::Family;
use std::collections::BTreeMap;
use std::hint::black_box;

/// Sizes of the square matrices whose products are timed; the fastest counts.
const SIDES: [usize; 4] = [256, 512, 1024, 2048];

/// Multiplies two square matrices of a size into a third.
type Multiply = fn(usize, &[f32], &[f32], &mut [f32]);

/// A matrix product, and how fast it is.
pub struct Product {
    /// The library that computes it.
    pub name: &'static str,
    /// The fastest size of the square matrices.
    pub side: usize,
    /// GFLOP/s.
    pub rate: f64,
}

impl Product {
    /// Measures the reference for a family: a product with AVX-512 for `Avx512`, and with AVX2 for the
    /// others.
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

/// `c = a b`, in column-major order, with the processor's best instructions.
fn avx512(n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (multiply, alone) = (gemm_f32::gemm::f32::get_gemm_fn(), gemm_common::Parallelism::None);
    let (s, a, b, c) = (n.cast_signed(), a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    // SAFETY: three matrices of n columns of n values each, n apart.
    unsafe {
        multiply(n, n, n, c, s, 1, false, a, s, 1, b, s, 1, 0.0, 1.0, false, false, false, alone);
    }
}

/// `c = a b`, in column-major order, with AVX2 at most.
fn avx2(n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (multiply, alone) =
        (gemm_f32_avx2::gemm::f32::get_gemm_fn(), gemm_common_avx2::Parallelism::None);
    let (s, a, b, c) = (n.cast_signed(), a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    // SAFETY: three matrices of n columns of n values each, n apart.
    unsafe {
        multiply(n, n, n, c, s, 1, false, a, s, 1, b, s, 1, 0.0, 1.0, false, false, false, alone);
    }
}

/// Times of loops that only load and store, by number of bytes.
#[derive(Default)]
pub struct Memory {
    measured: BTreeMap<(usize, usize, usize), f64>,
}

impl Memory {
    /// Returns the seconds to read `read` bytes from `arrays` arrays while writing `written` bytes. The
    /// number of arrays matters because of their pages.
    pub fn seconds(&mut self, read: usize, written: usize, arrays: usize) -> f64 {
        *self.measured.entry((read, written, arrays)).or_insert_with(|| {
            let part = |bytes: usize| bytes / size_of::<f32>() / arrays;
            let from: Vec<_> = (0..arrays).map(|_| values(part(read))).collect();
            let mut to = values(part(written) * arrays);
            let wide = Family::Avx512.is_available();
            timing::median(|| {
                let to = black_box(to.as_mut_slice());
                for (i, from) in black_box(&from).iter().enumerate() {
                    walk(from, &mut to[i * part(written)..][..part(written)], wide);
                }
            })
        })
    }
}

/// Number of values that [`walk`] loads and stores in a step.
const STEP: usize = 1024;

/// Sums `from` and fills `to` in interleaved steps that end together; with AVX-512 if `wide`.
fn walk(from: &[f32], to: &mut [f32], wide: bool) {
    let steps = (from.len() + to.len()).div_ceil(STEP);
    let part = |len: usize| len.div_ceil(steps).next_multiple_of(128);
    let (mut from, mut to) = (from.chunks(part(from.len())), to.chunks_mut(part(to.len())));
    for _ in 0..steps {
        let (from, to) = (from.next().unwrap_or_default(), to.next().unwrap_or_default());
        match wide {
            // SAFETY: the caller has checked that the instructions are available.
            #[cfg(target_arch = "x86_64")]
            true => unsafe { step_avx512(from, to) },
            _ => {
                black_box(
                    from.as_chunks::<8>().0.iter().fold([0.0; 8], |sums, values| {
                        std::array::from_fn(|i| sums[i] + values[i])
                    }),
                );
                to.fill(1.0);
            }
        }
    }
}

/// A step of [`walk`] in whole cache lines.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn step_avx512(from: &[f32], to: &mut [f32]) {
    use std::arch::x86_64::{_mm512_add_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps};
    // Enough sums to hide the latency of an addition.
    let mut sums = [_mm512_set1_ps(0.0); 8];
    for values in from.as_chunks::<128>().0 {
        for (sum, values) in sums.iter_mut().zip(values.as_chunks::<16>().0) {
            // SAFETY: the chunk has 16 values.
            *sum = _mm512_add_ps(*sum, unsafe { _mm512_loadu_ps(values.as_ptr()) });
        }
    }
    black_box(sums);
    for values in to.as_chunks_mut::<16>().0 {
        // SAFETY: the chunk has 16 values.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), _mm512_set1_ps(1.0)) };
    }
}

/// Measures the GFLOP/s of fused multiply-adds in registers; `None` for a family without them.
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

/// Returns `None`: there is no such loop for other processors.
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
