//! Gradients by backpropagation against finite differences, and their sums.

use crate::{block, chapter};
use proptest::prelude::*;
use rand::RngExt;
use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    nn::{self, Network, Parameter},
    ops::Family,
    rng::{Purpose, stream},
};

/// Sets all parameters to random weights between -0.5 and 0.5, and returns these as one vector.
fn fill(network: &mut dyn Network, seed: u64) -> Vec<f32> {
    let mut rng = stream(seed, Purpose::Weights, 0, 0);
    let mut all = Vec::new();
    network.visit_mut(&mut |parameter| {
        let values: Vec<f32> =
            parameter.values().iter().map(|_| rng.random_range(-0.5..0.5)).collect();
        parameter.values_mut().copy_from_slice(&values);
        all.extend(values);
    });
    all
}

fn load(network: &mut dyn Network, weights: &[f32]) {
    let mut rest = weights;
    network.visit_mut(&mut |parameter| {
        let (values, after) = rest.split_at(parameter.values().len());
        parameter.values_mut().copy_from_slice(values);
        rest = after;
    });
}

/// Returns half the weighted sum of squares of the outputs; neighbouring outputs have different weights.
fn loss(outputs: &[f32], gradient: &mut [f32]) -> f64 {
    let weight = |index: usize| 1.0 + 0.1 * (index % 7) as f32;
    let mut sum = 0.0;
    for (index, (value, slope)) in outputs.iter().zip(gradient).enumerate() {
        *slope = weight(index) * value;
        sum += f64::from(0.5 * weight(index) * value * value);
    }
    sum
}

/// Returns the gradients of all parameters, with one accumulator for each list of chunks of images.
fn gradients(network: &dyn Network, image: usize, chunks: &[&[&[f32]]]) -> Vec<f32> {
    let mut parameters = Vec::new();
    network.visit(&mut |parameter| parameters.push(parameter));
    let mut accumulators = network.accumulators(chunks.len()).unwrap();
    for (accumulator, chunks) in accumulators.iter_mut().zip(chunks) {
        for chunk in *chunks {
            network
                .accumulate(chunk.to_vec(), chunk.len() / image, &mut loss, accumulator)
                .unwrap();
        }
    }
    nn::settle(network, &mut accumulators).unwrap();
    let sum = |parameter: &&dyn Parameter| {
        let mut sum = vec![0.0; parameter.values().len()];
        for accumulator in &mut accumulators {
            for (sum, value) in sum.iter_mut().zip(&*accumulator.of(*parameter).unwrap()) {
                *sum += value;
            }
        }
        sum
    };
    parameters.iter().flat_map(sum).collect()
}

/// Compares gradients with central differences, for a few parameters of each tensor.
fn assert_gradients(arch: &Architecture, batch: usize, seed: u64) {
    let mut network = nn::build_at_run_time(arch, Family::detect()).unwrap();
    let weights = fill(&mut *network, seed);
    let mut rng = stream(seed, Purpose::TrainNoise, 0, 0);
    let input: Vec<f32> = (0..batch * arch.input.len()).map(|_| rng.random()).collect();
    let gradients = gradients(&*network, arch.input.len(), &[&[&input]]);
    assert_eq!(gradients.len(), weights.len());

    let mut at = |weights: &[f32]| {
        load(&mut *network, weights);
        let outputs = network.reconstruct(input.clone(), batch).unwrap();
        loss(&outputs, &mut vec![0.0; outputs.len()])
    };
    let mut start = 0;
    for parameter in arch.parameters() {
        for _ in 0..4 {
            let index = start + rng.random_range(0..parameter.len());
            let step = 4e-3_f32;
            let mut moved = weights.clone();
            moved[index] = weights[index] + step;
            let up = at(&moved);
            moved[index] = weights[index] - step;
            let down = at(&moved);
            let expected = (up - down) / f64::from(2.0 * step);
            let found = f64::from(gradients[index]);
            let scale = 1e-2 + expected.abs().max(found.abs());
            let name = &parameter.name;
            assert!((found - expected).abs() < 0.05 * scale, "{name}: {found}, not {expected}");
        }
        start += parameter.len();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // Smooth activations only: finite differences are wrong across the kink of a ReLU.
    #[test]
    fn gradients_of_random_networks_agree_with_finite_differences(
        height in 1_usize..9, width in 1_usize..9, channels in 1_usize..3,
        blocks in prop::collection::vec((1_usize..5, 1_usize..5, 1_usize..4), 1..4),
        latent in 1_usize..5, batch in 1_usize..4, seed in any::<u64>(),
        hidden in prop::sample::select(vec![Activation::Tanh, Activation::Silu, Activation::Gelu]),
    ) {
        let blocks: Vec<ConvBlock> =
            blocks.into_iter().map(|(filters, kernel, stride)| block(filters, kernel, stride)).collect();
        let functions = Activations { hidden, latent: Activation::Tanh, output: Activation::Sigmoid };
        let size = Size::new(height, width, channels);
        assert_gradients(&Architecture::conv(size, 1, &blocks, latent, functions), batch, seed);
    }

    #[test]
    fn gradients_of_random_mlps_agree_with_finite_differences(
        hidden in prop::collection::vec(1_usize..9, 0..4), latent in 1_usize..5,
        batch in 1_usize..4, seed in any::<u64>(),
    ) {
        let functions = Activations {
            hidden: Activation::Elu, latent: Activation::Linear, output: Activation::Linear,
        };
        assert_gradients(&Architecture::mlp(Size::new(3, 4, 1), 1, &hidden, latent, functions), batch, seed);
    }
}

#[test]
fn gradients_of_chunks_add_up_within_and_across_accumulators() {
    let arch = chapter();
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    fill(&mut *network, 3);
    let mut rng = stream(2, Purpose::TrainNoise, 0, 0);
    let image = arch.input.len();
    let input: Vec<f32> = (0..3 * image).map(|_| rng.random()).collect();
    let (first, rest) = input.split_at(image);
    let (second, third) = rest.split_at(image);
    let together = gradients(&*network, image, &[&[&input]]);
    for chunks in [&[&[first, second, third][..]][..], &[&[first, second], &[third]]] {
        for (together, apart) in together.iter().zip(&gradients(&*network, image, chunks)) {
            // 784 is a multiple of 7, so an image's loss does not depend on its place in the batch.
            assert!(
                (together - apart).abs() <= 1e-4 * together.abs().max(1.0),
                "{together} {apart}"
            );
        }
    }
}
