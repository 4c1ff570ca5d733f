//! Block diagrams of a network: encoder, decoder, and the autoencoder made of both.

#[cfg(test)]
mod tests;

use super::{
    drawing::Drawing,
    style::{Colour, INK, RULE, SOFT},
    text::{self, Across, Along, Style},
};
use crate::{
    arch::{Activation, Architecture, Layer, Op, Shape},
    words::thousands,
};
use image::Rgb;

/// Image pixels per unit of the diagram.
const SCALE: f32 = 2.0;

const MARGIN: f32 = 28.0;
const TITLE: f32 = 22.0;
const HEADING: f32 = 16.0;
const KIND: f32 = 14.0;
const DETAIL: f32 = 12.5;
/// Height of a layer's block, and of the arrow to the next one.
const BLOCK: f32 = 50.0;
const ARROW: f32 = 24.0;
/// Width of the narrowest and the widest block; in between, it grows with the logarithm of the number of
/// values.
const NARROW: f32 = 190.0;
const WIDE: f32 = 380.0;
/// Space between the three columns.
const GUTTER: f32 = 44.0;
/// Space for a text, relative to its width.
const ROOM: f32 = 1.12;

/// Fill and outline of a kind of block.
type Look = (Colour, Colour);
const DATA: Look = (Rgb([255, 255, 255]), Rgb([120, 120, 120]));
const CONV: Look = (Rgb([222, 236, 247]), Rgb([0, 114, 178]));
const TRANSPOSE: Look = (Rgb([219, 241, 233]), Rgb([0, 158, 115]));
const DENSE: Look = (Rgb([251, 230, 216]), Rgb([213, 94, 0]));
const MOVE: Look = (Rgb([242, 242, 242]), Rgb([170, 170, 170]));
const CODE: Look = (Rgb([247, 228, 238]), Rgb([204, 121, 167]));

struct Block {
    kind: String,
    detail: String,
    /// Number of output values, which determines the width.
    values: usize,
    look: Look,
}

impl Block {
    fn data(kind: &str, shape: Shape, look: Look) -> Self {
        Self { kind: kind.to_owned(), detail: brief_shape(shape), values: shape.len(), look }
    }

    fn input(network: &Architecture) -> Self {
        Self::data("Input", Shape::Image(network.input), DATA)
    }

    fn code(network: &Architecture) -> Self {
        Self::data("Code", Shape::Vector(network.latent_dim), CODE)
    }

    fn output(network: &Architecture) -> Self {
        Self::data("Output", Shape::Image(network.output), DATA)
    }

    fn layer(layer: &Layer) -> Self {
        let name = layer.name.rsplit('.').next().unwrap_or(&layer.name);
        let parts = match layer.parameter_count() {
            0 => vec![name.to_owned(), brief_shape(layer.output)],
            count => vec![name.to_owned(), brief_shape(layer.output), parameters(count)],
        };
        let look = match layer.op {
            Op::Conv(_) => CONV,
            Op::ConvTranspose(_) => TRANSPOSE,
            Op::Dense => DENSE,
            Op::Flatten | Op::Reshape => MOVE,
        };
        Self { kind: kind(layer), detail: parts.join(" · "), values: layer.output.len(), look }
    }

    fn text_width(&self) -> f32 {
        text::width(&self.kind, KIND * 1.05).max(text::width(&self.detail, DETAIL)) * ROOM + 20.0
    }
}

/// Returns what the layer does: `Conv 3x3 / 2, ReLU`.
fn kind(layer: &Layer) -> String {
    let convolution = |name: &str, rows: crate::arch::Window, cols: crate::arch::Window| {
        let stride = if rows.stride > 1 { format!(" / {}", rows.stride) } else { String::new() };
        format!("{name} {}×{}{stride}", rows.kernel, cols.kernel)
    };
    let op = match layer.op {
        Op::Conv(conv) => convolution("Conv", conv.rows, conv.cols),
        Op::ConvTranspose(conv) => convolution("Conv transpose", conv.rows, conv.cols),
        Op::Dense => "Dense".to_owned(),
        Op::Flatten => "Flatten".to_owned(),
        Op::Reshape => "Reshape".to_owned(),
    };
    let function = match layer.activation {
        Activation::Linear => return op,
        Activation::Relu => "ReLU",
        Activation::LeakyRelu => "leaky ReLU",
        Activation::Elu => "ELU",
        Activation::Gelu => "GELU",
        Activation::Silu => "SiLU",
        Activation::Tanh => "tanh",
        Activation::Sigmoid => "sigmoid",
    };
    format!("{op}, {function}")
}

fn parameters(count: usize) -> String {
    format!("{} parameters", thousands(count))
}

/// Formats the shape of one sample, `(14, 14, 32)` or `(16)`.
fn brief_shape(shape: Shape) -> String {
    match shape {
        Shape::Image(s) => format!("({}, {}, {})", s.height, s.width, s.channels),
        Shape::Vector(len) => format!("({len})"),
    }
}

/// Draws the diagram of a network, under a title.
pub fn diagram(network: &Architecture, title: &str) -> Drawing {
    let column = |first: Block, layers: &[Layer]| -> Vec<Block> {
        std::iter::once(first).chain(layers.iter().map(Block::layer)).collect()
    };
    let encoder = column(Block::input(network), &network.encoder);
    let decoder = column(Block::code(network), &network.decoder);
    let widths = Widths::of(encoder.iter().chain(&decoder).map(|block| block.values));

    let mut paper = Paper { drawing: Drawing::new(0.0, 0.0), y: MARGIN };
    if !title.is_empty() {
        paper.y += TITLE * text::CAPITAL;
        paper.drawing.text(title, (MARGIN, paper.y), &Style::new(TITLE, INK).bold());
        paper.y += 34.0;
    }
    let top = paper.y;
    let mut left = MARGIN;
    let mut bottom = top;
    for (name, layers, blocks) in
        [("Encoder", &network.encoder, encoder), ("Decoder", &network.decoder, decoder)]
    {
        paper.y = top;
        left += paper.column(left, name, count(layers), &blocks, &widths) + GUTTER;
        bottom = bottom.max(paper.y);
    }
    paper.y = top;
    let right = left + paper.whole(left, network, &widths);
    let title = MARGIN + text::width(title, TITLE) * ROOM;
    let (width, height) = (right.max(title) + MARGIN, bottom.max(paper.y) + MARGIN);
    paper.drawing.sized(width, height, SCALE)
}

/// Returns the number of parameters of layers.
fn count(layers: &[Layer]) -> usize {
    layers.iter().map(Layer::parameter_count).sum()
}

/// Block widths by the logarithm of the number of values, scaled to the values that occur.
struct Widths {
    least: f32,
    most: f32,
}

impl Widths {
    fn of(values: impl Iterator<Item = usize>) -> Self {
        let (least, most) = values
            .map(|v| (v.max(1) as f32).ln())
            .fold((f32::INFINITY, 0.0_f32), |(lo, hi), v| (lo.min(v), hi.max(v)));
        Self { least, most }
    }

    /// Returns the width of a block; its text always fits.
    fn block(&self, block: &Block) -> f32 {
        let spread = self.most - self.least;
        let part = ((block.values.max(1) as f32).ln() - self.least) / spread.max(1e-6);
        let width = if spread > 1e-6 { NARROW + part * (WIDE - NARROW) } else { WIDE };
        width.max(block.text_width())
    }
}

/// A drawing that grows downwards from `y`.
struct Paper {
    drawing: Drawing,
    y: f32,
}

impl Paper {
    /// Writes centred text: bold in ink, or soft.
    fn words(&mut self, at: (f32, f32), words: &str, size: f32, bold: bool) {
        let style = if bold { Style::new(size, INK).bold() } else { Style::new(size, SOFT) };
        self.drawing.text(words, at, &style.at(Across::Centre, Along::Base));
    }

    fn heading(&mut self, x: f32, name: &str, total: usize) {
        self.y += HEADING * text::CAPITAL;
        self.words((x, self.y), name, HEADING, true);
        self.y += 19.0;
        self.words((x, self.y), &parameters(total), DETAIL, false);
        self.y += 15.0;
    }

    fn arrow(&mut self, x: f32) {
        let (from, to) = (self.y + 1.0, self.y + ARROW - 2.0);
        self.drawing.stroke([(x, from), (x, to - 4.0)], 1.2, RULE, 1.0);
        self.drawing.polygon([(x - 4.5, to - 7.0), (x + 4.5, to - 7.0), (x, to)], RULE, 1.0);
        self.y += ARROW;
    }

    /// Draws two lines of text in a shape `high` high, `above` wide at the top and `below` wide at the
    /// bottom.
    fn shape(
        &mut self,
        x: f32,
        (above, below, high): (f32, f32, f32),
        (kind, detail): (&str, &str),
        look: Look,
    ) {
        let (top, foot) = (self.y, self.y + high);
        let corners = [
            (x - above / 2.0, top),
            (x + above / 2.0, top),
            (x + below / 2.0, foot),
            (x - below / 2.0, foot),
        ];
        self.drawing.polygon(corners, look.0, 1.0);
        let [first, ..] = corners;
        self.drawing.stroke([&corners[..], &[first]].concat(), 1.0, look.1, 1.0);
        let middle = f32::midpoint(top, foot);
        self.words((x, middle - 4.0), kind, KIND, true);
        self.words((x, middle + 14.0), detail, DETAIL, false);
        self.y = foot;
    }

    fn block(&mut self, x: f32, width: f32, block: &Block) {
        self.shape(x, (width, width, BLOCK), (&block.kind, &block.detail), block.look);
    }

    fn funnel(&mut self, x: f32, ends: (f32, f32), name: &str, count: usize, look: Look) {
        self.shape(x, (ends.0, ends.1, 110.0), (name, &parameters(count)), look);
    }

    /// Draws one part of the network block by block; returns its width.
    fn column(
        &mut self,
        left: f32,
        name: &str,
        count: usize,
        blocks: &[Block],
        widths: &Widths,
    ) -> f32 {
        let wide = blocks.iter().map(|block| widths.block(block)).fold(NARROW, f32::max);
        let middle = left + wide / 2.0;
        self.heading(middle, name, count);
        for (i, block) in blocks.iter().enumerate() {
            if i > 0 {
                self.arrow(middle);
            }
            self.block(middle, widths.block(block), block);
        }
        wide
    }

    /// Draws both parts as funnels between input, code and output; returns the width.
    fn whole(&mut self, left: f32, network: &Architecture, widths: &Widths) -> f32 {
        let blocks = [Block::input(network), Block::code(network), Block::output(network)];
        let [input, code, output] = &blocks;
        let [above, narrow, below] = [input, code, output].map(|block| widths.block(block));
        let wide = above.max(narrow).max(below);
        let middle = left + wide / 2.0;
        let (encoded, decoded) = (count(&network.encoder), count(&network.decoder));
        self.heading(middle, "Autoencoder", encoded + decoded);
        self.block(middle, above, input);
        self.arrow(middle);
        self.funnel(middle, (above, narrow), "Encoder", encoded, CONV);
        self.arrow(middle);
        self.block(middle, narrow, code);
        self.arrow(middle);
        self.funnel(middle, (narrow, below), "Decoder", decoded, TRANSPOSE);
        self.arrow(middle);
        self.block(middle, below, output);
        wide
    }
}
