//! Figures as lists of shapes, which are drawn as pixels or written as SVG.

mod path;
mod svg;
#[cfg(test)]
pub(super) mod tests;

use super::{
    raster::{self, Point},
    style::{Colour, INK, MARGIN, SOFT, TICK, TITLE, WHITE, between},
    text::{self, Across, Along, Style},
};
use image::{RgbImage, imageops};

/// A white figure with shapes, each drawn over those before it. A unit is a pixel of the figure's natural size.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width in units.
    pub(super) width: f32,
    /// Height in units.
    pub(super) height: f32,
    /// Pixels of the rendered image per unit.
    scale: f32,
    shapes: Vec<Shape>,
}

/// An element of a drawing, in units.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// A line with round joins and ends.
    Stroke { points: Vec<Point>, width: f32, colour: Colour, opacity: f32 },
    /// A filled polygon.
    Polygon { points: Vec<Point>, colour: Colour, opacity: f32 },
    /// A filled circle.
    Disc { centre: Point, radius: f32, colour: Colour, opacity: f32 },
    /// The outline of a circle.
    Ring { centre: Point, radius: f32, width: f32, colour: Colour },
    /// A rectangle of whole units, from its top left corner.
    Block { corner: Point, size: (f32, f32), colour: Colour },
    /// The same, with evenly spaced colours from its foot to its top.
    Gradient { corner: Point, size: (f32, f32), stops: &'static [Colour] },
    /// A line of text.
    Text { text: String, at: Point, style: Style },
    /// A whole drawing, `top` units below the top of this one.
    Part { top: f32, drawing: Drawing },
}

impl Drawing {
    /// Returns an empty drawing.
    pub(super) fn new(width: f32, height: f32) -> Self {
        Self { width, height, scale: 1.0, shapes: Vec::new() }
    }

    /// Returns it with another size, rendered at `scale` pixels per unit.
    pub(super) fn sized(self, width: f32, height: f32, scale: f32) -> Self {
        Self { width, height, scale, ..self }
    }

    /// Returns drawings one below the other.
    pub fn stacked(drawings: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::new(0.0, 0.0);
        for drawing in drawings {
            let top = all.height;
            all.width = all.width.max(drawing.width);
            all.height += drawing.height;
            all.shapes.push(Shape::Part { top, drawing });
        }
        all
    }

    /// Adds a line through points. If it is translucent, it does not darken where it crosses itself.
    pub(super) fn stroke(
        &mut self,
        points: impl Into<Vec<Point>>,
        width: f32,
        colour: Colour,
        opacity: f32,
    ) {
        self.shapes.push(Shape::Stroke { points: points.into(), width, colour, opacity });
    }

    /// Adds a filled polygon.
    pub(super) fn polygon(&mut self, points: impl Into<Vec<Point>>, colour: Colour, opacity: f32) {
        self.shapes.push(Shape::Polygon { points: points.into(), colour, opacity });
    }

    /// Adds a filled circle.
    pub(super) fn disc(&mut self, centre: Point, radius: f32, colour: Colour, opacity: f32) {
        self.shapes.push(Shape::Disc { centre, radius, colour, opacity });
    }

    /// Adds the outline of a circle.
    pub(super) fn ring(&mut self, centre: Point, radius: f32, width: f32, colour: Colour) {
        self.shapes.push(Shape::Ring { centre, radius, width, colour });
    }

    /// Adds a rectangle, given by its top left corner and its size in whole units.
    pub(super) fn block(&mut self, corner: Point, size: (f32, f32), colour: Colour) {
        self.shapes.push(Shape::Block { corner, size, colour });
    }

    /// Adds such a rectangle, at least two units high, with evenly spaced colours from its foot to its top.
    pub(super) fn gradient(&mut self, corner: Point, size: (f32, f32), stops: &'static [Colour]) {
        self.shapes.push(Shape::Gradient { corner, size, stops });
    }

    /// Adds a line of text anchored at a point.
    pub(super) fn text(&mut self, text: &str, at: Point, style: &Style) {
        if !text.is_empty() {
            self.shapes.push(Shape::Text { text: text.to_owned(), at, style: *style });
        }
    }

    /// Adds a title in the top left corner, and a smaller note below it.
    pub(super) fn headings(&mut self, title: &str, note: &str) {
        let (left, top) = (MARGIN as f32, MARGIN as f32);
        let style = Style::new(TITLE, INK).bold().at(Across::Left, Along::Top);
        self.text(title, (left, top), &style);
        let style = Style::new(TICK, SOFT).at(Across::Left, Along::Top);
        self.text(note, (left, top + TITLE * text::CAPITAL + 15.0), &style);
    }

    /// Draws the shapes as pixels.
    pub fn render(&self) -> RgbImage {
        let (width, height) = ((self.width * self.scale) as u32, (self.height * self.scale) as u32);
        let mut image = RgbImage::from_pixel(width, height, WHITE);
        for shape in &self.shapes {
            shape.draw(&mut image, self.scale);
        }
        image
    }

    /// Writes the shapes as an SVG file. Its text consists of outlines, so it needs no fonts.
    pub fn svg(&self) -> String {
        svg::write(self)
    }
}

impl Shape {
    fn draw(&self, image: &mut RgbImage, scale: f32) {
        let scaled = |(x, y): Point| (x * scale, y * scale);
        let all = |points: &[Point]| -> Vec<Point> { points.iter().copied().map(scaled).collect() };
        let whole = |at: Point| (scaled(at).0 as i64, scaled(at).1 as i64);
        match self {
            Self::Stroke { points, width, colour, opacity } => {
                raster::stroke(image, &all(points), width * scale, *colour, *opacity);
            }
            Self::Polygon { points, colour, opacity } => {
                raster::polygon(image, &all(points), *colour, *opacity);
            }
            Self::Disc { centre, radius, colour, opacity } => {
                raster::disc(image, scaled(*centre), radius * scale, *colour, *opacity);
            }
            Self::Ring { centre, radius, width, colour } => {
                raster::ring(image, scaled(*centre), radius * scale, width * scale, *colour);
            }
            Self::Block { corner, size, colour } => {
                raster::block(image, whole(*corner), whole(*size), *colour);
            }
            Self::Gradient { corner, size, stops } => {
                let ((x, y), (width, rows)) = (whole(*corner), whole(*size));
                for row in 0..rows {
                    let colour = between(stops, 1.0 - row as f64 / (rows - 1) as f64);
                    raster::block(image, (x, y + row), (width, 1), colour);
                }
            }
            Self::Text { text, at, style } => {
                text::draw(image, text, scaled(*at), &style.scaled(scale));
            }
            Self::Part { top, drawing } => {
                imageops::replace(image, &drawing.render(), 0, whole((0.0, *top)).1);
            }
        }
    }
}
