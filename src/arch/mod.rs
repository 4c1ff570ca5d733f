//! The layers of an autoencoder and their shapes: pure arithmetic, no tensors.
//!
//! `build.rs` includes this file too, so that the networks compiled from `experiments/` and those
//! built at run time derive from the same list of layers.

mod activation;
mod geometry;
mod layer;
mod shapes;
mod table;

pub use activation::Activation;
pub use geometry::{ConvShape, Size, Window};
pub use layer::{Layer, Op, Parameter, Shape};
pub use shapes::Shapes;

/// The layers of encoder and decoder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// Size of the input images.
    pub input: Size,
    /// Size of the output images; it differs from that of the input only in its channels.
    pub output: Size,
    /// Length of the code.
    pub latent_dim: usize,
    /// Layers from image to code.
    pub encoder: Vec<Layer>,
    /// Layers from code to image.
    pub decoder: Vec<Layer>,
}

/// One convolution of an encoder; the decoder mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvBlock {
    /// Output channels.
    pub filters: usize,
    /// Height and width of its kernel.
    pub kernel: usize,
    /// Stride of its window.
    pub stride: usize,
}

/// The activations of a network.
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
    /// Creates a convolutional autoencoder. The decoder mirrors the encoder and ends with a transposed
    /// convolution to the output channels, with stride 1 and the kernel size of the first block.
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
        let mut encoder = Stack::new("encoder", Shape::Image(input));
        let mut size = input;
        let mut mirror = Vec::new();
        for (i, block) in blocks.iter().enumerate() {
            let conv = ConvShape::same(size, block.filters, block.kernel, block.stride);
            encoder.push(&format!("conv{i}"), Op::Conv(conv), hidden, Shape::Image(conv.small()));
            mirror.push((size, *block));
            size = conv.small();
        }
        encoder.push("flatten", Op::Flatten, Activation::Linear, Shape::Vector(size.len()));
        encoder.push("latent", Op::Dense, activations.latent, Shape::Vector(latent_dim));

        let mut decoder = Stack::new("decoder", Shape::Vector(latent_dim));
        // Linear, since the first transposed convolution after it adds the nonlinearity.
        decoder.push("dense", Op::Dense, Activation::Linear, Shape::Vector(size.len()));
        decoder.push("reshape", Op::Reshape, Activation::Linear, Shape::Image(size));
        for (i, (larger, block)) in mirror.iter().rev().enumerate() {
            let large = Size::new(larger.height, larger.width, block.filters);
            let conv = ConvShape::same(large, size.channels, block.kernel, block.stride);
            decoder.push(
                &format!("deconv{i}"),
                Op::ConvTranspose(conv),
                hidden,
                Shape::Image(conv.large()),
            );
            size = conv.large();
        }
        let kernel = blocks.first().map_or(3, |b| b.kernel);
        let output = Size::new(input.height, input.width, output_channels);
        let conv = ConvShape::same(output, size.channels, kernel, 1);
        decoder.push("output", Op::ConvTranspose(conv), activations.output, Shape::Image(output));
        Self { input, output, latent_dim, encoder: encoder.layers, decoder: decoder.layers }
    }

    /// Creates an autoencoder of dense layers, with `hidden` sizes in the encoder and mirrored in the
    /// decoder.
    pub fn mlp(
        input: Size,
        output_channels: usize,
        hidden: &[usize],
        latent_dim: usize,
        activations: Activations,
    ) -> Self {
        let output = Size::new(input.height, input.width, output_channels);
        let mut encoder = Stack::new("encoder", Shape::Image(input));
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
        decoder.push("reshape", Op::Reshape, Activation::Linear, Shape::Image(output));
        Self { input, output, latent_dim, encoder: encoder.layers, decoder: decoder.layers }
    }

    /// Returns all sizes in one line, without activations: networks with equal keys have the same type.
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

    /// Returns all layers, encoder first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.encoder.iter().chain(&self.decoder)
    }

    /// Returns all trainable tensors, in checkpoint order.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.layers().flat_map(Layer::parameters).collect()
    }

    /// Returns the number of trainable values.
    pub fn parameter_count(&self) -> usize {
        self.layers().map(Layer::parameter_count).sum()
    }

    /// Returns the number of values in the forward pass of one image, including the input.
    pub fn activation_count(&self) -> usize {
        self.input.len() + self.layers().map(|layer| layer.output.len()).sum::<usize>()
    }
}

/// Layers under construction: the input shape of each is the output shape of the one before.
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
