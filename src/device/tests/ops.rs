//! Tests of layers, activations, losses and optimizers, over random geometries.

use super::{
    Opened, SATURATED, assert_close, doubles, kit, numbers, on_every_device, predictions, values,
};
use crate::{
    arch::{Activation, ConvShape, Size},
    device::{
        activation,
        loss::Loss,
        optimizer::Optimizer,
        passes::{self, Weights},
        taps::Taps,
        tensor::{Kit, Matrix, SendDevice},
    },
    ops::{
        activation::{ABOVE_ZERO, BELOW_ONE, Saved, saved},
        reference,
    },
    spec::{self, Clip, LossTerms, Optimizer as Spec},
    train::{
        loss::Loss as HostLoss,
        optimizer::{Optimizer as HostOptimizer, Tensor, slot_names},
    },
};
use proptest::prelude::*;
use smallvec::smallvec;
use std::cell::RefCell;

on_every_device!(
    convolutions_agree_with_the_reference,
    transposed_convolutions_agree_with_the_reference,
    dense_layers_agree_with_the_reference,
    activations_agree_with_the_reference,
    no_activation_loses_nan,
    sigmoids_have_the_bounds_of_the_host,
    losses_agree_with_the_host,
    no_loss_loses_nan,
    saturated_pixels_have_the_gradient_of_the_host,
    optimizers_agree_with_the_host,
    nan_survives_clipping,
);

/// The error bound for a sum of some hundred products of numbers below 1.
const TOLERANCE: f64 = 2e-5;

fn cases(count: u32) -> ProptestConfig {
    // Failures are not written to files next to the source; their seed reproduces them.
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

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
        let (z, seen) = passes::conv(kit, &taps, matrix(kit, &x, large.channels), &w).unwrap();
        let [x, kernel, bias, gz] = [&x, &kernel, &bias, &g].map(|values| doubles(values));
        let expected = reference::conv(&shape, batch, &x, &kernel, &bias);
        assert_close(&values(&z), &expected, TOLERANCE, "output");

        let gz_matrix = matrix(kit, &g, small.channels);
        let (gradients, gx) =
            passes::conv_backward(kit, &taps, batch, &seen, &w, gz_matrix, true).unwrap();
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
        let seen = if saved(function) == Saved::Output { y } else { z };
        let gy = kit.matrix(g.clone(), 1, g.len()).unwrap();
        let gz = activation::backward(&kit, function, seen, gy).unwrap();
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

const TERMS: [LossTerms; 4] = [LossTerms::Mse, LossTerms::Mae, LossTerms::Bce, LossTerms::Ssim];

fn losses_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    let mut losses: Vec<Vec<(LossTerms, f64)>> = TERMS.map(|term| vec![(term, 1.0)]).to_vec();
    losses.push(vec![(LossTerms::Mse, 0.8), (LossTerms::Ssim, 0.2)]);
    losses.push(TERMS.map(|term| (term, 0.5)).to_vec());
    let agree = |size: Size, batch: usize| {
        let kit = &mut *kit.borrow_mut();
        let target: Vec<f32> =
            numbers(batch * size.len(), 5).iter().map(|v| 0.5 + 0.5 * v).collect();
        for terms in &losses {
            let prediction = predictions(&target, terms);
            let spec = spec::Loss { weights: terms.iter().copied().collect() };
            let loss = Loss::new(kit, &spec, size).unwrap();
            let p = kit.matrix(prediction.clone(), batch, size.len()).unwrap();
            let t = kit.matrix(target.clone(), batch, size.len()).unwrap();
            let (sum, slopes) = loss.gradient(kit, &p, &t).unwrap();

            let host = HostLoss::new(&spec, size);
            let mut expected = vec![0.0; target.len()];
            let mut total = 0.0;
            for n in 0..batch {
                let picture = n * size.len()..(n + 1) * size.len();
                total += host.gradient(
                    &prediction[picture.clone()],
                    &target[picture.clone()],
                    1.0 / batch as f32,
                    &mut expected[picture],
                );
            }
            assert_close(&values(&sum), &[total], 1e-4, "loss");
            // Relative to the largest, or to a tenth of a value's weight in the mean: SSIM's moments suffer
            // from cancellation in f32.
            let least = 0.1 / expected.len() as f64;
            let largest = expected.iter().fold(least, |most, &v| most.max(f64::from(v.abs())));
            let scaled = |v: &f32| f64::from(*v) / largest;
            let ours: Vec<f32> = values(&slopes).iter().map(|v| scaled(v) as f32).collect();
            let expected: Vec<f64> = expected.iter().map(scaled).collect();
            let tolerance = if spec.weights.contains_key(&LossTerms::Ssim) { 2e-3 } else { 1e-5 };
            assert_close(&ours, &expected, tolerance, &format!("gradient of {terms:?}"));
        }
    };
    // A single window of a single pixel.
    agree(Size::new(1, 1, 1), 1);
    proptest!(cases(16), |(
        height in 1..20_usize, width in 1..20_usize, channels in 1..4_usize, batch in 1..4_usize,
    )| agree(Size::new(height, width, channels), batch));
}

fn no_loss_loses_nan<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let size = Size::new(4, 5, 1);
    for term in TERMS {
        let spec = spec::Loss { weights: [(term, 1.0)].into() };
        let loss = Loss::new(&kit, &spec, size).unwrap();
        let mut prediction = vec![0.5; 2 * size.len()];
        prediction[7] = f32::NAN;
        let p = kit.matrix(prediction, 2, size.len()).unwrap();
        let t = kit.matrix(vec![0.4; 2 * size.len()], 2, size.len()).unwrap();
        let (sum, _) = loss.gradient(&mut kit, &p, &t).unwrap();
        assert!(values(&sum)[0].is_nan(), "{term:?}");
    }
}

fn saturated_pixels_have_the_gradient_of_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let spec = spec::Loss { weights: [(LossTerms::Bce, 1.0)].into() };
    // One value at a time.
    for (p, t) in SATURATED {
        let size = Size::new(1, 1, 1);
        let loss = Loss::new(&kit, &spec, size).unwrap();
        let [prediction, target] = [p, t].map(|value| kit.matrix(vec![value], 1, 1).unwrap());
        let (sum, slopes) = loss.gradient(&mut kit, &prediction, &target).unwrap();
        let mut expected = [0.0];
        let total = HostLoss::new(&spec, size).gradient(&[p], &[t], 1.0, &mut expected);
        assert_close(&values(&sum), &[total], 1e-5, "loss");
        assert_close(&values(&slopes), &doubles(&expected), 1e-5, "slope");
    }
}

pub(super) fn optimizer_kinds() -> Vec<Spec> {
    let (learning_rate, beta1, beta2, epsilon) = (0.01, 0.9, 0.999, 1e-7);
    let mut kinds = vec![
        Spec::Adam { learning_rate, beta1, beta2, epsilon },
        Spec::Adamw { learning_rate, beta1, beta2, epsilon, weight_decay: 0.1 },
    ];
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
        kinds.push(Spec::Sgd { learning_rate, momentum, nesterov });
    }
    for momentum in [0.0, 0.5] {
        kinds.push(Spec::Rmsprop { learning_rate, rho: 0.9, momentum, epsilon });
    }
    kinds
}

fn optimizers_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let clips = [(None, None), (Some(0.7), None), (None, Some(0.4)), (Some(2.0), Some(0.5))];
    // A kernel, and a bias, which is exempt from weight decay.
    let (shapes, lengths) = ([(3, 5), (1, 5)], [15, 5]);
    for spec in optimizer_kinds() {
        for (norm, value) in clips {
            let clip = Clip { norm, value };
            let start = numbers(20, 1);
            let mut host = HostOptimizer::new(&spec, [(15, false), (5, true)]);
            let mut expected = start.clone();
            let matrices = |kit: &Kit<D>, values: &[f32]| -> Vec<_> {
                let (kernel, bias) = values.split_at(lengths[0]);
                [kernel, bias]
                    .into_iter()
                    .zip(shapes)
                    .map(|(values, (r, c))| kit.matrix(values.to_vec(), r, c).unwrap())
                    .collect()
            };
            let mut parameters = matrices(&kit, &start);
            let mut ours = Optimizer::new(&kit, &spec, &clip, &parameters, [false, true]).unwrap();
            for step in 0..4 {
                let mut gradient = numbers(20, 10 + step);
                let rate = 0.01 / (step + 1) as f64;
                let gradients = matrices(&kit, &gradient);
                ours.step(&mut kit, rate, &mut parameters, gradients).unwrap();
                let (kernel, bias) = expected.split_at_mut(lengths[0]);
                let (gk, gb) = gradient.split_at_mut(lengths[0]);
                let mut step = host.begin();
                step.add(Tensor { parameters: kernel, shards: smallvec![gk], adds_up: true });
                step.add(Tensor { parameters: bias, shards: smallvec![gb], adds_up: true });
                step.take(rate, &clip);
            }
            let flat =
                |matrices: &[_]| -> Vec<f32> { matrices.iter().flat_map(values::<D>).collect() };
            let what = format!("{spec:?} {clip:?}");
            assert_close(&flat(&parameters), &doubles(&expected), 2e-6, &what);
            for (index, name) in slot_names(&spec).iter().enumerate() {
                let (slot, expected) = (flat(&ours.slots[index]), doubles(host.slot(index)));
                assert_close(&slot, &expected, 2e-6, &format!("{name} of {what}"));
            }
            assert_eq!(ours.steps, 4);
        }
    }
}

fn nan_survives_clipping<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let spec = Spec::Sgd { learning_rate: 0.01, momentum: 0.0, nesterov: false };
    for clip in [Clip { norm: Some(1.0), value: None }, Clip { norm: None, value: Some(0.5) }] {
        let mut parameters = vec![kit.matrix(vec![0.0; 2], 1, 2).unwrap()];
        let mut optimizer = Optimizer::new(&kit, &spec, &clip, &parameters, [false]).unwrap();
        let gradients = vec![kit.matrix(vec![f32::NAN, 0.1], 1, 2).unwrap()];
        optimizer.step(&mut kit, 1.0, &mut parameters, gradients).unwrap();
        assert!(values(&parameters[0])[0].is_nan(), "{clip:?}");
    }
}
