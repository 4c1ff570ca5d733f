//! `synthetic_digits`: handwritten digits, 28x28 gray, drawn from strokes.
//!
//! The layout is that of MNIST: white on black, scaled to a box of about 20 pixels, centered by mass.
//! Writing style, proportions, slant, rotation, pen, and a smooth distortion of the paper vary between
//! images.

use super::super::dataset::Parts;
use super::super::math::sin_cos;
use super::glyphs::{self, Stroke};
use super::ink::{Canvas, Point};
use super::{around_zero, between};
use crate::arch::Size;
use crate::rng::ChaCha8Rng;
use crate::spec;
use rand::RngExt;
use std::f32::consts::TAU;

/// Height and width of an image.
const SIDE: usize = 28;

const CLASSES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Draws as many digits as the limits of `config` allow.
pub fn load(config: &spec::Data) -> Parts {
    super::load(config, Size::new(SIDE, SIDE, 1), &CLASSES, draw)
}

/// Draws one digit into `pixels` (28 x 28) and returns its class.
fn draw(rng: &mut ChaCha8Rng, pixels: &mut [u8]) -> u16 {
    let digit = rng.random_range(0..10_u16);
    let mut strokes = glyphs::write(digit, rng);
    bend(rng, &mut strokes);
    slant_and_turn(rng, digit, &mut strokes);

    let pen = Pen::choose(rng);
    fit(rng, &pen, &mut strokes);
    let mut canvas = Canvas::new(SIDE, SIDE);
    for stroke in &strokes {
        for (step, pair) in stroke.windows(2).enumerate() {
            let along = step as f32 / stroke.len() as f32;
            canvas.segment(pair[0], pair[1], pen.radius_at(along), pen.softness);
        }
    }
    for (pixel, ink) in pixels.iter_mut().zip(canvas.ink()) {
        *pixel = (ink * pen.darkness * 255.0).round() as u8;
    }
    digit
}

/// The pen that a digit is written with.
struct Pen {
    /// Half the width of the line, in pixels.
    radius: f32,
    /// Amplitude, as a share of the radius, of the sine wave by which the width varies along a stroke.
    swell: f32,
    /// Phase of this wave.
    phase: f32,
    /// Number of pixels over which the edge of the line fades out.
    softness: f32,
    /// Maximum ink of the line, up to 1.
    darkness: f32,
}

impl Pen {
    fn choose(rng: &mut ChaCha8Rng) -> Self {
        Self {
            radius: between(rng, 0.75, 1.75),
            swell: between(rng, 0.0, 0.22),
            phase: between(rng, 0.0, TAU),
            softness: between(rng, 0.9, 1.5),
            darkness: between(rng, 0.82, 1.0),
        }
    }

    /// Returns half the width of the line at a position between 0 and 1 along a stroke.
    fn radius_at(&self, along: f32) -> f32 {
        self.radius * (1.0 + self.swell * sin_cos(self.phase + along * TAU).0)
    }
}

/// Bends the paper by a few waves of low frequency in random directions.
fn bend(rng: &mut ChaCha8Rng, strokes: &mut [Stroke]) {
    for _ in 0..3 {
        let (sin, cos) = sin_cos(between(rng, 0.0, TAU));
        let frequency = between(rng, 1.5, 5.0);
        let phase = between(rng, 0.0, TAU);
        let (dx, dy) = (around_zero(rng, 0.032), around_zero(rng, 0.032));
        for point in strokes.iter_mut().flatten() {
            let wave = sin_cos(frequency * (cos * point.x + sin * point.y) + phase).0;
            point.x += dx * wave;
            point.y += dy * wave;
        }
    }
}

/// Slants the writing and rotates the paper a little.
fn slant_and_turn(rng: &mut ChaCha8Rng, digit: u16, strokes: &mut [Stroke]) {
    // A 1 stays legible with more slant to the right than other digits, but never slants far to the left.
    let slant = if digit == 1 { between(rng, -0.1, 0.5) } else { 0.08 + around_zero(rng, 0.16) };
    let (sin, cos) = sin_cos(around_zero(rng, 0.09));
    for point in strokes.iter_mut().flatten() {
        let x = point.x - slant * point.y;
        *point = Point { x: cos * x - sin * point.y, y: sin * x + cos * point.y };
    }
}

/// Scales the strokes to a box of about 20 pixels and approximately centers them by mass.
fn fit(rng: &mut ChaCha8Rng, pen: &Pen, strokes: &mut [Stroke]) {
    let bounds = |strokes: &[Stroke]| {
        let mut low = Point { x: f32::MAX, y: f32::MAX };
        let mut high = Point { x: f32::MIN, y: f32::MIN };
        for point in strokes.iter().flatten() {
            low = Point { x: low.x.min(point.x), y: low.y.min(point.y) };
            high = Point { x: high.x.max(point.x), y: high.y.max(point.y) };
        }
        (low, high)
    };
    let (low, high) = bounds(strokes);
    let aspect = between(rng, 0.85, 1.18);
    let size = between(rng, 17.5, 20.5) - 2.0 * pen.radius;
    let scale = size / (high.y - low.y).max((high.x - low.x) * aspect);
    for point in strokes.iter_mut().flatten() {
        *point = Point { x: point.x * scale * aspect, y: point.y * scale };
    }

    let (mut mass, mut moment) = (0.0, Point { x: 0.0, y: 0.0 });
    for pair in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let length = pair[0].distance(pair[1]);
        mass += length;
        moment.x += length * 0.5 * (pair[0].x + pair[1].x);
        moment.y += length * 0.5 * (pair[0].y + pair[1].y);
    }
    let center = SIDE as f32 / 2.0;
    let mut shift = Point {
        x: center - moment.x / mass + around_zero(rng, 0.7),
        y: center - moment.y / mass + around_zero(rng, 0.7),
    };
    // The line must stay on the paper, wherever the center of mass is.
    let (low, high) = bounds(strokes);
    let margin = pen.radius * (1.0 + pen.swell) + 0.5;
    shift.x = shift.x.max(margin - low.x).min(SIDE as f32 - margin - high.x);
    shift.y = shift.y.max(margin - low.y).min(SIDE as f32 - margin - high.y);
    for point in strokes.iter_mut().flatten() {
        *point = Point { x: point.x + shift.x, y: point.y + shift.y };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn digits(train: usize, test: usize) -> Parts {
        load(&spec::Data {
            train_limit: Some(train),
            test_limit: Some(test),
            ..spec::Data::default()
        })
    }

    #[test]
    fn without_limits_there_are_6000_digits_to_train_on_and_1000_to_test_on() {
        let parts = load(&spec::Data::default());
        assert_eq!((parts.train.len(), parts.test.len()), (6000, 1000));
        assert_eq!(parts.train.size, Size::new(28, 28, 1));
        assert_eq!(parts.train.labels.len(), 6000);
    }

    #[test]
    fn every_digit_is_about_as_frequent_as_any_other() {
        let parts = digits(6000, 1);
        for digit in 0..10 {
            let count = parts.train.labels.iter().filter(|&&label| label == digit).count();
            assert!((500..700).contains(&count), "{count} times {digit}");
        }
    }

    #[test]
    fn a_image_depends_on_its_part_and_index_only() {
        let (few, many) = (digits(10, 5), digits(60, 20));
        assert_eq!(few.train.pixels[..], many.train.pixels[..few.train.pixels.len()]);
        assert_eq!(few.test.labels[..], many.test.labels[..5]);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| digits(60, 20)).train, many.train);
    }

    #[test]
    fn no_two_images_are_the_same() {
        let parts = digits(2000, 2000);
        let images: HashSet<&[u8]> =
            parts.train.pixels.chunks(784).chain(parts.test.pixels.chunks(784)).collect();
        assert_eq!(images.len(), 4000);
    }

    #[test]
    fn ink_stays_off_the_edge_and_covers_a_plausible_share_of_the_paper() {
        let parts = digits(2000, 1);
        for index in 0..parts.train.len() {
            let image = parts.train.get(index);
            let edge = (0..SIDE).flat_map(|i| {
                [i, 27 * SIDE + i, i * SIDE, i * SIDE + 27].map(|at| u32::from(image[at]))
            });
            assert!(edge.max().unwrap() < 140, "image {index} touches the edge");
            let ink = image.iter().map(|&x| f64::from(x)).sum::<f64>() / (255.0 * 784.0);
            // MNIST's digits cover 0.13 on average, 0.02 to 0.5 at the extremes.
            assert!((0.02..0.35).contains(&ink), "image {index} has {ink} ink");
        }
    }

    /// Changing this digest would change the data of every existing run on synthetic digits.
    #[test]
    fn the_digits_do_not_change_between_versions() {
        let sum = crate::digest::sha256(&digits(200, 1).train.pixels);
        assert_eq!(&sum[..16], "a25bd470db73c53b");
    }
}
