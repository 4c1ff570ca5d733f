//! The layers of an autoencoder and their shapes: pure arithmetic, no tensors.
//!
//! `build.rs` includes this file too, so that the networks compiled from `experiments/` and those
//! built at run time follow from the same list of layers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Height, width and channels of one picture or feature map; tensors are channels-last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Size {
    /// A size of `height` rows, `width` columns and `channels` channels.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// How many values a picture of this size holds.
    pub const fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether the picture has no values at all.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.height, self.width, self.channels)
    }
}

/// One axis of a "same"-padded convolution: `output = ceil(input / stride)`.
///
/// The padding is TensorFlow's rule: `max((output - 1) * stride + kernel - input, 0)` zeros in all,
/// the odd one at the end. Stride 2 over an even size with a 3-wide kernel therefore pads the
/// bottom and right only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Length of the axis before the convolution.
    pub input: usize,
    /// Length of the axis after it.
    pub output: usize,
    /// Kernel length on this axis.
    pub kernel: usize,
    /// Step between neighbouring windows.
    pub stride: usize,
    /// Zeros in front of the first input value; window `o` starts at `o * stride - pad`.
    pub pad: usize,
}

impl Window {
    /// The window of a "same" convolution over `input` values. `kernel` and `stride` are at least 1.
    pub const fn same(input: usize, kernel: usize, stride: usize) -> Self {
        let output = input.div_ceil(stride);
        let total = ((output - 1) * stride + kernel).saturating_sub(input);
        Self { input, output, kernel, stride, pad: total / 2 }
    }
}

/// What a convolution connects: the geometry of both axes and the channels on either side.
///
/// The transposed convolution is the adjoint of the convolution with the same `ConvShape`: it maps
/// `output` back to `input`, so 7 rows under stride 2 become exactly 14 when they came from 14,
/// and exactly 13 when they came from 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvShape {
    /// The vertical axis.
    pub rows: Window,
    /// The horizontal axis.
    pub cols: Window,
    /// Channels on the large (convolution input) side.
    pub large_channels: usize,
    /// Channels on the small (convolution output) side.
    pub small_channels: usize,
}

impl ConvShape {
    /// A "same" convolution with a square kernel over pictures of size `large`.
    pub const fn same(large: Size, small_channels: usize, kernel: usize, stride: usize) -> Self {
        Self {
            rows: Window::same(large.height, kernel, stride),
            cols: Window::same(large.width, kernel, stride),
            large_channels: large.channels,
            small_channels,
        }
    }

    /// The side a convolution reads and a transposed convolution writes.
    pub const fn large(&self) -> Size {
        Size::new(self.rows.input, self.cols.input, self.large_channels)
    }

    /// The side a convolution writes and a transposed convolution reads.
    pub const fn small(&self) -> Size {
        Size::new(self.rows.output, self.cols.output, self.small_channels)
    }

    /// Number of kernel weights.
    pub const fn kernel_len(&self) -> usize {
        self.rows.kernel * self.cols.kernel * self.large_channels * self.small_channels
    }
}

/// The function applied to every value that a layer puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The identity.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `x` above 0, `slope * x` below; the slope is Keras's default, 0.3.
    LeakyRelu,
    /// `x` above 0, `exp(x) - 1` below.
    Elu,
    /// `x * Phi(x)` with the normal distribution's `Phi`, not its tanh approximation.
    Gelu,
    /// `x * sigmoid(x)`, also called swish.
    Silu,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
}

impl Activation {
    /// Name in experiment files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Elu => "elu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// What a layer does with its input. Kernel layouts are Keras's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Convolution with bias; kernel (h, w, in, out).
    Conv(ConvShape),
    /// Transposed convolution with bias; kernel (h, w, out, in).
    ConvTranspose(ConvShape),
    /// Matrix product with bias; kernel (in, out).
    Dense,
    /// A picture becomes a vector, without moving a value.
    Flatten,
    /// A vector becomes a picture, without moving a value.
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

/// Whether rustc has checked that a network's shapes meet, or the program did when it loaded it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shapes {
    /// The architecture stands under `experiments/`, and `build.rs` made a type of it.
    CompileTime,
    /// The same layers with `usize` dimensions.
    #[default]
    RunTime,
}

impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CompileTime => "compile-time",
            Self::RunTime => "run-time",
        })
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
    let field = conv.rows.kernel * conv.cols.kernel;
    let (large, small) = (conv.large_channels, conv.small_channels);
    let shape = vec![conv.rows.kernel, conv.cols.kernel, large, small];
    (shape, (field * large, field * small))
}

/// Encoder and decoder, layer by layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// Size of the pictures that go in.
    pub input: Size,
    /// Size of the pictures that come out; it differs from the input's in channels only.
    pub output: Size,
    /// Length of the code.
    pub latent_dim: usize,
    /// From picture to code.
    pub encoder: Vec<Layer>,
    /// From code to picture.
    pub decoder: Vec<Layer>,
}

/// One convolution of an encoder; the decoder mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvBlock {
    /// Channels it puts out.
    pub filters: usize,
    /// Height and width of its kernel.
    pub kernel: usize,
    /// Step of its window.
    pub stride: usize,
}

/// The functions between layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activations {
    /// After every hidden layer.
    pub hidden: Activation,
    /// After the code.
    pub latent: Activation,
    /// After the last layer.
    pub output: Activation,
}

impl Architecture {
    /// A convolutional autoencoder. The decoder mirrors the encoder and ends with a transposed
    /// convolution of stride 1 and the first block's kernel that makes the output channels.
    ///
    /// ```
    /// use runner::arch::{Activation, Activations, Architecture, ConvBlock, Size};
    /// let block = |filters| ConvBlock { filters, kernel: 3, stride: 2 };
    /// let functions = Activations {
    ///     hidden: Activation::Relu,
    ///     latent: Activation::Linear,
    ///     output: Activation::Sigmoid,
    /// };
    /// let net = Architecture::conv(Size::new(28, 28, 1), 1, &[block(32), block(64)], 16, functions);
    /// assert_eq!(net.parameter_count(), 178_001);
    /// ```
    pub fn conv(
        input: Size,
        output_channels: usize,
        blocks: &[ConvBlock],
        latent_dim: usize,
        activations: Activations,
    ) -> Self {
        let hidden = activations.hidden;
        let mut encoder = Stack::new("encoder", Shape::Picture(input));
        let mut size = input;
        let mut mirror = Vec::new();
        for (i, block) in blocks.iter().enumerate() {
            let conv = ConvShape::same(size, block.filters, block.kernel, block.stride);
            encoder.push(&format!("conv{i}"), Op::Conv(conv), hidden, Shape::Picture(conv.small()));
            mirror.push((size, *block));
            size = conv.small();
        }
        encoder.push("flatten", Op::Flatten, Activation::Linear, Shape::Vector(size.len()));
        encoder.push("latent", Op::Dense, activations.latent, Shape::Vector(latent_dim));

        let mut decoder = Stack::new("decoder", Shape::Vector(latent_dim));
        // Linear, as in the chapter: the first transposed convolution brings the nonlinearity.
        decoder.push("dense", Op::Dense, Activation::Linear, Shape::Vector(size.len()));
        decoder.push("reshape", Op::Reshape, Activation::Linear, Shape::Picture(size));
        for (i, (larger, block)) in mirror.iter().rev().enumerate() {
            let large = Size::new(larger.height, larger.width, block.filters);
            let conv = ConvShape::same(large, size.channels, block.kernel, block.stride);
            decoder.push(
                &format!("deconv{i}"),
                Op::ConvTranspose(conv),
                hidden,
                Shape::Picture(conv.large()),
            );
            size = conv.large();
        }
        let kernel = blocks.first().map_or(3, |b| b.kernel);
        let output = Size::new(input.height, input.width, output_channels);
        let conv = ConvShape::same(output, size.channels, kernel, 1);
        decoder.push("output", Op::ConvTranspose(conv), activations.output, Shape::Picture(output));
        Self { input, output, latent_dim, encoder: encoder.layers, decoder: decoder.layers }
    }

    /// An autoencoder of dense layers: `hidden` sizes down to the code and, mirrored, up again.
    pub fn mlp(
        input: Size,
        output_channels: usize,
        hidden: &[usize],
        latent_dim: usize,
        activations: Activations,
    ) -> Self {
        let output = Size::new(input.height, input.width, output_channels);
        let mut encoder = Stack::new("encoder", Shape::Picture(input));
        encoder.push("flatten", Op::Flatten, Activation::Linear, Shape::Vector(input.len()));
        for (i, &units) in hidden.iter().enumerate() {
            encoder.push(&format!("dense{i}"), Op::Dense, activations.hidden, Shape::Vector(units));
        }
        encoder.push("latent", Op::Dense, activations.latent, Shape::Vector(latent_dim));
        let mut decoder = Stack::new("decoder", Shape::Vector(latent_dim));
        for (i, &units) in hidden.iter().rev().enumerate() {
            decoder.push(&format!("dense{i}"), Op::Dense, activations.hidden, Shape::Vector(units));
        }
        decoder.push("output", Op::Dense, activations.output, Shape::Vector(output.len()));
        decoder.push("reshape", Op::Reshape, Activation::Linear, Shape::Picture(output));
        Self { input, output, latent_dim, encoder: encoder.layers, decoder: decoder.layers }
    }

    /// All sizes in one line, activations left out: networks with equal keys have the same type.
    pub fn shape_key(&self) -> String {
        let layer = |layer: &Layer| match layer.op {
            Op::Conv(c) => format!("conv {}/{} {}", c.rows.kernel, c.rows.stride, c.small()),
            Op::ConvTranspose(c) => {
                format!("deconv {}/{} {}", c.rows.kernel, c.rows.stride, c.large())
            }
            Op::Dense => format!("dense {}", layer.output.len()),
            Op::Flatten => "flatten".to_owned(),
            Op::Reshape => "reshape".to_owned(),
        };
        let layers: Vec<String> = self.layers().map(layer).collect();
        format!("{} -> {}: {}", self.input, self.output, layers.join(", "))
    }

    /// All layers, encoder first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.encoder.iter().chain(&self.decoder)
    }

    /// All trainable tensors in checkpoint order.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.layers().flat_map(Layer::parameters).collect()
    }

    /// Number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.layers().map(Layer::parameter_count).sum()
    }

    /// Values that one picture's forward pass produces, the input included.
    pub fn activation_count(&self) -> usize {
        self.input.len() + self.layers().map(|layer| layer.output.len()).sum::<usize>()
    }
}

/// Layers under construction: each takes the shape that the one before it puts out.
struct Stack {
    part: &'static str,
    shape: Shape,
    layers: Vec<Layer>,
}

impl Stack {
    fn new(part: &'static str, shape: Shape) -> Self {
        Self { part, shape, layers: Vec::new() }
    }

    fn push(&mut self, name: &str, op: Op, activation: Activation, output: Shape) {
        let name = format!("{}.{name}", self.part);
        self.layers.push(Layer { name, op, activation, input: self.shape, output });
        self.shape = output;
    }
}
