//! Formats a network as a table, for `model.txt` and `runner check`.

use crate::arch::{Activation, Architecture, ConvShape, Layer, Op};
use crate::words::thousands;
use std::fmt::Write;

/// Returns the layers with output shapes and parameters, separately for encoder and decoder, and the totals.
pub fn table(arch: &Architecture) -> String {
    let rows: Vec<Row> = arch.layers().map(Row::of).collect();
    let width = |cell: fn(&Row) -> &str, title: &str| {
        rows.iter().map(|row| cell(row).chars().count()).chain([title.len()]).max().unwrap_or(0)
    };
    let columns = [
        width(|row| &row.name, TITLES[0]),
        width(|row| &row.kind, TITLES[1]),
        width(|row| &row.output, TITLES[2]),
        width(|row| &row.parameters, TITLES[3]),
    ];
    let rule = "-".repeat(columns.iter().sum::<usize>() + 2 * (columns.len() - 1));
    let mut text = String::new();
    line(&mut text, columns, TITLES);
    for (part, rows) in
        [("encoder", &rows[..arch.encoder.len()]), ("decoder", &rows[arch.encoder.len()..])]
    {
        let _ = writeln!(text, "{rule}");
        if part == "encoder" {
            line(
                &mut text,
                columns,
                [
                    "input",
                    "",
                    &format!(
                        "(batch, {}, {}, {})",
                        arch.input.height, arch.input.width, arch.input.channels
                    ),
                    "0",
                ],
            );
        }
        for row in rows {
            line(&mut text, columns, [&row.name, &row.kind, &row.output, &row.parameters]);
        }
    }
    let _ = writeln!(text, "{rule}");
    let count = |layers: &[Layer]| layers.iter().map(Layer::parameter_count).sum::<usize>();
    for (name, count) in [
        ("encoder", count(&arch.encoder)),
        ("decoder", count(&arch.decoder)),
        ("total", arch.parameter_count()),
    ] {
        let _ = writeln!(text, "{name:<8}{:>13} parameters", thousands(count));
    }
    text
}

const TITLES: [&str; 4] = ["layer", "type", "output shape", "parameters"];

struct Row {
    name: String,
    kind: String,
    output: String,
    parameters: String,
}

impl Row {
    fn of(layer: &Layer) -> Self {
        Self {
            name: layer.name.clone(),
            kind: kind(layer),
            output: layer.output.to_string(),
            parameters: thousands(layer.parameter_count()),
        }
    }
}

fn line(text: &mut String, [a, b, c, d]: [usize; 4], cells: [&str; 4]) {
    let [name, kind, output, parameters] = cells;
    let _ = writeln!(text, "{name:<a$}  {kind:<b$}  {output:<c$}  {parameters:>d$}");
}

/// Describes a layer, as in `Conv 3x3 /2, relu`.
pub fn kind(layer: &Layer) -> String {
    let conv = |name: &str, c: ConvShape| {
        let stride =
            if c.rows.stride == 1 { String::new() } else { format!(" /{}", c.rows.stride) };
        format!("{name} {}x{}{stride}", c.rows.kernel, c.cols.kernel)
    };
    let op = match layer.op {
        Op::Conv(c) => conv("Conv", c),
        Op::ConvTranspose(c) => conv("ConvTranspose", c),
        Op::Dense => "Dense".to_owned(),
        Op::Flatten => "Flatten".to_owned(),
        Op::Reshape => "Reshape".to_owned(),
    };
    match layer.activation {
        Activation::Linear => op,
        activation => format!("{op}, {}", activation.name()),
    }
}
