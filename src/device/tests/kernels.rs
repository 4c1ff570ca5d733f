//! Tests of our own CUDA kernels: layers, losses and optimizers against the CPU.

use super::{SATURATED, assert_close, doubles, numbers, predictions, weights};
use crate::{
    arch::{Activation, Activations, Architecture, ConvBlock, Parameter, Size},
    device::{
        cuda::{
            Gpu,
            kernels::{Kernels, Layers, Loss, Optimizer},
        },
        footprint::slices,
        network::Half,
    },
    nn,
    ops::{
        Family,
        activation::{ABOVE_ZERO, BELOW_ONE},
    },
    spec::{self, Clip, LossTerms, Optimizer as Spec},
    train::{
        loss::Loss as HostLoss,
        optimizer::{Optimizer as HostOptimizer, Tensor},
    },
};
use proptest::prelude::*;
use smallvec::smallvec;
use std::{slice, sync::Arc};

pub fn kernels() -> Kernels {
    let gpu = Gpu::open(0).expect("an NVIDIA GPU");
    Kernels::new(gpu.context()).expect("kernels that this GPU can run")
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

/// Random activations and geometries, with and without vectors of four channels.
#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_convolutional_networks_agree_with_the_host() {
    let kernels = kernels();
    let filters = prop_oneof![1..5_usize, Just(8), Just(40)];
    let block = (filters, 1..6_usize, 1..4_usize).prop_map(|(filters, kernel, stride)| ConvBlock {
        filters,
        kernel,
        stride,
    });
    let blocks = prop::collection::vec(block, 1..4);
    let function = || prop::sample::select(Activation::ALL.to_vec());
    let functions = (function(), function(), function());
    proptest!(cases(64), |(
        height in 1..14_usize, width in 1..14_usize, channels in 1..5_usize, output in 1..5_usize,
        blocks in blocks, latent in 1..6_usize, functions in functions, batch in 1..20_usize,
    )| {
        let (hidden, latent_function, last) = functions;
        let functions = Activations { hidden, latent: latent_function, output: last };
        let input = Size::new(height, width, channels);
        let arch = Architecture::conv(input, output, &blocks, latent, functions);
        agrees(&kernels, &arch, batch);
    });
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_dense_networks_agree_with_the_host() {
    let kernels = kernels();
    let function = || prop::sample::select(Activation::ALL.to_vec());
    let functions = (function(), function(), function());
    proptest!(cases(32), |(
        side in 1..12_usize, hidden in prop::collection::vec(1..70_usize, 0..3),
        latent in 1..6_usize, functions in functions, batch in 1..300_usize,
    )| {
        let (hidden_function, latent_function, last) = functions;
        let functions =
            Activations { hidden: hidden_function, latent: latent_function, output: last };
        let arch = Architecture::mlp(Size::new(side, side, 1), 1, &hidden, latent, functions);
        agrees(&kernels, &arch, batch);
    });
}

/// Enough pixels for kernel gradients to use split-K.
#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_networks_over_many_pixels_agree_with_the_host() {
    let [block, wider] = [(5, 3, 1), (68, 5, 1)].map(|(filters, kernel, stride)| ConvBlock {
        filters,
        kernel,
        stride,
    });
    let functions = Activations {
        hidden: Activation::Silu,
        latent: Activation::Linear,
        output: Activation::Sigmoid,
    };
    let arch = Architecture::conv(Size::new(20, 20, 2), 1, &[block, wider], 3, functions);
    let kernel = arch.parameters()[0].len();
    assert_eq!(slices(kernel, 24 * 400), 8);
    agrees(&kernels(), &arch, 24);
}

/// Compares a forward and backward pass of one batch, with random weights, on the GPU and on the CPU.
fn agrees(kernels: &Kernels, arch: &Architecture, batch: usize) {
    let mut host = nn::build_at_run_time(arch, Family::detect()).unwrap();
    let layers = Layers::new(kernels, arch).unwrap();
    let mut index = 0;
    host.visit_mut(&mut |parameter| {
        let values = weights(&arch.parameters()[index], 100 + index as u64);
        parameter.values_mut().copy_from_slice(&values);
        let range = &layers.ranges[index];
        kernels.write(layers.parameters.all().part(range.start, range.len()), &values).unwrap();
        index += 1;
    });

    let (input, output) = (arch.input.len(), arch.output.len());
    let x = numbers(batch * input, 1);
    let g = numbers(batch * output, 2);
    let uploaded = kernels.upload(&x).unwrap();
    let codes = layers.run(kernels, &[Half::Encoder], batch, uploaded).unwrap();
    let codes = kernels.read(codes.all()).unwrap();
    let expected = host.encode(x.clone(), batch).unwrap();
    let tolerance = 2e-5;
    assert_close(&codes, &doubles(&expected), tolerance, "codes");
    let pictures = kernels.upload(&codes).unwrap();
    let pictures = layers.run(kernels, &[Half::Decoder], batch, pictures).unwrap();
    let expected = host.decode(expected, batch).unwrap();
    let pictures = kernels.read(pictures.all()).unwrap();
    assert_close(&pictures, &doubles(&expected), tolerance, "images of codes");

    let mut accumulator = host.accumulators(1).unwrap().remove(0);
    let mut loss = |_: &[f32], gradient: &mut [f32]| {
        gradient.copy_from_slice(&g);
        0.0
    };
    host.accumulate(x.clone(), batch, &mut loss, &mut accumulator).unwrap();
    nn::settle(&*host, slice::from_mut(&mut accumulator)).unwrap();
    // Twice, so that the second pass reuses memory with stale contents.
    for _ in 0..2 {
        let x = Arc::new(kernels.upload(&x).unwrap());
        let done = layers.differentiate(kernels, batch, x, |y| {
            assert_close(&kernels.read(y.all())?, &doubles(&pictures), tolerance, "output");
            kernels.upload(&g)
        });
        done.unwrap();
    }
    let gradients = kernels.read(layers.gradients.all()).unwrap();
    let mut index = 0;
    host.visit(&mut |parameter| {
        let expected = accumulator.of(parameter).unwrap();
        let largest = expected.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
        let scaled = |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
        let ours = scaled(&gradients[layers.ranges[index].clone()]);
        let name = &arch.parameters()[index].name;
        assert_close(&ours, &doubles(&scaled(expected)), tolerance, name);
        index += 1;
    });
}

const TERMS: [LossTerms; 3] = [LossTerms::Mse, LossTerms::Mae, LossTerms::Bce];

fn loss_gradient(
    kernels: &Kernels,
    spec: &spec::Loss,
    batch: usize,
    prediction: &[f32],
    target: &[f32],
) -> (f32, Vec<f32>) {
    let [p, t] = [prediction, target].map(|values| kernels.upload(values).unwrap());
    let sums = kernels.zeros(2).unwrap();
    let loss = Loss::new(spec, prediction.len() / batch);
    let slopes = loss.gradient(kernels, &p, &t, batch, sums.all().part(1, 1)).unwrap();
    let sums = kernels.read(sums.all()).unwrap();
    assert_eq!(sums[0].to_bits(), 0, "another step's loss");
    (sums[1], kernels.read(slopes.all()).unwrap())
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_losses_agree_with_the_host() {
    let kernels = kernels();
    let mut losses: Vec<Vec<(LossTerms, f64)>> = TERMS.map(|term| vec![(term, 1.0)]).to_vec();
    losses.push(TERMS.map(|term| (term, 0.5)).to_vec());
    proptest!(cases(16), |(side in 1..40_usize, channels in 1..4_usize, batch in 1..40_usize)| {
        let size = Size::new(side, side, channels);
        let target: Vec<f32> =
            numbers(batch * size.len(), 5).iter().map(|v| 0.5 + 0.5 * v).collect();
        for terms in &losses {
            let prediction = predictions(&target, terms);
            let spec = spec::Loss { weights: terms.iter().copied().collect() };
            let (sum, slopes) = loss_gradient(&kernels, &spec, batch, &prediction, &target);
            let host = HostLoss::new(&spec, size);
            let mut expected = vec![0.0; target.len()];
            let pictures = prediction.chunks(size.len()).zip(target.chunks(size.len()));
            let total = pictures.zip(expected.chunks_mut(size.len())).map(|((p, t), slopes)| {
                host.gradient(p, t, 1.0 / batch as f32, slopes)
            });
            assert_close(&[sum], &[total.sum()], 1e-4, "loss");
            let largest = expected.iter().fold(1e-6_f32, |most, v| most.max(v.abs()));
            let scaled = |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
            let what = format!("gradient of {terms:?}");
            assert_close(&scaled(&slopes), &doubles(&scaled(&expected)), 1e-5, &what);
        }
    });
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_no_loss_loses_nan() {
    let kernels = kernels();
    for term in TERMS {
        let spec = spec::Loss { weights: [(term, 1.0)].into() };
        let mut prediction = vec![0.5; 40];
        prediction[7] = f32::NAN;
        let (sum, slopes) = loss_gradient(&kernels, &spec, 2, &prediction, &[0.4; 40]);
        assert!(sum.is_nan(), "{term:?}");
        assert!(slopes.iter().enumerate().all(|(i, slope)| i == 7 || slope.is_finite()));
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_saturated_pixels_have_the_gradient_of_the_host() {
    let kernels = kernels();
    let spec = spec::Loss { weights: [(LossTerms::Bce, 1.0)].into() };
    for (p, t) in SATURATED {
        let (sum, slopes) = loss_gradient(&kernels, &spec, 1, &[p], &[t]);
        let mut expected = [0.0];
        let total =
            HostLoss::new(&spec, Size::new(1, 1, 1)).gradient(&[p], &[t], 1.0, &mut expected);
        assert_close(&[sum], &[total], 1e-5, "loss");
        assert_close(&slopes, &doubles(&expected), 1e-5, "slope");
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_sigmoids_have_the_bounds_of_the_host() {
    let kernels = kernels();
    let hidden = Activation::Linear;
    let functions = Activations { hidden, latent: hidden, output: Activation::Sigmoid };
    let arch = Architecture::mlp(Size::new(2, 2, 1), 1, &[], 1, functions);
    let layers = Layers::new(&kernels, &arch).unwrap();
    // The logits are the last layer's biases, as its input is 0.
    for (range, values) in layers.ranges[2..].iter().zip([[0.0; 4], [-1e9, -90.0, -75.0, 1e9]]) {
        kernels.write(layers.parameters.all().part(range.start, 4), &values).unwrap();
    }
    let codes = kernels.upload(&[0.0]).unwrap();
    let pictures = layers.run(&kernels, &[Half::Decoder], 1, codes).unwrap();
    let bounds = [ABOVE_ZERO, ABOVE_ZERO, ABOVE_ZERO, BELOW_ONE];
    assert_eq!(kernels.read(pictures.all()).unwrap(), bounds);
}

/// The kernels and biases of a small dense network.
fn parameters() -> (Architecture, Vec<Parameter>) {
    let functions = Activations {
        hidden: Activation::Relu,
        latent: Activation::Linear,
        output: Activation::Linear,
    };
    let arch = Architecture::mlp(Size::new(3, 5, 1), 1, &[7], 3, functions);
    let parameters = arch.parameters();
    (arch, parameters)
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_optimizers_agree_with_the_host() {
    let kernels = kernels();
    let (arch, parameters) = parameters();
    let clips = [(None, None), (Some(0.7), None), (None, Some(0.4)), (Some(2.0), Some(0.5))];
    for spec in super::ops::optimizer_kinds() {
        for (norm, value) in clips {
            let clip = Clip { norm, value };
            let sizes = parameters.iter().map(|p| (p.len(), p.is_bias()));
            let mut host = HostOptimizer::new(&spec, sizes);
            let layers = Layers::new(&kernels, &arch).unwrap();
            let mut ours = Optimizer::new(&kernels, &spec, &clip, &layers, &parameters).unwrap();
            let own: Vec<_> = (0..).zip(&parameters).map(|(i, p)| numbers(p.len(), i)).collect();
            let mut expected = own.clone();
            let write = |buffer: &_, values: &[Vec<f32>]| put(&kernels, &layers, buffer, values);
            write(&layers.parameters, &own);
            for step in 0..4 {
                let rate = 0.01 / (step + 1) as f64;
                let salts = 100 * (step + 1)..;
                let mut gradients: Vec<_> =
                    salts.zip(&parameters).map(|(salt, p)| numbers(p.len(), salt)).collect();
                write(&layers.gradients, &gradients);
                ours.step(&kernels, rate, &layers).unwrap();
                let mut step = host.begin();
                for (parameters, gradient) in expected.iter_mut().zip(&mut gradients) {
                    step.add(Tensor {
                        parameters,
                        shards: smallvec![&mut gradient[..]],
                        adds_up: true,
                    });
                }
                step.take(rate, &clip);
            }
            let values = kernels.read(layers.parameters.all()).unwrap();
            for (range, expected) in layers.ranges.iter().zip(&expected) {
                let what = format!("{spec:?} with {clip:?}");
                assert_close(&values[range.clone()], &doubles(expected), 1e-5, &what);
            }
        }
    }
}

/// Writes values of all parameters to their ranges.
fn put(
    kernels: &Kernels,
    layers: &Layers,
    buffer: &crate::device::cuda::kernels::Buffer,
    values: &[Vec<f32>],
) {
    for (range, values) in layers.ranges.iter().zip(values) {
        kernels.write(buffer.all().part(range.start, range.len()), values).unwrap();
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_nan_survives_clipping() {
    let kernels = kernels();
    let (arch, parameters) = parameters();
    let spec = Spec::Sgd { learning_rate: 0.1, momentum: 0.0, nesterov: false };
    let clip = Clip { norm: Some(1.0), value: Some(0.5) };
    let layers = Layers::new(&kernels, &arch).unwrap();
    let mut ours = Optimizer::new(&kernels, &spec, &clip, &layers, &parameters).unwrap();
    let mut gradients: Vec<_> = parameters.iter().map(|p| vec![0.1; p.len()]).collect();
    gradients[0][3] = f32::NAN;
    put(&kernels, &layers, &layers.gradients, &gradients);
    ours.step(&kernels, 0.1, &layers).unwrap();
    assert!(kernels.read(layers.parameters.all()).unwrap()[3].is_nan());
}
