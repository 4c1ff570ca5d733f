//! Networks, compiled or built at run time, and their gradients.

mod failing;
mod gradients;
mod training;

use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    nn,
    ops::Family,
};

const FUNCTIONS: Activations = Activations {
    hidden: Activation::Relu,
    latent: Activation::Linear,
    output: Activation::Sigmoid,
};

fn block(filters: usize, kernel: usize, stride: usize) -> ConvBlock {
    ConvBlock { filters, kernel, stride }
}

fn chapter() -> Architecture {
    let blocks = [block(32, 3, 2), block(64, 3, 2)];
    Architecture::conv(Size::new(28, 28, 1), 1, &blocks, 16, FUNCTIONS)
}

#[test]
fn weights_have_the_names_shapes_and_fans_of_keras() {
    let kernel = |name: &str, shape: &[usize], fans| runner::arch::Parameter {
        name: format!("{name}.kernel"),
        shape: shape.to_vec(),
        fans: Some(fans),
    };
    let bias = |name: &str, len| runner::arch::Parameter {
        name: format!("{name}.bias"),
        shape: vec![len],
        fans: None,
    };
    let expected = [
        kernel("encoder.conv0", &[3, 3, 1, 32], (9, 288)),
        bias("encoder.conv0", 32),
        kernel("encoder.conv1", &[3, 3, 32, 64], (288, 576)),
        bias("encoder.conv1", 64),
        kernel("encoder.latent", &[3136, 16], (3136, 16)),
        bias("encoder.latent", 16),
        kernel("decoder.dense", &[16, 3136], (16, 3136)),
        bias("decoder.dense", 3136),
        kernel("decoder.deconv0", &[3, 3, 64, 64], (576, 576)),
        bias("decoder.deconv0", 64),
        kernel("decoder.deconv1", &[3, 3, 32, 64], (288, 576)),
        bias("decoder.deconv1", 32),
        kernel("decoder.output", &[3, 3, 1, 32], (9, 288)),
        bias("decoder.output", 1),
    ];
    assert_eq!(chapter().parameters(), expected);
}

#[test]
fn parameters_are_in_checkpoint_order_with_the_sizes_of_the_architecture() {
    let arch = chapter();
    let network = nn::build(&arch, Family::detect()).unwrap();
    let mut lengths = Vec::new();
    network.visit(&mut |parameter| lengths.push(parameter.values().len()));
    let expected: Vec<usize> = arch.parameters().iter().map(runner::arch::Parameter::len).collect();
    assert_eq!(lengths, expected);
    assert_eq!(lengths.iter().sum::<usize>(), 178_001);
}
