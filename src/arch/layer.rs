//! One layer: its operation, the shapes around it, its trainable tensors.

use super::{Activation, ConvShape, Size};
use std::fmt;

/// What a layer does with its input. Kernel layouts are Keras's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Convolution with bias; kernel (h, w, in, out).
    Conv(ConvShape),
    /// Transposed convolution with bias; kernel (h, w, out, in).
    ConvTranspose(ConvShape),
    /// Matrix product with bias; kernel (in, out).
    Dense,
    /// An image becomes a vector, without moving a value.
    Flatten,
    /// A vector becomes an image, without moving a value.
    Reshape,
}

/// The shape of one sample between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Height, width, channels.
    Picture(Size),
    /// So many values.
    Vector(usize),
}

impl Shape {
    /// How many values it holds.
    pub const fn len(&self) -> usize {
        match self {
            Self::Picture(size) => size.len(),
            Self::Vector(len) => *len,
        }
    }

    /// Whether it holds no value at all.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its dimensions, without the batch.
    pub fn dims(&self) -> Vec<usize> {
        match *self {
            Self::Picture(Size { height, width, channels }) => vec![height, width, channels],
            Self::Vector(len) => vec![len],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Picture(s) => write!(f, "(batch, {}, {}, {})", s.height, s.width, s.channels),
            Self::Vector(len) => write!(f, "(batch, {len})"),
        }
    }
}

/// One layer: its name in checkpoints, what it does, and the shapes around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Layer {
    /// Dotted name, `encoder.conv0` for one.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// What happens to its result.
    pub activation: Activation,
    /// Shape of a sample going in.
    pub input: Shape,
    /// Shape of a sample coming out.
    pub output: Shape,
}

/// A trainable tensor of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name in checkpoints, `encoder.conv0.kernel` for one.
    pub name: String,
    /// Dimensions, in Keras's order.
    pub shape: Vec<usize>,
    /// Inputs and outputs of one unit, as Keras's initialisers count them; none for a bias.
    pub fans: Option<(usize, usize)>,
}

impl Parameter {
    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds no number at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a bias and no kernel.
    pub const fn is_bias(&self) -> bool {
        self.fans.is_none()
    }
}

impl Layer {
    /// Kernel and bias of the layer, or nothing for a layer without weights.
    pub fn parameters(&self) -> Vec<Parameter> {
        let (shape, fans) = match self.op {
            Op::Conv(c) | Op::ConvTranspose(c) => conv_kernel(c),
            Op::Dense => {
                let (i, o) = (self.input.len(), self.output.len());
                (vec![i, o], (i, o))
            }
            Op::Flatten | Op::Reshape => return Vec::new(),
        };
        let bias = match (self.op, self.output) {
            (Op::Dense, _) | (_, Shape::Vector(_)) => self.output.len(),
            (_, Shape::Picture(size)) => size.channels,
        };
        vec![
            Parameter { name: format!("{}.kernel", self.name), shape, fans: Some(fans) },
            Parameter { name: format!("{}.bias", self.name), shape: vec![bias], fans: None },
        ]
    }

    /// Number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(Parameter::len).sum()
    }
}

/// Shape and fans of a convolution kernel. Conv's (h, w, in, out) and its adjoint's (h, w, out, in)
/// are the same array, and Keras counts the third axis as inputs for both.
fn conv_kernel(conv: ConvShape) -> (Vec<usize>, (usize, usize)) {
    let field = conv.taps();
    let (large, small) = (conv.large_channels, conv.small_channels);
    let shape = vec![conv.rows.kernel, conv.cols.kernel, large, small];
    (shape, (field * large, field * small))
}
