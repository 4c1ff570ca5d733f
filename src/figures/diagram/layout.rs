//! Where the blocks of a diagram go.

use super::{Diagram, Item};
use crate::arch::{Activation, Architecture, Layer, Op, Shape};
use crate::figures::style::{Colour, INK, SOFT};
use crate::figures::text;
use crate::spec::words::thousands;
use image::Rgb;

const MARGIN: f32 = 28.0;
const TITLE: f32 = 22.0;
const HEADING: f32 = 16.0;
const KIND: f32 = 14.0;
const DETAIL: f32 = 12.5;
/// Height of a layer's block and of the arrow to the next.
const BLOCK: f32 = 50.0;
const ARROW: f32 = 24.0;
/// Width of the narrowest and of the widest block; between them by the logarithm of the values.
const NARROW: f32 = 190.0;
const WIDE: f32 = 380.0;
/// Space between the three parts.
const GUTTER: f32 = 44.0;
/// Viewers without our font use a wider one.
const SUBSTITUTE: f32 = 1.12;

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
    /// Values that come out, for the width.
    values: usize,
    look: Look,
}

impl Block {
    fn data(kind: &str, shape: Shape, look: Look) -> Self {
        Self { kind: kind.to_owned(), detail: brief_shape(shape), values: shape.len(), look }
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
        text::width(&self.kind, KIND * 1.05).max(text::width(&self.detail, DETAIL)) * SUBSTITUTE
            + 20.0
    }
}

/// What the layer does: `Conv 3x3 / 2, ReLU`.
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

/// The shape of one sample, `(14, 14, 32)` or `(16)`.
fn brief_shape(shape: Shape) -> String {
    match shape {
        Shape::Picture(s) => format!("({}, {}, {})", s.height, s.width, s.channels),
        Shape::Vector(len) => format!("({len})"),
    }
}

/// The diagram of a network.
pub(super) fn diagram(network: &Architecture, title: &str) -> Diagram {
    let (input, output) = (Shape::Picture(network.input), Shape::Picture(network.output));
    let code = Shape::Vector(network.latent_dim);
    let count = |layers: &[Layer]| layers.iter().map(Layer::parameter_count).sum::<usize>();
    let column = |first: Block, layers: &[Layer]| -> Vec<Block> {
        std::iter::once(first).chain(layers.iter().map(Block::layer)).collect()
    };
    let encoder = column(Block::data("Input", input, DATA), &network.encoder);
    let decoder = column(Block::data("Code", code, CODE), &network.decoder);

    let mut paper = Paper { items: Vec::new(), y: MARGIN };
    if !title.is_empty() {
        paper.y += TITLE * text::CAPITAL;
        paper.words((MARGIN, paper.y), title, TITLE, Place::Title);
        paper.y += 34.0;
    }
    let top = paper.y;
    let blocks = || encoder.iter().chain(&decoder);
    let scale = Widths::of(blocks().map(|b| b.values));
    let width = |block: &Block| scale.of_values(block.values).max(block.text_width());
    let column_width = |blocks: &[Block]| blocks.iter().map(width).fold(NARROW, f32::max);
    let (first, second) = (column_width(&encoder), column_width(&decoder));

    let (encoded, decoded) = (count(&network.encoder), count(&network.decoder));
    let mut left = MARGIN;
    let mut bottom = top;
    for (name, blocks, wide, total) in
        [("Encoder", &encoder, first, encoded), ("Decoder", &decoder, second, decoded)]
    {
        paper.y = top;
        let middle = left + wide / 2.0;
        paper.heading(middle, name, total);
        for (i, block) in blocks.iter().enumerate() {
            paper.arrow(middle, i > 0);
            paper.block(middle, width(block), block);
        }
        bottom = bottom.max(paper.y);
        left += wide + GUTTER;
    }

    paper.y = top;
    let ends = [Block::data("Input", input, DATA), Block::data("Output", output, DATA)];
    let hinge = Block::data("Code", code, CODE);
    let [wide, narrow, out] = [&ends[0], &hinge, &ends[1]].map(width);
    let third = wide.max(narrow).max(out);
    let middle = left + third / 2.0;
    paper.heading(middle, "Autoencoder", encoded + decoded);
    paper.block(middle, wide, &ends[0]);
    paper.arrow(middle, true);
    paper.funnel(middle, (wide, narrow), "Encoder", encoded, CONV);
    paper.arrow(middle, true);
    paper.block(middle, narrow, &hinge);
    paper.arrow(middle, true);
    paper.funnel(middle, (narrow, out), "Decoder", decoded, TRANSPOSE);
    paper.arrow(middle, true);
    paper.block(middle, out, &ends[1]);
    bottom = bottom.max(paper.y);

    let title = MARGIN + text::width(title, TITLE) * SUBSTITUTE;
    Diagram {
        width: (left + third).max(title) + MARGIN,
        height: bottom + MARGIN,
        items: paper.items,
    }
}

/// Block widths by the logarithm of the number of values, over the values that occur.
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

    fn of_values(&self, values: usize) -> f32 {
        let spread = self.most - self.least;
        let part = ((values.max(1) as f32).ln() - self.least) / spread.max(1e-6);
        if spread > 1e-6 { NARROW + part * (WIDE - NARROW) } else { WIDE }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Title,
    Centred { bold: bool, colour: Colour },
}

/// A drawing that grows downwards from `y`.
struct Paper {
    items: Vec<Item>,
    y: f32,
}

impl Paper {
    fn words(&mut self, at: (f32, f32), words: &str, size: f32, place: Place) {
        let (bold, centred, colour) = match place {
            Place::Title => (true, false, INK),
            Place::Centred { bold, colour } => (bold, true, colour),
        };
        self.items.push(Item::Words { at, words: words.to_owned(), size, bold, centred, colour });
    }

    fn heading(&mut self, x: f32, name: &str, total: usize) {
        self.y += HEADING * text::CAPITAL;
        self.words((x, self.y), name, HEADING, Place::Centred { bold: true, colour: INK });
        self.y += 19.0;
        let place = Place::Centred { bold: false, colour: SOFT };
        self.words((x, self.y), &parameters(total), DETAIL, place);
        self.y += 15.0;
    }

    fn arrow(&mut self, x: f32, wanted: bool) {
        if wanted {
            self.items.push(Item::Arrow { x, from: self.y + 1.0, to: self.y + ARROW - 2.0 });
            self.y += ARROW;
        }
    }

    /// Two lines of text in a shape `high` high, `above` wide at its top and `below` at its foot.
    fn shape(
        &mut self,
        x: f32,
        (above, below, high): (f32, f32, f32),
        (kind, detail): (&str, &str),
        look: Look,
    ) {
        let (top, foot) = (self.y, self.y + high);
        let points = vec![
            (x - above / 2.0, top),
            (x + above / 2.0, top),
            (x + below / 2.0, foot),
            (x - below / 2.0, foot),
        ];
        self.items.push(Item::Shape { points, fill: look.0, edge: look.1 });
        let middle = f32::midpoint(top, foot);
        let place = Place::Centred { bold: true, colour: INK };
        self.words((x, middle - 4.0), kind, KIND, place);
        let place = Place::Centred { bold: false, colour: SOFT };
        self.words((x, middle + 14.0), detail, DETAIL, place);
        self.y = foot;
    }

    fn block(&mut self, x: f32, width: f32, block: &Block) {
        self.shape(x, (width, width, BLOCK), (&block.kind, &block.detail), block.look);
    }

    fn funnel(&mut self, x: f32, ends: (f32, f32), name: &str, count: usize, look: Look) {
        self.shape(x, (ends.0, ends.1, 110.0), (name, &parameters(count)), look);
    }
}
