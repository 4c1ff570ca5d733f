//! Tests of layers, over random geometries.

use super::{Opened, assert_close, cases, doubles, kit, numbers, on_every_device, values};
use crate::{
    arch::{ConvShape, Size},
    device::{
        passes::{self, Weights},
        taps::Taps,
        tensor::{Kit, Matrix, SendDevice},
    },
    ops::reference,
};
use proptest::prelude::*;
use std::cell::RefCell;

on_every_device!(
    convolutions_agree_with_the_reference,
    transposed_convolutions_agree_with_the_reference,
    dense_layers_agree_with_the_reference,
);

/// The error bound for a sum of some hundred products of numbers below 1.
const TOLERANCE: f64 = 2e-5;

/// A random "same" convolution of a few pixels, and a batch size. With large kernels, more windows contribute
/// to a pixel than are added at a time.
fn geometry() -> impl Strategy<Value = (ConvShape, usize)> {
    let kernel = prop_oneof![8 => 1..6_usize, 1 => 12..15_usize];
    (1..14_usize, 1..14_usize, 1..5_usize, 1..5_usize, kernel, 1..4_usize, 1..4_usize).prop_map(
        |(height, width, large, small, kernel, stride, batch)| {
            (ConvShape::same(Size::new(height, width, large), small, kernel, stride), batch)
        },
    )
}

/// Random weights on the device, and their values.
fn weights<D: SendDevice>(
    kit: &Kit<D>,
    rows: usize,
    columns: usize,
    bias: usize,
) -> (Weights<D>, Vec<f32>, Vec<f32>) {
    let (kernel, bias) = (numbers(rows * columns, 1), numbers(bias, 2));
    let weights = Weights {
        kernel: kit.matrix(kernel.clone(), rows, columns).unwrap(),
        bias: kit.matrix(bias.clone(), 1, bias.len()).unwrap(),
    };
    (weights, kernel, bias)
}

fn convolutions_agree_with_the_reference<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    proptest!(cases(64), |((shape, batch) in geometry())| {
        let kit = &mut *kit.borrow_mut();
        let (large, small) = (shape.large(), shape.small());
        let taps = Taps::new(kit, &shape, batch).unwrap();
        let (w, kernel, bias) =
            weights(kit, shape.taps() * large.channels, small.channels, small.channels);
        let x = numbers(batch * large.len(), 3);
        let g = numbers(batch * small.len(), 4);
        let matrix = |kit: &Kit<D>, values: &[f32], channels: usize| {
            kit.matrix(values.to_vec(), values.len() / channels, channels).unwrap()
        };
        let (z, windows) = passes::conv(kit, &taps, matrix(kit, &x, large.channels), &w).unwrap();
        let [x, kernel, bias, gz] = [&x, &kernel, &bias, &g].map(|values| doubles(values));
        let expected = reference::conv(&shape, batch, &x, &kernel, &bias);
        assert_close(&values(&z), &expected, TOLERANCE, "output");

        let gz_matrix = matrix(kit, &g, small.channels);
        let (gradients, gx) =
            passes::conv_backward(kit, &taps, batch, &windows, &w, gz_matrix, true).unwrap();
        let none = vec![0.0; large.channels];
        let expected = [
            reference::kernel_gradient(&shape, batch, &x, &gz),
            reference::bias_gradient(&gz, small.channels),
            reference::conv_transpose(&shape, batch, &gz, &kernel, &none),
        ];
        assert_gradients(&gradients, gx, &expected);
    });
}

/// Compares the gradients of kernel, bias and input with the expected ones.
fn assert_gradients<D: SendDevice>(
    gradients: &Weights<D>,
    gx: Option<Matrix<D>>,
    [kernel, bias, input]: &[Vec<f64>; 3],
) {
    assert_close(&values(&gradients.kernel), kernel, TOLERANCE, "kernel gradient");
    assert_close(&values(&gradients.bias), bias, TOLERANCE, "bias gradient");
    let gx = gx.expect("an input gradient");
    assert_close(&values(&gx), input, TOLERANCE, "input gradient");
}

fn transposed_convolutions_agree_with_the_reference<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    proptest!(cases(64), |((shape, batch) in geometry())| {
        let kit = &mut *kit.borrow_mut();
        let (large, small) = (shape.large(), shape.small());
        let taps = Taps::new(kit, &shape, batch).unwrap();
        let (w, kernel, bias) =
            weights(kit, shape.taps() * large.channels, small.channels, large.channels);
        let x = numbers(batch * small.len(), 3);
        let g = numbers(batch * large.len(), 4);
        let pixels = |values: &[f32], channels: usize| {
            kit.matrix(values.to_vec(), values.len() / channels, channels).unwrap()
        };
        let (x_matrix, gz_matrix) = (pixels(&x, small.channels), pixels(&g, large.channels));
        let z = passes::conv_transpose(kit, &taps, x_matrix.clone(), &w).unwrap();
        let [x, kernel, bias, gz] = [&x, &kernel, &bias, &g].map(|values| doubles(values));
        let expected = reference::conv_transpose(&shape, batch, &x, &kernel, &bias);
        assert_close(&values(&z), &expected, TOLERANCE, "output");

        let (gradients, gx) = passes::conv_transpose_backward(
            kit, &taps, batch, &x_matrix, &w, gz_matrix, true,
        ).unwrap();
        let none = vec![0.0; small.channels];
        let expected = [
            reference::kernel_gradient(&shape, batch, &gz, &x),
            reference::bias_gradient(&gz, large.channels),
            reference::conv(&shape, batch, &gz, &kernel, &none),
        ];
        assert_gradients(&gradients, gx, &expected);
    });
}

fn dense_layers_agree_with_the_reference<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    proptest!(cases(32), |(inputs in 1..40_usize, outputs in 1..40_usize, batch in 1..9_usize)| {
        let kit = &mut *kit.borrow_mut();
        let (w, kernel, bias) = weights(kit, inputs, outputs, outputs);
        let (x, g) = (numbers(batch * inputs, 3), numbers(batch * outputs, 4));
        let x_matrix = kit.matrix(x.clone(), batch, inputs).unwrap();
        let gz_matrix = kit.matrix(g.clone(), batch, outputs).unwrap();
        let z = passes::dense(&x_matrix, &w).unwrap();
        let [x, kernel, bias, gz] = [&x, &kernel, &bias, &g].map(|values| doubles(values));
        let expected = reference::dense(inputs, &x, &kernel, &bias);
        assert_close(&values(&z), &expected, TOLERANCE, "output");

        let (gradients, gx) =
            passes::dense_backward(kit, &x_matrix, &w, &gz_matrix, true).unwrap();
        // gk = x^T gz and gx = gz k^T, as dense layers over transposed matrices.
        let expected = [
            reference::dense(batch, &flipped(&x, inputs), &gz, &vec![0.0; outputs]),
            reference::bias_gradient(&gz, outputs),
            reference::dense(outputs, &gz, &flipped(&kernel, outputs), &vec![0.0; inputs]),
        ];
        assert_gradients(&gradients, gx, &expected);
    });
}

/// The transpose of a matrix with this many columns.
fn flipped(matrix: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|column| matrix.iter().copied().skip(column).step_by(columns)).collect()
}
