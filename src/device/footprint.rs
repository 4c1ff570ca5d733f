//! What a network takes of a device's memory.

use crate::{
    arch::{Architecture, Layer, Op},
    ops::activation::{Saved, saved},
};
use std::fmt;

/// Bytes of a value.
const VALUE: u64 = 4;
/// Bytes of a row's number.
const NUMBER: u64 = 8;

/// What computes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Our own kernels.
    Kernels,
    /// Operations of dfdx's.
    Operations,
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernels => "own kernels",
            Self::Operations => "dfdx",
        })
    }
}

/// What a network takes of a device's memory, in bytes: estimates from above. Memory is kept for every
/// tensor of a step, to be used again in the next.
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
    /// The footprint of `arch` with so many values of the optimiser's for each weight.
    pub fn new(arch: &Architecture, slots: usize, means: Means) -> Self {
        let layers = || arch.layers().map(|layer| Passing::new(layer, means));
        let ends = VALUE * (2 * arch.input.len() + 2 * arch.output.len()) as u64;
        let forward: u64 = layers().map(|layer| layer.forward).sum();
        let backward: u64 = layers().map(|layer| layer.backward).sum();
        // A tenth more for what is too small to be counted.
        let generous = |bytes: u64| bytes + bytes / 10;
        Self {
            weights: VALUE * arch.parameter_count() as u64 * (2 + slots as u64),
            trained_picture: generous(forward + backward + ends),
            picture: generous(forward + ends),
        }
    }
}

/// The most values of one picture in one place.
pub fn most_values(arch: &Architecture) -> usize {
    let values =
        arch.layers().map(|layer| windows(layer).max(layer.input.len()).max(layer.output.len()));
    values.max().unwrap_or(0)
}

/// Values of what the windows of a convolution see of one picture.
fn windows(layer: &Layer) -> usize {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    shape.windows_len()
}

/// What one picture takes in one layer, in bytes.
struct Passing {
    forward: u64,
    /// What comes on top of that in training.
    backward: u64,
}

impl Passing {
    fn new(layer: &Layer, means: Means) -> Self {
        let output = VALUE * layer.output.len() as u64;
        let pixels = match layer.op {
            Op::Flatten | Op::Reshape => return Self { forward: 0, backward: 0 },
            Op::Dense => 0,
            Op::Conv(shape) | Op::ConvTranspose(shape) => {
                VALUE * (shape.large().len() + shape.small().len()) as u64
            }
        };
        let windows = VALUE * windows(layer) as u64;
        // A convolution keeps its windows until those of its input's gradient are made.
        let again = if matches!(layer.op, Op::Conv(_)) { windows } else { 0 };
        match means {
            Means::Kernels => {
                let keeps_input = saved(layer.activation) == Saved::PreActivation;
                let outputs = if keeps_input { 2 } else { 1 };
                Self { forward: windows + output, backward: again + outputs * output }
            }
            // Each operation has a result, and rows of zeros are put behind copies.
            Means::Operations => Self {
                forward: windows + pixels + meeting(layer) + 2 * output,
                backward: again + 3 * output,
            },
        }
    }
}

/// What is gathered at each pixel of a convolution to be summed, and the lists of what meets where.
fn meeting(layer: &Layer) -> u64 {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    let (large, small) = (shape.large(), shape.small());
    let most = |kernel: usize, stride: usize| kernel.div_ceil(stride) as u64;
    let meeting = (large.height * large.width) as u64
        * most(shape.rows.kernel, shape.rows.stride)
        * most(shape.cols.kernel, shape.cols.stride);
    let pairs = (small.height * small.width * shape.taps()) as u64;
    VALUE * meeting * large.channels as u64 + NUMBER * (pairs + meeting)
}
