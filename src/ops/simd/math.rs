//! Branch-free exponentials, so that loops over them vectorize.
//!
//! The polynomials are interpolations at Chebyshev nodes, computed to 40 digits for this file; their
//! own errors are below a tenth of `f32`'s rounding. `FUSED` says whether the instruction set has a
//! fused multiply-add. Every function maps NaN to NaN.

// The constants keep the digits that were computed.
#![allow(clippy::excessive_precision)]

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

/// The slope of a leaky rectifier below 0: the default of Keras's `LeakyReLU` layer.
pub(crate) const LEAKY_SLOPE: f32 = 0.3;
/// The largest `f32` below 1, `1 - 2^-24`. Sigmoids are capped here: one that rounds to 1 has zero gradient,
/// so a wrong output could never be corrected.
pub(crate) const BELOW_ONE: f32 = 1.0 - f32::EPSILON / 2.0;
/// The lower bound of sigmoids, for the same reason: reached at -69, long before one rounds to 0. Cross-entropy,
/// which has no finite gradient at 0, clamps predictions here too.
pub(crate) const ABOVE_ZERO: f32 = 1e-30;

#[inline(always)]
fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// `coefficients[0] + coefficients[1] * x + ...`
#[inline(always)]
fn polynomial<const FUSED: bool, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut i = N - 1;
    while i > 0 {
        i -= 1;
        sum = mul_add::<FUSED>(sum, x, coefficients[i]);
    }
    sum
}

/// `(exp(r) - 1 - r) / r^2` for `|r| <= ln(2) / 2`.
#[inline(always)]
fn exp_tail<const FUSED: bool>(r: f32) -> f32 {
    const TAIL: [f32; 5] =
        [0.5, 0.166_665_763_056, 0.041_666_553_762_6, 0.008_363_292_753_03, 0.001_392_632_561_81];
    polynomial::<FUSED, 5>(r, TAIL)
}

/// `exp(x)`: `2^n exp(r)` with `x = n ln 2 + r`.
#[inline(always)]
pub(super) fn exp<const FUSED: bool>(x: f32) -> f32 {
    /// Adding it to a small number leaves the nearest integer in the low mantissa bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; the first has few enough bits that multiplying it by `n` is exact.
    const LN2_HIGH: f32 = 0.693_145_751_953_125;
    const LN2_LOW: f32 = 1.428_606_820_309_42e-6;
    // Beyond these bounds the result is 0 or infinite anyway. Written so that NaN passes through.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let rounded = mul_add::<FUSED>(x, LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = mul_add::<FUSED>(n, -LN2_LOW, mul_add::<FUSED>(n, -LN2_HIGH, x));
    let power = rounded.to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
    // Scaled in two steps, because 2^n overflows before exp does and `power_of_two` has no subnormals.
    let half = power >> 1;
    let value = 1.0 + mul_add::<FUSED>(r * r, exp_tail::<FUSED>(r), r);
    value * power_of_two(half) * power_of_two(power.wrapping_sub(half))
}

/// `2^n` for `-126 <= n <= 127`.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127).cast_unsigned()) << 23)
}

/// `exp(x) - 1` for `x <= 0`, also precise near 0.
#[inline(always)]
pub(super) fn exp_minus_one<const FUSED: bool>(x: f32) -> f32 {
    // Outside its range, `near` is meaningless but not selected.
    let near = mul_add::<FUSED>(x * x, exp_tail::<FUSED>(x), x);
    let far = exp::<FUSED>(x) - 1.0;
    if x > -0.34 { near } else { far }
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(super) fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FUSED>(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh<const FUSED: bool>(x: f32) -> f32 {
    /// `(tanh(x) / x - 1) / x^2` in powers of `x^2`, for `|x| <= 0.625`.
    const NEAR: [f32; 5] = [
        -0.333_333_289_441,
        0.133_327_697_37,
        -0.053_850_909_578_5,
        0.020_997_178_999_1,
        -0.006_096_714_165_91,
    ];
    let square = x * x;
    let near = mul_add::<FUSED>(x * square, polynomial::<FUSED, 5>(square, NEAR), x);
    let far = 1.0 - 2.0 / (1.0 + exp::<FUSED>(2.0 * x.abs()));
    if x.abs() <= 0.625 { near } else { far.copysign(x) }
}

/// The standard normal distribution function `Phi(x)` and density at `x`.
#[inline(always)]
fn normal<const FUSED: bool>(x: f32) -> (f32, f32) {
    /// `Phi(-x) exp(x^2 / 2) / t` in powers of `t = 1 / (1 + 0.35 x)`, for `0 <= x <= 14`.
    const TAIL: [f32; 9] = [
        0.139_618_712_561,
        0.139_912_298_125,
        0.119_444_916_846,
        0.107_114_587_597,
        -0.027_046_608_267_1,
        0.165_050_995_857,
        -0.260_961_228_295,
        0.146_545_830_293,
        -0.029_679_522_004_5,
    ];
    /// `1 / sqrt(2 pi)`.
    const DENSITY: f32 = 0.398_942_280_401;
    let t = 1.0 / (1.0 + 0.35 * x.abs());
    let bell = exp::<FUSED>(-(x * FRAC_1_SQRT_2) * (x * FRAC_1_SQRT_2));
    let below = bell * t * polynomial::<FUSED, 9>(t, TAIL);
    (if x > 0.0 { 1.0 - below } else { below }, DENSITY * bell)
}

/// `x Phi(x)`; an infinite `x` gives infinity or 0.
#[inline(always)]
pub(super) fn gelu<const FUSED: bool>(x: f32) -> f32 {
    let x = if x < -20.0 { -20.0 } else { x };
    x * normal::<FUSED>(x).0
}

/// The derivative of [`gelu`] at `x`: `Phi(x) + x phi(x)`.
#[inline(always)]
pub(super) fn gelu_slope<const FUSED: bool>(x: f32) -> f32 {
    // Further out the derivative is exactly 0 or 1 in `f32`.
    let x = if x < -20.0 { -20.0 } else { x };
    let x = if x > 20.0 { 20.0 } else { x };
    let (below, density) = normal::<FUSED>(x);
    mul_add::<FUSED>(x, density, below)
}

/// `x sigmoid(x)`; an infinite `x` gives infinity or 0.
#[inline(always)]
pub(super) fn silu<const FUSED: bool>(x: f32) -> f32 {
    // Without a bound -infinity would give NaN; -128 already gives 0.
    let x = if x < -128.0 { -128.0 } else { x };
    x * sigmoid::<FUSED>(x)
}

/// The derivative of [`silu`] at `x`: `s + x s (1 - s)` with `s = sigmoid(x)`.
#[inline(always)]
pub(super) fn silu_slope<const FUSED: bool>(x: f32) -> f32 {
    let x = if x < -128.0 { -128.0 } else { x };
    let x = if x > 128.0 { 128.0 } else { x };
    // Both s and 1 - s come from the same exponential: subtracting would lose digits.
    let e = exp::<FUSED>(-x.abs());
    let larger = 1.0 / (1.0 + e);
    let smaller = e * larger;
    let s = if x > 0.0 { larger } else { smaller };
    mul_add::<FUSED>(x * larger, smaller, s)
}
