//! Formats a network as a table, for `model.txt` and `runner check`.

use super::{Activation, Architecture, ConvShape, Layer, Op, Shape};
use crate::words::thousands;
use std::{array, fmt::Write, iter};

/// Name, type, output shape and parameters of a layer.
type Row = [String; 4];

impl Architecture {
    /// Returns a table of the layers with output shapes and parameters, separately for encoder and decoder, and
    /// the totals.
    pub fn table(&self) -> String {
        let titles = ["layer", "type", "output shape", "parameters"].map(str::to_owned);
        let shape = Shape::Image(self.input).to_string();
        let input = ["input".to_owned(), String::new(), shape, "0".to_owned()];
        let encoder = iter::once(input).chain(self.encoder.iter().map(row)).collect();
        let parts: [Vec<Row>; 3] = [vec![titles], encoder, self.decoder.iter().map(row).collect()];
        let width =
            |column: usize| parts.iter().flatten().map(move |row| row[column].chars().count());
        let [a, b, c, d] = array::from_fn(|column| width(column).max().unwrap_or(0));
        let rule = "-".repeat(a + b + c + d + 6);
        let mut text = String::new();
        for rows in &parts {
            for [name, kind, output, parameters] in rows {
                let _ = writeln!(text, "{name:<a$}  {kind:<b$}  {output:<c$}  {parameters:>d$}");
            }
            let _ = writeln!(text, "{rule}");
        }
        let count = |layers: &[Layer]| layers.iter().map(Layer::parameter_count).sum::<usize>();
        for (name, count) in [
            ("encoder", count(&self.encoder)),
            ("decoder", count(&self.decoder)),
            ("total", self.parameter_count()),
        ] {
            let _ = writeln!(text, "{name:<8}{:>13} parameters", thousands(count));
        }
        text
    }
}

impl Layer {
    /// Describes its operation, as in `Conv 3x3 /2, relu`.
    pub fn kind(&self) -> String {
        let conv = |name: &str, c: ConvShape| {
            let stride =
                if c.rows.stride == 1 { String::new() } else { format!(" /{}", c.rows.stride) };
            format!("{name} {}x{}{stride}", c.rows.kernel, c.cols.kernel)
        };
        let op = match self.op {
            Op::Conv(c) => conv("Conv", c),
            Op::ConvTranspose(c) => conv("ConvTranspose", c),
            Op::Dense => "Dense".to_owned(),
            Op::Flatten => "Flatten".to_owned(),
            Op::Reshape => "Reshape".to_owned(),
        };
        match self.activation {
            Activation::Linear => op,
            activation => format!("{op}, {}", activation.name()),
        }
    }
}

fn row(layer: &Layer) -> Row {
    let parameters = thousands(layer.parameter_count());
    [layer.name.clone(), layer.kind(), layer.output.to_string(), parameters]
}
