//! Elementary functions that give the same bits on every machine.
//!
//! `f32::ln`, `sin` and `cos` call the system's math library, whose results differ in the last bit
//! between systems, and so would synthetic images and noise. These functions use only operations that
//! IEEE 754 rounds exactly, and have no branches, so they can be vectorized.

use std::f32::consts::{FRAC_PI_2, LN_2};

/// Returns the natural logarithm of a positive, normal number, accurate to a few units in the last place.
///
/// `x = 2^e (1 + f)` with `1 + f` between `sqrt(1/2)` and `sqrt(2)`; then
/// `ln(1 + f) = 2 artanh(s)` with `s = f / (2 + f)`, by its power series.
#[inline]
pub fn ln(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    let offset = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent = offset.cast_signed() >> 23;
    let mantissa = f32::from_bits((offset & 0x007f_ffff).wrapping_add(SQRT_HALF_BITS));
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
    exponent as f32 * LN_2 + 2.0 * (s + s * series)
}

/// Returns sine and cosine of an angle between -pi/4 and pi/4, by their power series.
#[inline]
pub fn sin_cos_octant(x: f32) -> (f32, f32) {
    let z = x * x;
    let sin = z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5_040.0 + z * (1.0 / 362_880.0))));
    let cos = z * (-1.0 / 2.0 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40_320.0))));
    (x + x * sin, 1.0 + cos)
}

/// Returns sine and cosine of an angle in radians of moderate size.
#[inline]
pub fn sin_cos(x: f32) -> (f32, f32) {
    let quarters = (x * (1.0 / FRAC_PI_2)).round();
    let (sin, cos) = sin_cos_octant(x - quarters * FRAC_PI_2);
    match quarters as i32 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::{FRAC_PI_4, PI};

    #[test]
    fn the_logarithm_agrees_with_double_precision() {
        for step in 1..200_000 {
            let x = step as f32 * 1e-4;
            let exact = f64::from(x).ln();
            assert!((f64::from(ln(x)) - exact).abs() < 3e-7 * exact.abs().max(1.0), "ln({x})");
        }
        assert!((ln(2.0_f32.powi(-25)) + 25.0 * LN_2).abs() < 1e-5);
    }

    #[test]
    fn sine_and_cosine_agree_with_double_precision() {
        for step in -10_000..=10_000 {
            let octant = step as f32 * 1e-4 * FRAC_PI_4;
            let wide = step as f32 * 1e-4 * 4.0 * PI;
            for (x, (sin, cos)) in [(octant, sin_cos_octant(octant)), (wide, sin_cos(wide))] {
                assert!((f64::from(sin) - f64::from(x).sin()).abs() < 2e-6, "sin({x})");
                assert!((f64::from(cos) - f64::from(x).cos()).abs() < 2e-6, "cos({x})");
            }
        }
    }
}
