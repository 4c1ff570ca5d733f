//! The layers of the four systems, each once, with as many images as training gives it at a time.

use runner::arch::{Activation, Activations, Architecture, ConvBlock, Layer, Op, Size};
use runner::train::partition::Partition;

/// Images in a batch, as in the experiments.
pub const BATCH: usize = 32;

/// A layer of a network.
pub struct Case {
    pub layer: Layer,
    /// Images that go through it together.
    pub chunk: usize,
    /// The network's first layer, to whose input no gradient is needed.
    pub first: bool,
}

impl Case {
    /// What it does, as a table names it.
    pub fn name(&self) -> String {
        match self.layer.op {
            Op::Conv(shape) => format!("convolution {} to {}", shape.large(), shape.small()),
            Op::ConvTranspose(shape) => {
                format!("transposed {} to {}", shape.small(), shape.large())
            }
            _ => format!("dense {} to {}", self.layer.input.len(), self.layer.output.len()),
        }
    }
}

/// Autoencoder and denoising autoencoder (code of 16), the same with a code of 2, colorization.
pub fn cases() -> Vec<Case> {
    let mnist = Size::new(28, 28, 1);
    let mut cases: Vec<Case> = Vec::new();
    for (input, channels, filters, latent) in [
        (mnist, 1, &[32, 64][..], 16),
        (mnist, 1, &[32, 64], 2),
        (Size::new(32, 32, 1), 3, &[64, 128, 256], 256),
    ] {
        let blocks: Vec<_> =
            filters.iter().map(|&filters| ConvBlock { filters, kernel: 3, stride: 2 }).collect();
        let functions = Activations {
            hidden: Activation::Relu,
            latent: Activation::Linear,
            output: Activation::Sigmoid,
        };
        let network = Architecture::conv(input, channels, &blocks, latent, functions);
        let partition =
            Partition::new(BATCH, network.activation_count(), network.parameter_count());
        for (i, layer) in network.layers().enumerate() {
            let case = Case { layer: layer.clone(), chunk: partition.chunk_len(), first: i == 0 };
            let weights = !matches!(layer.op, Op::Flatten | Op::Reshape);
            if weights && cases.iter().all(|known| known.name() != case.name()) {
                cases.push(case);
            }
        }
    }
    cases
}
