//! A layer: its operation, its shapes and its trainable tensors.

use super::{Activation, ConvShape, Size};
use std::fmt;

/// The operation of a layer. Kernel layouts are those of Keras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Convolution with bias; kernel (h, w, in, out).
    Conv(ConvShape),
    /// Transposed convolution with bias; kernel (h, w, out, in).
    ConvTranspose(ConvShape),
    /// Matrix product with bias; kernel (in, out).
    Dense,
    /// Reinterprets an image as a vector, without moving values.
    Flatten,
    /// Reinterprets a vector as an image, without moving values.
    Reshape,
}

/// The shape of one sample between two layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Height, width, channels.
    Image(Size),
    /// Number of values.
    Vector(usize),
}

impl Shape {
    /// Returns the number of values.
    pub const fn len(&self) -> usize {
        match self {
            Self::Image(size) => size.len(),
            Self::Vector(len) => *len,
        }
    }

    /// Whether there are no values.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the dimensions, without the batch.
    pub fn dims(&self) -> Vec<usize> {
        match *self {
            Self::Image(Size { height, width, channels }) => vec![height, width, channels],
            Self::Vector(len) => vec![len],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(s) => write!(f, "(batch, {}, {}, {})", s.height, s.width, s.channels),
            Self::Vector(len) => write!(f, "(batch, {len})"),
        }
    }
}

/// A layer: its name in checkpoints, its operation and its shapes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Layer {
    /// Dotted name, such as `encoder.conv0`.
    pub name: String,
    /// The operation.
    pub op: Op,
    /// The activation applied to its result.
    pub activation: Activation,
    /// Shape of one input sample.
    pub input: Shape,
    /// Shape of one output sample.
    pub output: Shape,
}

/// A trainable tensor of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name in checkpoints, such as `encoder.conv0.kernel`.
    pub name: String,
    /// Dimensions, in Keras's order.
    pub shape: Vec<usize>,
    /// Fan in and fan out, as Keras's initializers count them; `None` for a bias.
    pub fans: Option<(usize, usize)>,
}

impl Parameter {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a bias rather than a kernel.
    pub const fn is_bias(&self) -> bool {
        self.fans.is_none()
    }
}

impl Layer {
    /// Returns the kernel and bias of the layer; empty for a layer without weights.
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
            (_, Shape::Image(size)) => size.channels,
        };
        vec![
            Parameter { name: format!("{}.kernel", self.name), shape, fans: Some(fans) },
            Parameter { name: format!("{}.bias", self.name), shape: vec![bias], fans: None },
        ]
    }

    /// Returns the number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(Parameter::len).sum()
    }
}

/// Returns the shape and fans of a convolution kernel. The (h, w, in, out) of a convolution and the
/// (h, w, out, in) of its adjoint are the same array, and Keras counts the third axis as inputs for both.
fn conv_kernel(conv: ConvShape) -> (Vec<usize>, (usize, usize)) {
    let field = conv.taps();
    let (large, small) = (conv.large_channels, conv.small_channels);
    let shape = vec![conv.rows.kernel, conv.cols.kernel, large, small];
    (shape, (field * large, field * small))
}
