//! A plotters backend that draws antialiased shapes and embedded fonts on a [`Drawing`].
//!
//! plotters uses integer coordinates. Here they count quarter pixels, so that the vertices of a curve are not
//! rounded to whole pixels.

use super::{
    drawing::Drawing,
    raster::Point,
    style::Colour,
    text::{self, Across, Along, Style, Turn},
};
use image::Rgb;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};
use std::convert::Infallible;

/// Backend coordinates per pixel.
pub const UNITS: i32 = 4;

/// Converts pixels to backend coordinates, stroke widths or font sizes.
pub fn units(pixels: f32) -> i32 {
    (pixels * UNITS as f32).round() as i32
}

/// A drawing as a plotters backend.
pub struct Canvas<'a>(pub &'a mut Drawing);

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

fn pixels((x, y): BackendCoord) -> Point {
    (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
}

fn paint(colour: BackendColor) -> (Colour, f32) {
    (Rgb([colour.rgb.0, colour.rgb.1, colour.rgb.2]), colour.alpha as f32)
}

/// Snaps a horizontal or vertical line to whole pixels: half-covered pixels on both sides would blur it.
fn snapped(a: Point, b: Point, width: f32) -> Option<[Point; 4]> {
    let half = width.round().max(1.0);
    let edge = |centre: f32| (centre - half / 2.0).round();
    if (a.1 - b.1).abs() < f32::EPSILON {
        let top = edge(a.1);
        return Some([(a.0, top), (b.0, top), (b.0, top + half), (a.0, top + half)]);
    }
    if (a.0 - b.0).abs() < f32::EPSILON {
        let left = edge(a.0);
        return Some([(left, a.1), (left + half, a.1), (left + half, b.1), (left, b.1)]);
    }
    None
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (units(self.0.width) as u32, units(self.0.height) as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        let (x, y) = point;
        self.fill_polygon([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], &color)
    }

    fn draw_line<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, s: &S) -> Drawn {
        self.draw_path([a, b], s)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<_> = path.into_iter().map(pixels).collect();
        let width = style.stroke_width() as f32 / UNITS as f32;
        let (colour, opacity) = paint(style.color());
        match points.as_slice() {
            &[a, b] if let Some(corners) = snapped(a, b, width) => {
                self.0.polygon(corners, colour, opacity);
            }
            _ => self.0.stroke(points, width, colour, opacity),
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (colour, opacity) = paint(style.color());
        let radius = radius as f32 / UNITS as f32;
        if fill {
            self.0.disc(pixels(center), radius, colour, opacity);
        } else {
            let width = style.stroke_width() as f32 / UNITS as f32;
            self.0.ring(pixels(center), radius, width, colour);
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<_> = vert.into_iter().map(pixels).collect();
        let (colour, opacity) = paint(style.color());
        self.0.polygon(points, colour, opacity);
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        pos: BackendCoord,
    ) -> Drawn {
        let across = match style.anchor().h_pos {
            HPos::Left => Across::Left,
            HPos::Center => Across::Centre,
            HPos::Right => Across::Right,
        };
        let along = match style.anchor().v_pos {
            VPos::Top => Along::Top,
            VPos::Center => Along::Middle,
            VPos::Bottom => Along::Bottom,
        };
        let turn = match style.transform() {
            FontTransform::None | FontTransform::Rotate180 => Turn::None,
            FontTransform::Rotate90 => Turn::Down,
            FontTransform::Rotate270 => Turn::Up,
        };
        let (colour, _) = paint(style.color());
        let plain = Style::new(style.size() as f32 / UNITS as f32, colour);
        let bold = matches!(style.style(), FontStyle::Bold);
        let style = Style { bold, ..plain }.at(across, along).turned(turn);
        self.0.text(text, pixels(pos), &style);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() as f32;
        let height = size * (text::CAPITAL + text::DESCENT);
        Ok((text::width(text, size).ceil() as u32, height.ceil() as u32))
    }
}
