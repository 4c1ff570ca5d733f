//! What a network takes of a device's memory.

use crate::arch::{Architecture, Layer, Op};

/// Bytes of a value.
const VALUE: u64 = 4;
/// Bytes of a row's number.
const NUMBER: u64 = 8;

/// What a network takes of a device's memory, in bytes: estimates from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Weights, their gradients, and what the optimiser keeps.
    pub weights: u64,
    /// A picture on its way forward and backward.
    pub trained_picture: u64,
    /// A picture on its way forward only.
    pub picture: u64,
}

impl Footprint {
    /// The footprint of `arch` with so many slots for each weight.
    pub fn new(arch: &Architecture, slots: usize) -> Self {
        let layers: Vec<Passing> = arch.layers().map(Passing::new).collect();
        let most = |f: fn(&Passing) -> u64| layers.iter().map(f).max().unwrap_or(0);
        let kept: u64 = layers.iter().map(|layer| layer.kept).sum();
        Self {
            weights: VALUE * arch.parameter_count() as u64 * (2 + slots as u64),
            trained_picture: kept + 2 * most(|layer| layer.passing),
            picture: 2 * most(|layer| layer.kept + layer.passing),
        }
    }
}

/// What one picture takes in one layer, in bytes.
struct Passing {
    /// What the backward pass wants to see again, and the lists of what meets where.
    kept: u64,
    /// What is there while the layer computes.
    passing: u64,
}

impl Passing {
    fn new(layer: &Layer) -> Self {
        let output = VALUE * layer.output.len() as u64;
        match layer.op {
            Op::Flatten | Op::Reshape => Self { kept: 0, passing: 0 },
            Op::Dense => Self { kept: 2 * output, passing: 2 * output },
            Op::Conv(shape) | Op::ConvTranspose(shape) => {
                let (large, small) = (shape.large(), shape.small());
                let taps = shape.taps() as u64;
                let windows = (small.height * small.width) as u64 * taps;
                let pixels = (large.height * large.width) as u64;
                let most = |kernel: usize, stride: usize| kernel.div_ceil(stride) as u64;
                let meeting = pixels
                    * most(shape.rows.kernel, shape.rows.stride)
                    * most(shape.cols.kernel, shape.cols.stride);
                let channels = large.channels as u64;
                let seen = VALUE * windows * channels;
                let met = VALUE * meeting * channels;
                let lists = NUMBER * (windows + meeting);
                let keeps = if matches!(layer.op, Op::Conv(_)) { seen } else { 0 };
                Self { kept: keeps + lists + 2 * output, passing: seen + met + 2 * output }
            }
        }
    }
}
