//! Tests of whole networks: outputs and gradients against the network on the CPU.

use super::{Opened, assert_close, cases, doubles, kit, numbers, on_every_device, values, weights};
use crate::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    device::{
        network::{Half, Network},
        tensor::{Kit, SendDevice},
    },
    nn,
    ops::Family,
};
use proptest::prelude::*;
use std::{cell::RefCell, slice};

on_every_device!(convolutional_networks_agree_with_the_host, dense_networks_agree_with_the_host);

fn functions() -> impl Strategy<Value = Activations> {
    use Activation::{Elu, Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    let smooth = prop::sample::select(vec![Elu, Gelu, LeakyRelu, Relu, Silu, Tanh]);
    let latent = prop::sample::select(vec![Linear, Tanh]);
    let output = prop::sample::select(vec![Linear, Sigmoid]);
    (smooth, latent, output).prop_map(|(hidden, latent, output)| Activations {
        hidden,
        latent,
        output,
    })
}

fn convolutional_networks_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    let block = (1..5_usize, 1..4_usize, 1..4_usize)
        .prop_map(|(filters, kernel, stride)| ConvBlock { filters, kernel, stride });
    let blocks = prop::collection::vec(block, 1..4);
    proptest!(cases(24), |(
        height in 3..14_usize, width in 3..14_usize, channels in 1..4_usize, output in 1..4_usize,
        blocks in blocks, latent in 1..6_usize, functions in functions(), batch in 1..4_usize,
    )| {
        let input = Size::new(height, width, channels);
        let arch = Architecture::conv(input, output, &blocks, latent, functions);
        agrees(&mut kit.borrow_mut(), &arch, batch);
    });
}

fn dense_networks_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    proptest!(cases(12), |(
        side in 1..8_usize, hidden in prop::collection::vec(1..9_usize, 0..3), latent in 1..6_usize,
        functions in functions(), batch in 1..6_usize,
    )| {
        let arch = Architecture::mlp(Size::new(side, side, 1), 1, &hidden, latent, functions);
        agrees(&mut kit.borrow_mut(), &arch, batch);
    });
}

/// Compares a forward and backward pass of one batch, with random weights, on the device and on the CPU.
fn agrees<D: SendDevice>(kit: &mut Kit<D>, arch: &Architecture, batch: usize) {
    let mut host = nn::build_at_run_time(arch, Family::detect()).unwrap();
    let mut network = Network::new(kit, arch).unwrap();
    let mut parameters = network.take_parameters();
    let shapes = arch.parameters();
    let mut own = parameters.iter_mut().zip(&shapes).zip(100..);
    host.visit_mut(&mut |parameter| {
        let ((own, shape), salt) = own.next().expect("as many parameters");
        let values = weights(shape, salt);
        parameter.values_mut().copy_from_slice(&values);
        own.copy_from(&values);
    });
    network.put_parameters(parameters);

    let (input, output) = (arch.input.len(), arch.output.len());
    let x = numbers(batch * input, 1);
    let g = numbers(batch * output, 2);
    let x_matrix = kit.matrix(x.clone(), batch, input).unwrap();
    let codes = values(&network.run(kit, &[Half::Encoder], x_matrix.clone()).unwrap());
    let expected = host.encode(x.clone(), batch).unwrap();
    let tolerance = 2e-5;
    assert_close(&codes, &doubles(&expected), tolerance, "codes");

    let mut outputs = Vec::new();
    let mut accumulator = host.accumulators(1).unwrap().remove(0);
    let mut loss = |output: &[f32], gradient: &mut [f32]| {
        outputs.extend_from_slice(output);
        gradient.copy_from_slice(&g);
        0.0
    };
    host.accumulate(x, batch, &mut loss, &mut accumulator).unwrap();
    nn::settle(&*host, slice::from_mut(&mut accumulator)).unwrap();
    let gradients = network.gradients(kit, x_matrix, |kit, y| {
        assert_close(&values(&y), &doubles(&outputs), tolerance, "output");
        kit.matrix(g.clone(), batch, output)
    });
    let gradients = gradients.unwrap();
    assert_eq!(gradients.len(), shapes.len());
    let mut index = 0;
    host.visit(&mut |parameter| {
        let expected = accumulator.of(parameter).unwrap();
        let largest = expected.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
        let scaled: Vec<f32> = values(&gradients[index]).iter().map(|v| v / largest).collect();
        let expected: Vec<f64> = expected.iter().map(|v| f64::from(v / largest)).collect();
        assert_close(&scaled, &expected, tolerance, &shapes[index].name);
        index += 1;
    });
}
