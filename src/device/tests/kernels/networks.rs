//! Tests of whole networks.

use super::{assert_close, cases, doubles, kernels, numbers, weights};
use crate::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    device::{
        cuda::kernels::{Kernels, Layers},
        network::Half,
        slices::slices,
    },
    nn,
    ops::{
        Family,
        activation::{ABOVE_ZERO, BELOW_ONE},
    },
};
use proptest::prelude::*;
use std::{slice, sync::Arc};

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
    let images = kernels.upload(&codes).unwrap();
    let images = layers.run(kernels, &[Half::Decoder], batch, images).unwrap();
    let expected = host.decode(expected, batch).unwrap();
    let images = kernels.read(images.all()).unwrap();
    assert_close(&images, &doubles(&expected), tolerance, "images of codes");

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
            assert_close(&kernels.read(y.all())?, &doubles(&images), tolerance, "output");
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
    let images = layers.run(&kernels, &[Half::Decoder], 1, codes).unwrap();
    let bounds = [ABOVE_ZERO, ABOVE_ZERO, ABOVE_ZERO, BELOW_ONE];
    assert_eq!(kernels.read(images.all()).unwrap(), bounds);
}
