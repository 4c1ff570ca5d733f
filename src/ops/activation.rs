//! Activation functions and their derivatives, applied to whole slices in place.

use super::Family;
use super::simd::elementwise::{Apply, Slope, apply, slope};
use super::simd::gather::Epilogue;
pub(crate) use super::simd::math::{ABOVE_ZERO, BELOW_ONE, LEAKY_SLOPE};
use crate::arch::Activation;

/// The value of the forward pass that [`backward`] needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The activation's output: the layer's `forward` may apply the activation itself.
    Output,
    /// The activation's input: run the layer with [`Activation::Linear`], save a copy, then call
    /// [`forward`].
    PreActivation,
}

/// Returns which value [`backward`] needs for this activation.
pub const fn saved(activation: Activation) -> Saved {
    match activation {
        Activation::Gelu | Activation::Silu => Saved::PreActivation,
        Activation::Linear
        | Activation::Relu
        | Activation::LeakyRelu
        | Activation::Elu
        | Activation::Tanh
        | Activation::Sigmoid => Saved::Output,
    }
}

/// Replaces every `z` by its activation, accurate to a few ulps.
pub fn forward(family: Family, activation: Activation, z: &mut [f32]) {
    if activation != Activation::Linear {
        apply(family, &Apply { activation }, z);
    }
}

/// Turns `g`, the gradient with respect to the activation's output, into the gradient with respect to
/// its input. `saved` holds the values that [`saved()`] asks for. At 0, the piecewise linear activations
/// have the slope of the negative side.
///
/// # Panics
///
/// When `saved` and `g` differ in length.
pub fn backward(family: Family, activation: Activation, saved: &[f32], g: &mut [f32]) {
    if activation != Activation::Linear {
        slope(family, &Slope { activation, saved }, g);
    }
}

/// Splits an activation into the epilogue that the gather kernel applies and what remains afterwards.
pub(super) const fn split(activation: Activation) -> (Epilogue<'static>, Activation) {
    match activation {
        Activation::Relu => (Epilogue::Relu, Activation::Linear),
        Activation::LeakyRelu => (Epilogue::Leaky(LEAKY_SLOPE), Activation::Linear),
        other => (Epilogue::Linear, other),
    }
}

/// The activation that produced a layer's input; the input gradient is backpropagated through it too.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// [`Activation::Linear`] if there is none.
    pub activation: Activation,
    /// The values that [`saved()`] asks for, one per input; empty for a linear activation.
    pub saved: &'a [f32],
}

impl<'a> Before<'a> {
    /// No activation: the gradient is unchanged.
    pub const LINEAR: Self = Self { activation: Activation::Linear, saved: &[] };

    /// Splits [`Self::backward`] into the epilogue that a gather kernel with weights in `columns` applies
    /// and what remains afterwards.
    pub(super) const fn split(self, columns: bool) -> (Epilogue<'a>, Self) {
        match self.activation {
            Activation::Relu if columns => (Epilogue::Slope(0.0, self.saved), Self::LINEAR),
            Activation::LeakyRelu if columns => {
                (Epilogue::Slope(LEAKY_SLOPE, self.saved), Self::LINEAR)
            }
            _ => (Epilogue::Linear, self),
        }
    }

    /// Applies [`backward`] to the gradient with respect to the layer's input.
    ///
    /// # Panics
    ///
    /// When the saved values and `gx` differ in length.
    pub fn backward(self, family: Family, gx: &mut [f32]) {
        backward(family, self.activation, self.saved, gx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{reference, tests::families};

    /// Magnitudes from 1e-30 to 80 with both signs, and 0.
    fn arguments() -> Vec<f32> {
        let magnitudes = (0..4000).map(|i| 80.0 * (-0.0185 * i as f32).exp());
        magnitudes.flat_map(|x| [x, -x]).chain([0.0]).collect()
    }

    /// Distance in ulps of `want`.
    fn ulps(got: f32, want: f64) -> f64 {
        let unit = f64::from(f32::EPSILON) * 2.0_f64.powi(want.abs().log2().floor() as i32);
        (f64::from(got) - want).abs()
            / unit.max(f64::from(f32::MIN_POSITIVE) * f64::from(f32::EPSILON))
    }

    #[test]
    fn activations_are_within_a_few_ulps_of_the_reference() {
        for family in families() {
            for activation in Activation::ALL {
                let mut y = arguments();
                forward(family, activation, &mut y);
                for (x, y) in arguments().into_iter().zip(y) {
                    let want = reference::activation(activation, f64::from(x));
                    // Rounding x^2 / 2 moves the tail of the Gaussian by that many ulps.
                    let far = if x < 0.0 { x * x } else { 0.0 };
                    let gelu = activation == Activation::Gelu;
                    let allowed = if gelu { 6.0 + f64::from(far.min(200.0)) } else { 4.0 };
                    let error = ulps(y, want);
                    assert!(
                        error <= allowed,
                        "{family} {activation:?}({x}) is {y}, not {want}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn slopes_agree_with_finite_differences_of_the_reference() {
        for family in families() {
            for activation in Activation::ALL {
                // At 0 the ReLUs have no derivative to compare with.
                let x: Vec<f32> = (-800..800).map(|i| (i as f32 + 0.5) / 100.0).collect();
                let mut y = x.clone();
                if saved(activation) == Saved::Output {
                    forward(family, activation, &mut y);
                }
                let mut g = vec![2.0; x.len()];
                backward(family, activation, &y, &mut g);
                for (x, g) in x.into_iter().zip(g) {
                    let want = 2.0 * reference::slope(activation, f64::from(x));
                    let error = (f64::from(g) - want).abs();
                    assert!(error <= 1e-6, "{family} {activation:?}'({x}) is {g}, not {want}");
                }
            }
        }
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "limits are reached exactly")]
    fn infinities_map_to_the_limits_and_nan_propagates() {
        for family in families() {
            for activation in Activation::ALL {
                // Long enough for the vector loop as well as its remainder.
                for (x, high) in [(f32::INFINITY, true), (f32::NEG_INFINITY, false), (1e30, true)] {
                    let mut y = [x; 37];
                    forward(family, activation, &mut y);
                    let want = match (activation, high) {
                        (Activation::Sigmoid, true) => BELOW_ONE,
                        (Activation::Sigmoid, false) => ABOVE_ZERO,
                        (Activation::Tanh, true) => 1.0,
                        (Activation::Elu | Activation::Tanh, false) => -1.0,
                        (Activation::Linear | Activation::LeakyRelu, false) | (_, true) => x,
                        (_, false) => 0.0,
                    };
                    assert!(
                        y.iter().all(|&y| y == want),
                        "{family} {activation:?}({x}) is {}",
                        y[0]
                    );
                }
                let mut y = [f32::NAN; 37];
                forward(family, activation, &mut y);
                assert!(y.iter().all(|y| y.is_nan()), "{family} {activation:?}(NaN) is {}", y[0]);
                let mut g = [1.0; 37];
                backward(family, activation, &[f32::NAN; 37], &mut g);
                let flat = activation == Activation::Linear;
                let piecewise = matches!(activation, Activation::Relu | Activation::LeakyRelu);
                assert!(
                    flat || piecewise || g.iter().all(|g| g.is_nan()),
                    "{family} {activation:?}'"
                );
            }
        }
    }

    #[test]
    fn a_value_gives_the_same_bits_at_any_position() {
        let x: Vec<f32> = (0..67).map(|i| (i as f32 - 33.0) / 7.0).collect();
        for family in families() {
            for activation in Activation::ALL {
                let mut together = x.clone();
                forward(family, activation, &mut together);
                for (x, y) in x.iter().zip(together) {
                    let mut alone = [*x];
                    forward(family, activation, &mut alone);
                    assert_eq!(alone[0].to_bits(), y.to_bits(), "{family} {activation:?}({x})");
                }
            }
        }
    }
}
