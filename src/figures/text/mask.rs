//! Rasterized text: the coverage of pixels.

use super::{FONTS, Line, Style, Turn};
use crate::figures::style::{Colour, blend};
use ab_glyph::{Font, Glyph};
use image::RgbImage;

/// Coverage of the pixels around a line of text, before it is turned.
pub(super) struct Mask {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
    values: Vec<f32>,
}

impl Mask {
    /// Rasterizes a line of text.
    pub fn of(line: Line, style: &Style) -> Self {
        let Line { glyphs, length, start, base } = line;
        let reach = style.size.ceil() as i32 + style.halo.ceil() as i32;
        let (left, top) = (start.floor() as i32 - reach, base as i32 - reach);
        let (width, height) = (length.ceil() as i32 + 2 * reach, 2 * reach);
        let mut mask = Self { left, top, width, height, values: vec![0.0; 0] };
        mask.values.resize((width * height) as usize, 0.0);
        // A second pass shifted by a fraction of a pixel thickens strokes.
        let thicken = style.thickening();
        for (which, glyph) in glyphs {
            for shift in [-thicken / 2.0, thicken / 2.0] {
                let mut glyph = glyph.clone();
                glyph.position.x += start - left as f32 + shift;
                glyph.position.y = base - top as f32;
                mask.add(which, glyph);
            }
        }
        mask
    }

    fn add(&mut self, which: usize, glyph: Glyph) {
        let Some(outline) = FONTS.get(which).and_then(|font| font.outline_glyph(glyph)) else {
            return;
        };
        let corner = outline.px_bounds().min;
        outline.draw(|dx, dy, covered| {
            let (x, y) = (corner.x as i32 + dx as i32, corner.y as i32 + dy as i32);
            if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
                let value = &mut self.values[(y * self.width + x) as usize];
                *value = value.max(covered.min(1.0));
            }
        });
    }

    /// Returns the mask grown by `reach` pixels.
    pub fn dilated(&self, reach: f32) -> Self {
        let steps = reach.ceil() as i32;
        let mut values = vec![0.0_f32; self.values.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                let covered = self.values[(y * self.width + x) as usize];
                if covered == 0.0 {
                    continue;
                }
                for dy in -steps..=steps {
                    for dx in -steps..=steps {
                        let (nx, ny) = (x + dx, y + dy);
                        let near = (reach + 0.5 - (dx as f32).hypot(dy as f32)).clamp(0.0, 1.0);
                        if (0..self.width).contains(&nx) && (0..self.height).contains(&ny) {
                            let value = &mut values[(ny * self.width + nx) as usize];
                            *value = value.max(covered * near);
                        }
                    }
                }
            }
        }
        Self { values, ..*self }
    }

    /// Paints the text onto an image in the direction of `turn`.
    pub fn paint(&self, image: &mut RgbImage, colour: Colour, turn: Turn) {
        for y in 0..self.height {
            for x in 0..self.width {
                let covered = self.values[(y * self.width + x) as usize];
                if covered == 0.0 {
                    continue;
                }
                let (x, y) = (self.left + x, self.top + y);
                let (x, y) = match turn {
                    Turn::None => (x, y),
                    Turn::Up => (y, -x - 1),
                    Turn::Down => (-y - 1, x),
                };
                if x >= 0 && y >= 0 && (x as u32) < image.width() && (y as u32) < image.height() {
                    let pixel = image.get_pixel_mut(x as u32, y as u32);
                    *pixel = blend(*pixel, colour, covered);
                }
            }
        }
    }
}
