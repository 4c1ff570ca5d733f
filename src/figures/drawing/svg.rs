//! Writes drawings as SVG.

use super::{
    Drawing, Shape,
    path::{Path, number},
};
use crate::figures::{
    raster::Point,
    style::{Colour, WHITE},
    text::{Curve, EM, Key, Line, Style, Turn, outlines},
};
use std::{
    collections::BTreeMap,
    fmt::{Arguments, Write},
};

/// Returns the text of an SVG file.
pub(super) fn write(drawing: &Drawing) -> String {
    let mut svg = Svg::default();
    svg.shapes(&drawing.shapes);
    let (width, height) = (number(drawing.width), number(drawing.height));
    let mut glyphs = String::new();
    // Writing to a string cannot fail.
    for (key, data) in svg.glyphs.iter().filter(|(_, data)| !data.is_empty()) {
        let _ = writeln!(glyphs, "<path id=\"{}\" d=\"{data}\"/>", id(*key));
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\">\n<defs>\n{glyphs}</defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n{}</svg>\n",
        hex(WHITE),
        svg.body
    )
}

/// A file that is being written.
#[derive(Default)]
struct Svg {
    body: String,
    /// The outlines of each glyph of its text.
    glyphs: BTreeMap<Key, String>,
}

impl Svg {
    fn add(&mut self, element: Arguments<'_>) {
        let _ = writeln!(self.body, "{element}");
    }

    /// Writes shapes. Neighbours of the same opacity share it, as the points of a scatter plot do.
    fn shapes(&mut self, shapes: &[Shape]) {
        for shapes in shapes.chunk_by(|a, b| a.opacity().to_bits() == b.opacity().to_bits()) {
            let opacity = number(shapes[0].opacity());
            if opacity != "1" {
                self.add(format_args!(
                    "<g fill-opacity=\"{opacity}\" stroke-opacity=\"{opacity}\">"
                ));
            }
            for shape in shapes {
                self.shape(shape);
            }
            if opacity != "1" {
                self.add(format_args!("</g>"));
            }
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Stroke { points, width, colour, .. } => {
                let (data, pen) = (Path::through(points).data, pen(*colour, *width));
                self.add(format_args!("<path d=\"{data}\" fill=\"none\"{pen}/>"));
            }
            Shape::Polygon { points, colour, .. } => {
                let data = Path::through(points).data;
                self.add(format_args!("<path d=\"{data}z\" fill=\"{}\"/>", hex(*colour)));
            }
            Shape::Disc { centre, radius, colour, .. } => {
                let circle = circle(*centre, *radius);
                self.add(format_args!("{circle} fill=\"{}\"/>", hex(*colour)));
            }
            Shape::Ring { centre, radius, width, colour } => {
                let (circle, pen) = (circle(*centre, *radius), pen(*colour, *width));
                self.add(format_args!("{circle} fill=\"none\"{pen}/>"));
            }
            Shape::Block { corner, size, colour } => {
                let rectangle = rectangle(*corner, *size);
                self.add(format_args!("{rectangle} fill=\"{}\"/>", hex(*colour)));
            }
            Shape::Gradient { corner, size, stops } => self.gradient((*corner, *size), stops),
            Shape::Text { text, at, style } => self.text(text, &Line::of(text, *at, style), style),
            Shape::Part { top, drawing } => {
                self.add(format_args!("<g transform=\"translate(0 {})\">", number(*top)));
                self.shapes(&drawing.shapes);
                self.add(format_args!("</g>"));
            }
        }
    }

    fn gradient(&mut self, (corner, size): (Point, (f32, f32)), stops: &[Colour]) {
        // Its place in the file identifies it.
        let id = format!("gradient{}", self.body.len());
        self.add(format_args!("<linearGradient id=\"{id}\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">"));
        for (i, stop) in stops.iter().enumerate() {
            let offset = number(100.0 * i as f32 / (stops.len() - 1) as f32);
            self.add(format_args!("<stop offset=\"{offset}%\" stop-color=\"{}\"/>", hex(*stop)));
        }
        let rectangle = rectangle(corner, size);
        self.add(format_args!("</linearGradient>\n{rectangle} fill=\"url(#{id})\"/>"));
    }

    /// Writes a text as glyphs, which its label makes readable.
    fn text(&mut self, text: &str, line: &Line, style: &Style) {
        let turn = match style.turn {
            Turn::None => "",
            Turn::Up => "rotate(-90)",
            Turn::Down => "rotate(90)",
        };
        let (start, base, units) = (number(line.start), number(line.base), EM / style.size);
        let place = format!("{turn}translate({start} {base})scale({:.6})", 1.0 / units);
        let mut glyphs = String::new();
        for (key, x) in line.glyphs() {
            let data = self.glyphs.entry(key).or_insert_with(|| path(&outlines(key)));
            if !data.is_empty() {
                let (id, x) = (id(key), number((x * units).round()));
                let _ = write!(glyphs, "<use xlink:href=\"#{id}\" x=\"{x}\"/>");
            }
        }
        let looks = |colour: Colour, width: f32| {
            format!("transform=\"{place}\" fill=\"{}\"{}", hex(colour), pen(colour, width * units))
        };
        if style.halo > 0.0 {
            let looks = looks(WHITE, style.thickening() + 2.0 * style.halo);
            self.add(format_args!("<g {looks}>{glyphs}</g>"));
        }
        let (label, looks) = (escaped(text), looks(style.colour, style.thickening()));
        self.add(format_args!("<g role=\"img\" aria-label=\"{label}\" {looks}>{glyphs}</g>"));
    }
}

impl Shape {
    fn opacity(&self) -> f32 {
        match self {
            Self::Stroke { opacity, .. }
            | Self::Polygon { opacity, .. }
            | Self::Disc { opacity, .. } => *opacity,
            _ => 1.0,
        }
    }
}

fn id((font, glyph): Key) -> String {
    format!("g{font}-{}", glyph.0)
}

fn circle((x, y): Point, radius: f32) -> String {
    format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", number(x), number(y), number(radius))
}

fn rectangle((x, y): Point, (width, height): (f32, f32)) -> String {
    let [x, y, width, height] = [x, y, width, height].map(number);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn pen(colour: Colour, width: f32) -> String {
    format!(" stroke=\"{}\" stroke-width=\"{}\"", hex(colour), number(width))
}

/// Returns the data of a path that consists of curves.
fn path(curves: &[Curve]) -> String {
    let mut path = Path::default();
    let mut end = None;
    for curve in curves {
        let (start, command, points) = match curve {
            Curve::Line(a, b) => (*a, 'l', &[*b][..]),
            Curve::Quad(a, b, c) => (*a, 'q', &[*b, *c][..]),
            Curve::Cubic(a, b, c, d) => (*a, 'c', &[*b, *c, *d][..]),
        };
        if end != Some(start) {
            path.step('m', &[start]);
        }
        path.step(command, points);
        end = points.last().copied();
    }
    path.data
}

fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2])
}

/// Escapes text for XML and replaces characters that XML forbids.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
    text
}
