//! Elementwise activations that propagate NaN, unlike dfdx's own `relu` and `clamp`.

use super::tensor::{DeviceResult, Kit, Matrix, SendDevice, complement, times};
use crate::{
    arch::Activation,
    ops::activation::{ABOVE_ZERO, BELOW_ONE, LEAKY_SLOPE},
};
use dfdx::{
    prelude::*,
    tensor_ops::{ChooseFrom, TryAdd, TryDiv, TryMul},
};

/// 1 / sqrt(2 pi).
const DENSITY: f32 = 0.398_942_3;

/// Applies the activation to every value.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn forward<D: SendDevice>(
    kit: &Kit<D>,
    activation: Activation,
    z: Matrix<D>,
) -> DeviceResult<Matrix<D>, D> {
    match activation {
        Activation::Linear => Ok(z),
        Activation::Relu => {
            let below = z.try_lt(0.0)?;
            let zeros = kit.everywhere(0.0, &z)?;
            below.try_choose(zeros, z)
        }
        Activation::LeakyRelu => {
            let above = z.try_gt(0.0)?;
            above.try_choose(z.clone(), z.try_mul(LEAKY_SLOPE)?)
        }
        Activation::Elu => {
            let above = z.try_gt(0.0)?;
            above.try_choose(z.clone(), z.try_exp()?.try_sub(1.0)?)
        }
        Activation::Gelu => z.try_accurate_gelu(),
        Activation::Silu => times(z.clone().try_sigmoid()?, z),
        Activation::Tanh => z.try_tanh(),
        Activation::Sigmoid => {
            let y = z.try_sigmoid()?;
            let y = y.try_lt(ABOVE_ZERO)?.try_choose(kit.everywhere(ABOVE_ZERO, &y)?, y)?;
            y.try_gt(BELOW_ONE)?.try_choose(kit.everywhere(BELOW_ONE, &y)?, y)
        }
    }
}

/// Turns the gradient `g` with respect to the activation's output into the one with respect to its input.
/// `saved` is the value that [`saved`](crate::ops::activation::saved) asks for: the output, or for some the
/// input.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn backward<D: SendDevice>(
    kit: &Kit<D>,
    activation: Activation,
    saved: Matrix<D>,
    g: Matrix<D>,
) -> DeviceResult<Matrix<D>, D> {
    match activation {
        Activation::Linear => Ok(g),
        Activation::Relu => kit.keep(saved.try_gt(0.0)?, g),
        Activation::LeakyRelu => {
            let above = saved.try_gt(0.0)?;
            above.try_choose(g.clone(), g.try_mul(LEAKY_SLOPE)?)
        }
        Activation::Elu => {
            let above = saved.try_gt(0.0)?;
            above.try_choose(g.clone(), times(saved.try_add(1.0)?, g)?)
        }
        Activation::Gelu => {
            // Phi(z) + z phi(z)
            let density = saved.clone().try_square()?.try_mul(-0.5)?.try_exp()?.try_mul(DENSITY)?;
            let slope = normal_distribution(&saved)?.try_add(times(density, saved)?)?;
            times(slope, g)
        }
        Activation::Silu => {
            // s (1 + z (1 - s))
            let s = saved.clone().try_sigmoid()?;
            let slope = times(times(complement(s.clone())?, saved)?.try_add(1.0)?, s)?;
            times(slope, g)
        }
        Activation::Tanh => times(complement(saved.try_square()?)?, g),
        Activation::Sigmoid => times(times(complement(saved.clone())?, saved)?, g),
    }
}

/// Computes the normal distribution function Phi(z). dfdx only has z Phi(z): away from 0, this is divided by
/// z; near 0, a Taylor series is used, whose first omitted term, of degree 9, is below 1e-9.
fn normal_distribution<D: SendDevice>(z: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let near = z.clone().try_abs()?.try_lt(0.25)?;
    let away = z.clone().try_accurate_gelu()?.try_div(z.clone())?;
    // z - z^3/6 + z^5/40 - z^7/336, by Horner's method.
    let square = z.clone().try_square()?;
    let mut series = square.clone().try_mul(-1.0 / 336.0)?.try_add(1.0 / 40.0)?;
    series = times(series, square.clone())?.try_add(-1.0 / 6.0)?;
    series = times(series, square)?.try_add(1.0)?;
    let around = times(series, z.clone())?.try_mul(DENSITY)?.try_add(0.5)?;
    near.try_choose(around, away)
}
