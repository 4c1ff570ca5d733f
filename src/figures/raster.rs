//! Draws antialiased shapes on an RGB image: computes the coverage of each pixel, then blends once.

use super::style::{Colour, blend};
use image::RgbImage;
use std::ops::Range;

/// A point in pixels; (0, 0) is the image's top left corner, not the centre of the first pixel.
pub type Point = (f32, f32);

/// Coverage, in [0, 1], of the pixels in a rectangle of the image.
struct Coverage {
    left: i64,
    top: i64,
    width: usize,
    values: Vec<f32>,
}

impl Coverage {
    /// Allocates coverage for everything within `reach` of the points, clipped to the image; `None` if
    /// nothing remains.
    fn around(image: &RgbImage, points: &[Point], reach: f32) -> Option<Self> {
        let bound = |pick: fn(&Point) -> f32| {
            let values = points.iter().map(pick);
            let (lo, hi) = values
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
            ((lo - reach).floor() as i64, (hi + reach).ceil() as i64)
        };
        if points.is_empty() || points.iter().any(|p| !p.0.is_finite() || !p.1.is_finite()) {
            return None;
        }
        let ((x0, x1), (y0, y1)) = (bound(|p| p.0), bound(|p| p.1));
        let (left, right) = (x0.max(0), x1.min(i64::from(image.width())));
        let (top, bottom) = (y0.max(0), y1.min(i64::from(image.height())));
        if left >= right || top >= bottom {
            return None;
        }
        let width = (right - left) as usize;
        Some(Self { left, top, width, values: vec![0.0; width * (bottom - top) as usize] })
    }

    fn height(&self) -> usize {
        self.values.len() / self.width
    }

    /// Raises the coverage along the segment from `a` to `b`, `radius` thick on each side.
    fn capsule(&mut self, a: Point, b: Point, radius: f32) {
        let reach = radius + 1.0;
        let columns = span(a.0.min(b.0) - reach, a.0.max(b.0) + reach, self.left, self.width);
        let rows = span(a.1.min(b.1) - reach, a.1.max(b.1) + reach, self.top, self.height());
        for row in rows {
            let y = (self.top + row as i64) as f32 + 0.5;
            for column in columns.clone() {
                let x = (self.left + column as i64) as f32 + 0.5;
                let covered = (radius + 0.5 - distance((x, y), a, b)).clamp(0.0, 1.0);
                let value = &mut self.values[row * self.width + column];
                *value = value.max(covered);
            }
        }
    }

    fn paint(&self, image: &mut RgbImage, colour: Colour, opacity: f32) {
        for (row, values) in self.values.chunks_exact(self.width).enumerate() {
            for (column, &value) in values.iter().enumerate() {
                if value > 0.0 {
                    let (x, y) = (self.left as u32 + column as u32, self.top as u32 + row as u32);
                    let pixel = image.get_pixel_mut(x, y);
                    *pixel = blend(*pixel, colour, value * opacity);
                }
            }
        }
    }
}

/// Returns the indices from `lo` to `hi`, both in pixels of the image, on an axis that starts at `start`.
fn span(lo: f32, hi: f32, start: i64, len: usize) -> Range<usize> {
    let clip = |v: i64| (v - start).clamp(0, len as i64) as usize;
    clip(lo.floor() as i64)..clip(hi.ceil() as i64)
}

/// Returns the distance of `p` from the segment between `a` and `b`.
fn distance(p: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy)
}

/// Draws a line through `points` with round joins. A translucent line does not darken where it crosses
/// itself.
pub fn stroke(image: &mut RgbImage, points: &[Point], width: f32, colour: Colour, opacity: f32) {
    let radius = width / 2.0;
    let Some(mut coverage) = Coverage::around(image, points, radius + 1.0) else { return };
    match points {
        [only] => coverage.capsule(*only, *only, radius),
        _ => points.windows(2).for_each(|pair| coverage.capsule(pair[0], pair[1], radius)),
    }
    coverage.paint(image, colour, opacity);
}

/// Draws a filled disc.
pub fn disc(image: &mut RgbImage, centre: Point, radius: f32, colour: Colour, opacity: f32) {
    stroke(image, &[centre], radius * 2.0, colour, opacity);
}

/// Draws the outline of a circle.
pub fn ring(image: &mut RgbImage, centre: Point, radius: f32, width: f32, colour: Colour) {
    let Some(mut coverage) = Coverage::around(image, &[centre], radius + width) else { return };
    let columns = coverage.width;
    for (i, value) in coverage.values.iter_mut().enumerate() {
        let x = (coverage.left + (i % columns) as i64) as f32 + 0.5 - centre.0;
        let y = (coverage.top + (i / columns) as i64) as f32 + 0.5 - centre.1;
        *value = (width / 2.0 + 0.5 - (x.hypot(y) - radius).abs()).clamp(0.0, 1.0);
    }
    coverage.paint(image, colour, 1.0);
}

/// Draws a filled polygon, by the even-odd rule.
pub fn polygon(image: &mut RgbImage, points: &[Point], colour: Colour, opacity: f32) {
    const SLICES: usize = 4;
    let Some(mut coverage) = Coverage::around(image, points, 0.0) else { return };
    for row in 0..coverage.height() {
        for slice in 0..SLICES {
            let y = (coverage.top + row as i64) as f32 + (slice as f32 + 0.5) / SLICES as f32;
            for pair in crossings(points, y).chunks_exact(2) {
                let columns = span(pair[0], pair[1], coverage.left, coverage.width);
                for column in columns {
                    let x = (coverage.left + column as i64) as f32;
                    let covered = pair[1].min(x + 1.0) - pair[0].max(x);
                    coverage.values[row * coverage.width + column] +=
                        covered.max(0.0) / SLICES as f32;
                }
            }
        }
    }
    coverage.paint(image, colour, opacity);
}

/// Returns where the polygon's edges cross height `y`, from left to right.
fn crossings(points: &[Point], y: f32) -> Vec<f32> {
    let next = points.iter().cycle().skip(1);
    let mut found: Vec<f32> = points
        .iter()
        .zip(next)
        .filter(|(a, b)| (a.1 <= y) != (b.1 <= y))
        .map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0))
        .collect();
    found.sort_by(f32::total_cmp);
    found
}

/// Fills whole pixels: columns `x..x + width`, rows `y..y + height`, clipped to the image.
pub fn block(image: &mut RgbImage, (x, y): (i64, i64), (width, height): (i64, i64), c: Colour) {
    let (right, bottom) = (i64::from(image.width()), i64::from(image.height()));
    for row in y.max(0)..(y + height).min(bottom) {
        for column in x.max(0)..(x + width).min(right) {
            image.put_pixel(column as u32, row as u32, c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::style::{INK, WHITE};

    fn covered(image: &RgbImage) -> f32 {
        let full = 255.0 - f32::from(INK[0]);
        image.pixels().map(|p| (255.0 - f32::from(p[0])) / full).sum()
    }

    fn paper() -> RgbImage {
        RgbImage::from_pixel(40, 40, WHITE)
    }

    #[test]
    fn shapes_cover_their_area() {
        let mut image = paper();
        disc(&mut image, (20.0, 20.0), 10.0, INK, 1.0);
        assert!((covered(&image) - 314.2).abs() < 3.0, "disc: {}", covered(&image));
        let mut image = paper();
        polygon(&mut image, &[(5.0, 5.0), (25.5, 5.0), (5.0, 25.5)], INK, 1.0);
        assert!((covered(&image) - 210.1).abs() < 2.0, "triangle: {}", covered(&image));
        let mut image = paper();
        stroke(&mut image, &[(5.0, 10.0), (35.0, 10.0)], 4.0, INK, 1.0);
        assert!((covered(&image) - 132.6).abs() < 3.0, "line: {}", covered(&image));
    }

    #[test]
    fn shapes_outside_the_image_or_without_numbers_are_not_drawn() {
        let mut image = paper();
        disc(&mut image, (-100.0, 20.0), 10.0, INK, 1.0);
        stroke(&mut image, &[(f32::NAN, 1.0), (3.0, 4.0)], 2.0, INK, 1.0);
        polygon(&mut image, &[(f32::INFINITY, 0.0), (1.0, 1.0), (0.0, 9.0)], INK, 1.0);
        block(&mut image, (-9, -9), (3, 3), INK);
        assert_eq!(image, paper());
    }
}
