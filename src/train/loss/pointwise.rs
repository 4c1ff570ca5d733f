//! Pointwise losses.

use crate::train::wide::wide;

/// Mean squared error.
pub fn mse(prediction: &[f32], target: &[f32]) -> f64 {
    sum_of_squares(prediction, target) / prediction.len() as f64
}

/// Mean absolute error.
pub fn mae(prediction: &[f32], target: &[f32]) -> f64 {
    sum_of_absolutes(prediction, target) / prediction.len() as f64
}

/// Adds `factor` times 2 (p - t) / n, the derivative of [`mse`], and returns [`mse`].
pub(super) fn add_mse_gradient(
    prediction: &[f32],
    target: &[f32],
    factor: f64,
    out: &mut [f32],
) -> f64 {
    add_differences(prediction, target, (2.0 * factor / out.len() as f64) as f32, out);
    mse(prediction, target)
}

/// Adds `factor` times sign(p - t) / n, a subgradient of [`mae`], and returns [`mae`].
pub(super) fn add_mae_gradient(
    prediction: &[f32],
    target: &[f32],
    factor: f64,
    out: &mut [f32],
) -> f64 {
    add_signs(prediction, target, (factor / out.len() as f64) as f32, out);
    mae(prediction, target)
}

/// Independent partial sums. They are kept in an array in memory, which is reliably vectorized; eight sums in
/// registers were not.
const SUMS: usize = 64;

/// Sums `f` over pairs: one partial sum per index modulo 64, reduced pairwise at the end.
#[allow(clippy::inline_always)] // to be compiled with its caller's target features
#[inline(always)]
pub(in crate::train) fn sum_pairs(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f64) -> f64 {
    let mut sums = [0.0_f64; SUMS];
    for (a, b) in a.chunks(SUMS).zip(b.chunks(SUMS)) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += f(a, b);
        }
    }
    let mut sums = sums.as_mut_slice();
    while sums.len() > 1 {
        let (low, high) = sums.split_at_mut(sums.len() / 2);
        for (low, high) in low.iter_mut().zip(high) {
            *low += *high;
        }
        sums = low;
    }
    sums[0]
}

wide! {
    fn sum_of_squares(a: &[f32], b: &[f32]) -> f64 {
        sum_pairs(a, b, |a, b| {
            let difference = f64::from(a) - f64::from(b);
            difference * difference
        })
    }

    fn sum_of_absolutes(a: &[f32], b: &[f32]) -> f64 {
        sum_pairs(a, b, |a, b| (f64::from(a) - f64::from(b)).abs())
    }

    fn add_differences(a: &[f32], b: &[f32], factor: f32, out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out += factor * (a - b);
        }
    }

    fn add_signs(a: &[f32], b: &[f32], factor: f32, out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out += if a > b { factor } else { 0.0 } - if a < b { factor } else { 0.0 };
        }
    }
}
