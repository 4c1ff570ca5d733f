//! The distinct layers of the shipped networks, with the number of images that training passes at a time.

use runner::arch::{Activation, Activations, Architecture, ConvBlock, Layer, Op, Size};
use runner::train::partition::Partition;

/// Images in a batch, as in the experiments.
pub const BATCH: usize = 32;

/// A layer of a network.
pub struct Case {
    pub layer: Layer,
    /// Number of images processed together.
    pub chunk: usize,
    /// Whether it is the first layer, whose input gradient is not needed.
    pub first: bool,
}

impl Case {
    /// Returns its name in the tables.
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

/// Returns the layers of the autoencoders with codes of 16 and 2 dimensions and of the colorization network.
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
