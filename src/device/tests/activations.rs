//! Tests of activations.

use super::{Opened, assert_close, kit, numbers, on_every_device, values};
use crate::{
    arch::Activation,
    device::{activation, tensor::SendDevice},
    ops::{
        activation::{ABOVE_ZERO, BELOW_ONE, Saved, saved},
        reference,
    },
};

on_every_device!(
    activations_agree_with_the_reference,
    no_activation_loses_nan,
    sigmoids_have_the_bounds_of_the_host,
);

fn activations_agree_with_the_reference<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = kit(open());
    // Off the kinks, where the reference averages the slopes of both sides; around 0, and out to saturation.
    let inputs: Vec<f32> = (-240..240_i16)
        .map(|i| (f32::from(i) + 0.37) / 20.0)
        .chain([1e-6, -1e-6, 40.0, -40.0])
        .collect();
    let g = numbers(inputs.len(), 1);
    for function in Activation::ALL {
        let z = kit.matrix(inputs.clone(), 1, inputs.len()).unwrap();
        let y = activation::forward(&kit, function, z.clone()).unwrap();
        let expected: Vec<f64> =
            inputs.iter().map(|&z| reference::activation(function, f64::from(z))).collect();
        assert_close(&values(&y), &expected, 1e-6, function.name());
        let value = if saved(function) == Saved::Output { y } else { z };
        let gy = kit.matrix(g.clone(), 1, g.len()).unwrap();
        let gz = activation::backward(&kit, function, value, gy).unwrap();
        let smooth = |&(z, _): &(&f32, &f32)| z.abs() > 1e-4;
        let expected: Vec<f64> = inputs
            .iter()
            .zip(&g)
            .filter(smooth)
            .map(|(&z, &g)| f64::from(g) * reference::slope(function, f64::from(z)))
            .collect();
        let ours: Vec<f32> =
            inputs.iter().zip(&values(&gz)).filter(smooth).map(|(_, &gz)| gz).collect();
        assert_close(&ours, &expected, 2e-6, function.name());
    }
}

fn no_activation_loses_nan<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = kit(open());
    for function in Activation::ALL {
        let z = kit.matrix(vec![1.0, f32::NAN], 1, 2).unwrap();
        let y = values(&activation::forward(&kit, function, z).unwrap());
        assert!(y[0].is_finite() && y[1].is_nan(), "{function:?}: {y:?}");
    }
}

fn sigmoids_have_the_bounds_of_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = kit(open());
    let z = kit.matrix(vec![-1e9, -90.0, -75.0, 1e9], 1, 4).unwrap();
    let y = values(&activation::forward(&kit, Activation::Sigmoid, z).unwrap());
    assert_eq!(y, [ABOVE_ZERO, ABOVE_ZERO, ABOVE_ZERO, BELOW_ONE]);
}
