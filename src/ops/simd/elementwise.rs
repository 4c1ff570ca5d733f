//! Elementwise loops, which the compiler vectorizes at the width of the entry point's instruction set.

use super::math::{
    ABOVE_ZERO, BELOW_ONE, LEAKY_SLOPE, exp_minus_one, gelu, gelu_slope, sigmoid, silu, silu_slope,
    tanh,
};
use super::{Simd, entry_points};
use crate::arch::Activation;
use crate::ops::Family;

/// Applies an activation in place.
pub(in crate::ops) struct Apply {
    pub activation: Activation,
}

/// Multiplies gradients in place by the activation's derivative.
pub(in crate::ops) struct Slope<'a> {
    pub activation: Activation,
    /// The activation's output, or its input if the derivative needs that.
    pub saved: &'a [f32],
}

impl Apply {
    #[allow(clippy::unused_self, reason = "every job has a check; this one has nothing to check")]
    fn check(&self, _: Family, _: usize) {}
}

impl Slope<'_> {
    fn check(&self, _: Family, out: usize) {
        assert_eq!(self.saved.len(), out, "a saved value per gradient");
    }
}

entry_points! {
    /// Applies the activation to every value.
    apply, Apply, apply_kernel
}

entry_points! {
    /// Turns gradients with respect to outputs into gradients with respect to inputs.
    slope, Slope<'_>, slope_kernel
}

/// A loop over all values; a closure might be compiled without the entry point's instructions.
macro_rules! each {
    ($values:expr, $x:ident => $result:expr) => {
        for value in $values.iter_mut() {
            let $x = *value;
            *value = $result;
        }
    };
    ($values:expr, $saved:expr, $g:ident, $s:ident => $result:expr) => {
        for (value, saved) in $values.iter_mut().zip($saved) {
            let ($g, $s) = (*value, *saved);
            *value = $result;
        }
    };
}

/// # Safety
///
/// None needed: the signature is that of all kernels.
#[inline(always)]
unsafe fn apply_kernel<S: Simd>(_: S, job: &Apply, out: &mut [f32]) {
    if S::FUSED {
        apply_to::<true>(job.activation, out);
    } else {
        apply_to::<false>(job.activation, out);
    }
}

#[inline(always)]
fn apply_to<const FUSED: bool>(activation: Activation, out: &mut [f32]) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => each!(out, x => if x < 0.0 { 0.0 } else { x }),
        Activation::LeakyRelu => each!(out, x => if x < 0.0 { LEAKY_SLOPE * x } else { x }),
        Activation::Elu => each!(out, x => if x > 0.0 { x } else { exp_minus_one::<FUSED>(x) }),
        Activation::Gelu => each!(out, x => gelu::<FUSED>(x)),
        Activation::Silu => each!(out, x => silu::<FUSED>(x)),
        Activation::Tanh => each!(out, x => tanh::<FUSED>(x)),
        Activation::Sigmoid => each!(out, x => {
            let y = sigmoid::<FUSED>(x);
            // Written so that NaN passes through.
            let y = if y < ABOVE_ZERO { ABOVE_ZERO } else { y };
            if y > BELOW_ONE { BELOW_ONE } else { y }
        }),
    }
}

/// # Safety
///
/// None needed: the signature is that of all kernels.
#[inline(always)]
unsafe fn slope_kernel<S: Simd>(_: S, job: &Slope<'_>, out: &mut [f32]) {
    if S::FUSED {
        slope_to::<true>(job.activation, job.saved, out);
    } else {
        slope_to::<false>(job.activation, job.saved, out);
    }
}

#[inline(always)]
fn slope_to<const FUSED: bool>(activation: Activation, saved: &[f32], out: &mut [f32]) {
    match activation {
        Activation::Linear => {}
        // NaN in `saved` must reach the gradient, hence not `y > 0`.
        Activation::Relu => each!(out, saved, g, y => if y <= 0.0 { 0.0 } else { g }),
        Activation::LeakyRelu => {
            each!(out, saved, g, y => if y <= 0.0 { LEAKY_SLOPE * g } else { g });
        }
        Activation::Elu => each!(out, saved, g, y => if y > 0.0 { g } else { g * (y + 1.0) }),
        Activation::Gelu => each!(out, saved, g, z => g * gelu_slope::<FUSED>(z)),
        Activation::Silu => each!(out, saved, g, z => g * silu_slope::<FUSED>(z)),
        Activation::Tanh => each!(out, saved, g, y => g * (1.0 - y * y)),
        Activation::Sigmoid => each!(out, saved, g, y => g * (y * (1.0 - y))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::families;

    /// A change here changes every run, even in a training that never comes near a bound.
    #[test]
    fn bounds_do_not_change_a_bit_of_a_sigmoid_between_them() {
        // Down to the last value before the lower bound, and up to saturation.
        let x: Vec<f32> =
            (0..=200_000).map(|i| (-69.0 + f64::from(i) * 85e-5 / 2.0) as f32).collect();
        for family in families() {
            let unbounded = match family {
                Family::Portable => sigmoid::<false>,
                Family::Avx2 | Family::Avx512 => sigmoid::<true>,
            };
            let mut y = x.clone();
            apply(family, &Apply { activation: Activation::Sigmoid }, &mut y);
            for (x, y) in x.iter().zip(y) {
                assert_eq!(y.to_bits(), unbounded(*x).to_bits(), "{family} sigmoid({x})");
            }
        }
    }
}
