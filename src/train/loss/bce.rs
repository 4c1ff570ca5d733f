//! Binary cross-entropy.

use super::pointwise::sum_pairs;
use crate::{
    ops::activation::{ABOVE_ZERO, BELOW_ONE},
    train::wide::wide,
};
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// The bounds that predictions are clamped to, the same as those of a sigmoid's output: the slopes of loss and
/// sigmoid are then taken at the same value, however far the logit is out.
pub(crate) const LEAST: f32 = ABOVE_ZERO;
pub(crate) const MOST: f32 = BELOW_ONE;

/// Returns the mean of -(t ln q + (1 - t) ln(1 - q)), with q the prediction clamped to `LEAST` .. `MOST`.
pub(super) fn value(prediction: &[f32], target: &[f32]) -> f64 {
    -log_likelihood(prediction, target) / prediction.len() as f64
}

/// Adds `factor` times (q - t) / (q (1 - q)) / n, the derivative of [`value`], and returns
/// [`value`].
///
/// Where the prediction is clamped, this is the derivative at the bound, not 0. Multiplied by the slope of
/// the sigmoid that produced the prediction, it gives q - t, the derivative with respect to the logit, so
/// that a pixel that is confidently wrong is still corrected.
pub(super) fn add_gradient(
    prediction: &[f32],
    target: &[f32],
    factor: f64,
    out: &mut [f32],
) -> f64 {
    add_derivatives(prediction, target, factor / out.len() as f64, out);
    value(prediction, target)
}

wide! {
    fn log_likelihood(prediction: &[f32], target: &[f32]) -> f64 {
        sum_pairs(prediction, target, |p, t| {
            let (q, t) = (f64::from(p.clamp(LEAST, MOST)), f64::from(t));
            t * ln(q) + (1.0 - t) * ln(1.0 - q)
        })
    }

    fn add_derivatives(prediction: &[f32], target: &[f32], factor: f64, out: &mut [f32]) {
        for ((out, &p), &t) in out.iter_mut().zip(prediction).zip(target) {
            let (q, t) = (f64::from(p.clamp(LEAST, MOST)), f64::from(t));
            *out += (factor * (q - t) / (q * (1.0 - q))) as f32;
        }
    }
}

/// Returns the natural logarithm of a positive, normal number; NaN stays NaN. Unlike the standard library's,
/// it is vectorized and does not depend on the machine's C library.
///
/// x = 2^k m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ..)
/// with s = (m - 1) / (m + 1). As s^2 < 0.0295, truncating the series after s^19 leaves an error below 1e-16.
#[allow(clippy::inline_always)] // to be compiled with its caller's target features
#[inline(always)]
fn ln(x: f64) -> f64 {
    const ONE: u64 = 1_f64.to_bits();
    const LOWER: u64 = FRAC_1_SQRT_2.to_bits();
    /// 2^52: the low bits of 2^52 + i are those of the integer i.
    const SHIFT: f64 = 4_503_599_627_370_496.0;
    // The exponent field holds k + 1023.
    let biased = x.to_bits().wrapping_sub(LOWER).wrapping_add(ONE) >> 52;
    let k = f64::from_bits(SHIFT.to_bits() | biased) - (SHIFT + 1023.0);
    let m = f64::from_bits(x.to_bits().wrapping_sub(biased << 52).wrapping_add(ONE));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut series = 0.0;
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = series * z + 1.0 / odd;
    }
    // The bit manipulation has turned NaN into a number; `0 * x` makes it NaN again.
    k * LN_2 + 2.0 * (s + s * (z * series)) + 0.0 * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_agrees_with_the_standard_library() {
        let mut x = 1e-8;
        while x < 2.0 {
            let (ours, theirs) = (ln(x), f64::ln(x));
            assert!((ours - theirs).abs() <= 4e-16 * theirs.abs().max(0.5), "{x}: {ours}");
            x *= 1.000_37;
        }
        assert_eq!(ln(1.0).to_bits(), 0.0_f64.to_bits());
        assert!(ln(f64::NAN).is_nan());
    }
}
