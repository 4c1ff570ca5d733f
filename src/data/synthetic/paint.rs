//! Flat shapes painted over each other, anti-aliased by supersampling.

/// Red, green and blue between 0 and 1.
pub type Color = [f32; 3];

/// Samples along each side of a pixel.
const FINE: usize = 3;

/// A square image being painted; coordinates are shares of its side, with (0, 0) at the top left.
pub struct Painting {
    /// Samples along each side.
    side: usize,
    samples: Vec<Color>,
}

impl Painting {
    /// Creates a black image of `side` x `side` pixels.
    pub fn new(side: usize) -> Self {
        let side = side * FINE;
        Self { side, samples: vec![[0.0; 3]; side * side] }
    }

    /// Paints the samples of the box from (`x0`, `y0`) to (`x1`, `y1`) for which `color` returns a color.
    pub fn fill(
        &mut self,
        (x0, y0): (f32, f32),
        (x1, y1): (f32, f32),
        color: impl Fn(f32, f32) -> Option<Color>,
    ) {
        let side = self.side as f32;
        let first = |place: f32| (place * side).floor().clamp(0.0, side) as usize;
        let last = |place: f32| (place * side).ceil().clamp(0.0, side) as usize;
        for row in first(y0)..last(y1) {
            for column in first(x0)..last(x1) {
                let (x, y) = ((column as f32 + 0.5) / side, (row as f32 + 0.5) / side);
                if let Some(color) = color(x, y) {
                    self.samples[row * self.side + column] = color;
                }
            }
        }
    }

    /// Paints a rectangle.
    pub fn rectangle(&mut self, from: (f32, f32), to: (f32, f32), color: Color) {
        self.fill(from, to, |x, y| {
            (x >= from.0 && x < to.0 && y >= from.1 && y < to.1).then_some(color)
        });
    }

    /// Paints an ellipse around (`x`, `y`).
    pub fn ellipse(&mut self, (x, y): (f32, f32), (rx, ry): (f32, f32), color: Color) {
        self.fill((x - rx, y - ry), (x + rx, y + ry), |px, py| {
            let (dx, dy) = ((px - x) / rx, (py - y) / ry);
            (dx * dx + dy * dy < 1.0).then_some(color)
        });
    }

    /// Paints a triangle.
    pub fn triangle(&mut self, corners: [(f32, f32); 3], color: Color) {
        let [a, b, c] = corners;
        let side = |p: (f32, f32), q: (f32, f32), x: f32, y: f32| {
            (q.0 - p.0) * (y - p.1) - (q.1 - p.1) * (x - p.0)
        };
        let low = (a.0.min(b.0).min(c.0), a.1.min(b.1).min(c.1));
        let high = (a.0.max(b.0).max(c.0), a.1.max(b.1).max(c.1));
        self.fill(low, high, |x, y| {
            let sides = [side(a, b, x, y), side(b, c, x, y), side(c, a, x, y)];
            let inside = sides.iter().all(|&s| s >= 0.0) || sides.iter().all(|&s| s <= 0.0);
            inside.then_some(color)
        });
    }

    /// Writes the pixels, each the mean of its samples.
    pub fn write(&self, pixels: &mut [u8]) {
        let side = self.side / FINE;
        for (at, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            let (row, column) = (at / side * FINE, at % side * FINE);
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sum: f32 = (0..FINE * FINE)
                    .map(|i| (row + i / FINE) * self.side + column + i % FINE)
                    .map(|sample| self.samples[sample][channel])
                    .sum();
                *value = (sum * (255.0 / (FINE * FINE) as f32)).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// Returns the color, `light` times as bright.
pub fn lit(color: Color, light: f32) -> Color {
    color.map(|value| (value * light).min(1.0))
}

/// Interpolates between two colors: `a` at 0, `b` at 1.
pub fn mix(a: Color, b: Color, share: f32) -> Color {
    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_covers_its_pixels_and_a_share_of_those_it_cuts() {
        let mut painting = Painting::new(4);
        painting.rectangle((0.25, 0.0), (0.75 - 1.0 / 12.0, 0.25), [1.0, 0.5, 0.0]);
        let mut pixels = [9; 48];
        painting.write(&mut pixels);
        assert_eq!(pixels[..12], [0, 0, 0, 255, 128, 0, 170, 85, 0, 0, 0, 0]);
        assert_eq!(pixels[12..], [0; 36]);
    }

    #[test]
    fn round_and_pointed_shapes_cover_their_area() {
        let area = |paint: fn(&mut Painting)| {
            let mut painting = Painting::new(32);
            paint(&mut painting);
            let mut pixels = [0; 32 * 32 * 3];
            painting.write(&mut pixels);
            pixels.iter().map(|&value| f64::from(value)).sum::<f64>() / (255.0 * 3.0 * 1024.0)
        };
        let ellipse = area(|painting| painting.ellipse((0.5, 0.4), (0.3, 0.2), [1.0; 3]));
        assert!((ellipse - 0.188_5).abs() < 0.005, "{ellipse}");
        // Both orientations, and extending beyond the edge.
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.5, 2.0)];
        let triangle =
            area(|painting| painting.triangle([(0.0, 0.0), (1.0, 0.0), (0.5, 2.0)], [1.0; 3]));
        let turned =
            area(|painting| painting.triangle([(0.5, 2.0), (1.0, 0.0), (0.0, 0.0)], [1.0; 3]));
        assert!((triangle - 0.75).abs() < 0.01 && (triangle - turned).abs() < 0.01, "{corners:?}");
    }
}
