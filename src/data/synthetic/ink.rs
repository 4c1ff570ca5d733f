//! Lines with soft edges on a single-channel canvas.

/// A point: `x` to the right, `y` down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    /// Returns the distance to `other`.
    pub fn distance(self, other: Self) -> f32 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }
}

/// Ink between 0 (none) and 1 (full) in each pixel; pixel (0, 0) covers the unit square at the origin.
pub struct Canvas {
    width: usize,
    height: usize,
    ink: Vec<f32>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, ink: vec![0.0; width * height] }
    }

    /// Returns the ink of each pixel, row by row.
    pub fn ink(&self) -> impl Iterator<Item = f32> + '_ {
        self.ink.iter().copied()
    }

    /// Draws a line with round ends, `radius` pixels to either side, with edges that fade over `softness`
    /// pixels.
    ///
    /// Where lines cross, the larger of the two amounts of ink counts.
    pub fn segment(&mut self, from: Point, to: Point, radius: f32, softness: f32) {
        let reach = radius + 0.5 * softness + 0.5;
        let rows = span(from.y.min(to.y) - reach, from.y.max(to.y) + reach, self.height);
        let columns = span(from.x.min(to.x) - reach, from.x.max(to.x) + reach, self.width);
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length2 = (dx * dx + dy * dy).max(1e-12);
        for row in rows {
            for column in columns.clone() {
                let pixel = Point { x: column as f32 + 0.5, y: row as f32 + 0.5 };
                let along = ((pixel.x - from.x) * dx + (pixel.y - from.y) * dy) / length2;
                let along = along.clamp(0.0, 1.0);
                let nearest = Point { x: from.x + along * dx, y: from.y + along * dy };
                let edge = (radius - pixel.distance(nearest)) / softness + 0.5;
                let ink = &mut self.ink[row * self.width + column];
                *ink = ink.max(edge.clamp(0.0, 1.0));
            }
        }
    }
}

/// Returns the pixels between two positions on an axis, clipped to its length.
fn span(low: f32, high: f32, len: usize) -> std::ops::Range<usize> {
    let low = low.floor().max(0.0) as usize;
    let high = high.ceil().max(0.0) as usize;
    low.min(len)..high.min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_full_in_the_middle_and_fades_to_both_sides() {
        let mut canvas = Canvas::new(9, 9);
        let (from, to) = (Point { x: 4.5, y: -20.0 }, Point { x: 4.5, y: 20.0 });
        canvas.segment(from, to, 1.5, 1.0);
        let row: Vec<f32> = canvas.ink().skip(4 * 9).take(9).collect();
        assert_eq!(row, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        canvas.segment(from, to, 2.0, 1.0);
        let row: Vec<f32> = canvas.ink().skip(4 * 9).take(9).collect();
        assert_eq!(row, [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn a_line_may_be_off_the_canvas_or_a_single_point() {
        let mut canvas = Canvas::new(4, 4);
        let away = Point { x: -50.0, y: 90.0 };
        canvas.segment(away, away, 1.0, 1.0);
        assert!(canvas.ink().all(|ink| ink <= 0.0));
        let middle = Point { x: 2.0, y: 2.0 };
        canvas.segment(middle, middle, 1.0, 1.0);
        assert!(canvas.ink().sum::<f32>() > 2.0);
    }
}
