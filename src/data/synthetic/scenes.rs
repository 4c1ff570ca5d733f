//! `synthetic_scenes`: landscapes, 32x32 RGB, for colorization.
//!
//! An object can be recognized by its gray shape, which determines its color: above the horizon is
//! blue sky, streaks below it are sea, speckles are grass, triangles on boxes are red roofs. Lightness
//! varies between images, hue hardly.

use super::super::dataset::Parts;
use super::super::math::sin_cos;
use super::between;
use super::paint::{Color, Painting, lit, mix};
use crate::arch::Size;
use crate::rng::ChaCha8Rng;
use crate::spec;
use rand::{Rng, RngExt};

const SIDE: usize = 32;

const CLASSES: [&str; 6] = ["sea", "meadow", "village", "road", "forest", "mountains"];

const ZENITH: Color = [0.25, 0.5, 0.9];
const HORIZON: Color = [0.68, 0.86, 1.0];
const CLOUD: Color = [0.97, 0.97, 0.98];
const SUN: Color = [1.0, 0.9, 0.25];
const SEA: Color = [0.05, 0.3, 0.55];
const GRASS: Color = [0.3, 0.62, 0.16];
const ASPHALT: Color = [0.36, 0.36, 0.38];
const ROCK: Color = [0.46, 0.42, 0.44];
const SNOW: Color = [0.96, 0.98, 1.0];
const SAIL: Color = [0.98, 0.97, 0.92];
const HULL: Color = [0.45, 0.2, 0.1];

/// Draws as many scenes as the limits of `config` allow.
pub fn load(config: &spec::Data) -> Parts {
    super::load(config, Size::new(SIDE, SIDE, 3), &CLASSES, draw)
}

/// Draws one scene into `pixels` (32 x 32 x 3) and returns its class.
fn draw(rng: &mut ChaCha8Rng, pixels: &mut [u8]) -> u16 {
    let class = rng.random_range(0..CLASSES.len() as u16);
    let mut scene = Scene {
        painting: Painting::new(SIDE),
        horizon: between(rng, 0.4, 0.62),
        light: between(rng, 0.78, 1.08),
        rng,
    };
    scene.sky();
    match class {
        0 => scene.sea(),
        1 => scene.meadow(),
        2 => scene.village(),
        3 => scene.road(),
        4 => scene.forest(),
        _ => scene.mountains(),
    }
    scene.painting.write(pixels);
    class
}

/// A scene being painted.
pub(super) struct Scene<'a> {
    pub(super) painting: Painting,
    /// Vertical position of the horizon.
    pub(super) horizon: f32,
    /// Brightness of the scene.
    light: f32,
    rng: &'a mut ChaCha8Rng,
}

impl Scene<'_> {
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        between(self.rng, low, high)
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.rng.random::<f32>() < probability
    }

    /// Returns the color in the light of the scene, with a little random variation.
    pub(super) fn tint(&mut self, color: Color) -> Color {
        let light = self.light * self.between(0.9, 1.1);
        lit(color, light)
    }

    fn sky(&mut self) {
        let (horizon, light) = (self.horizon, self.light);
        self.painting.fill((0.0, 0.0), (1.0, horizon), |_, y| {
            Some(lit(mix(ZENITH, HORIZON, (y / horizon).min(1.0)), light))
        });
        if self.chance(0.5) {
            let (x, y) = (self.between(0.1, 0.9), self.between(0.08, horizon - 0.18));
            let radius = self.between(0.055, 0.1);
            self.painting.ellipse((x, y), (radius, radius), SUN);
        }
        for _ in 0..self.rng.random_range(0..4) {
            self.cloud();
        }
    }

    fn cloud(&mut self) {
        let (x, y) = (self.between(0.0, 1.0), self.between(0.04, self.horizon - 0.14));
        let width = self.between(0.08, 0.2);
        let (top, base) = (self.tint(CLOUD), lit(CLOUD, 0.86 * self.light));
        self.painting.ellipse((x, y + 0.02), (width, 0.035), base);
        for _ in 0..4 {
            let puff = (x + self.between(-0.7, 0.7) * width, y + self.between(-0.03, 0.0));
            let size = self.between(0.03, 0.06);
            self.painting.ellipse(puff, (size * 1.3, size), top);
        }
    }

    /// Paints speckled grass below the horizon, brighter towards the viewer.
    fn grass(&mut self) {
        let (horizon, light, seed) = (self.horizon, self.light, self.rng.next_u32());
        self.painting.fill((0.0, horizon), (1.0, 1.0), |x, y| {
            let cell = |place: f32, scale: f32| (place * scale) as u32;
            let speckle = scattered(seed, cell(x, 32.0), cell(y, 32.0));
            let depth = (y - horizon) / (1.0 - horizon);
            Some(lit(GRASS, light * (0.8 + 0.25 * depth + 0.22 * (speckle - 0.5))))
        });
    }

    fn sea(&mut self) {
        let (horizon, light) = (self.horizon, self.light);
        let (phase, waves) = (self.between(0.0, 6.0), self.between(28.0, 44.0));
        self.painting.fill((0.0, horizon), (1.0, 1.0), |x, y| {
            let depth = (y - horizon) / (1.0 - horizon);
            // Perspective: near waves look longer.
            let row = waves * depth / (0.5 + depth) * 2.0;
            let crest = sin_cos(row + 1.4 * sin_cos(7.0 * x + phase + row * 0.7).0).0;
            let color = mix(SEA, [0.15, 0.55, 0.7], 0.35 * depth);
            Some(lit(color, light * (1.0 + 0.22 * crest)))
        });
        for _ in 0..self.rng.random_range(0..3) {
            let (x, y) = (self.between(0.12, 0.88), self.between(horizon + 0.06, 0.86));
            let size = 0.08 + 0.22 * (y - horizon);
            let (sail, hull) = (self.tint(SAIL), self.tint(HULL));
            self.painting
                .triangle([(x - 0.02, y), (x - 0.02, y - 1.6 * size), (x + 0.75 * size, y)], sail);
            self.painting.rectangle((x - 0.7 * size, y), (x + 0.8 * size, y + 0.3 * size), hull);
        }
    }

    fn meadow(&mut self) {
        self.grass();
        for _ in 0..self.rng.random_range(1..4) {
            let (x, y) = (self.between(0.08, 0.92), self.between(self.horizon + 0.08, 0.95));
            self.tree(x, y);
        }
        if self.chance(0.5) {
            let y = self.between(self.horizon + 0.12, 0.94);
            self.fence(y);
        }
    }

    fn village(&mut self) {
        self.grass();
        let count = self.rng.random_range(1..4);
        for house in 0..count {
            let middle = (house as f32 + 0.5) / count as f32;
            let x = middle + self.between(-0.06, 0.06);
            let y = self.between(self.horizon + 0.14, self.horizon + 0.34);
            let half = self.between(0.11, 0.15) + 0.05 / count as f32;
            self.house(x, y, half);
        }
        if self.chance(0.4) {
            let x = self.between(0.1, 0.9);
            self.tree(x, 0.98);
        }
    }

    fn road(&mut self) {
        self.grass();
        if self.chance(0.4) {
            let x = self.between(0.1, 0.9);
            self.tree(x, self.horizon + 0.08);
        }
        let top = self.horizon + self.between(0.1, 0.16);
        let bottom = top + self.between(0.24, 0.3);
        let asphalt = self.tint(ASPHALT);
        self.painting.rectangle((0.0, top), (1.0, bottom), asphalt);
        let (lane, start) = (0.5 * (top + bottom), self.between(-0.15, 0.0));
        for dash in 0..5 {
            let x = start + 0.26 * dash as f32;
            self.painting.rectangle((x, lane - 0.015), (x + 0.13, lane + 0.015), [0.95; 3]);
        }
        let x = self.between(0.2, 0.42);
        self.vehicle(x, lane);
        if self.chance(0.6) {
            let x = x + self.between(0.36, 0.44);
            self.vehicle(x, lane + 0.03);
        }
    }

    fn forest(&mut self) {
        self.grass();
        let count = self.rng.random_range(6..11);
        for tree in 0..count {
            // From back to front, so that near trees hide far ones.
            let depth = tree as f32 / count as f32;
            let y = self.horizon + 0.04 + (0.92 - self.horizon) * depth;
            let x = self.between(0.0, 1.0);
            if self.chance(0.75) {
                self.fir(x, y);
            } else {
                self.tree(x, y);
            }
        }
    }

    fn mountains(&mut self) {
        for _ in 0..self.rng.random_range(2..5) {
            let (x, height) = (self.between(0.0, 1.0), self.between(0.2, 0.42));
            let (foot, half) = (self.horizon + 0.02, height * self.between(0.8, 1.2));
            let (rock, snow) = (self.tint(ROCK), self.tint(SNOW));
            let peak = (x, foot - height);
            self.painting.triangle([(x - half, foot), (x + half, foot), peak], rock);
            // The shaded side.
            self.painting.triangle([(x, foot), (x + half, foot), peak], lit(rock, 0.75));
            let cap = 0.36;
            let line = foot - height * (1.0 - cap);
            self.painting.triangle([(x - half * cap, line), (x + half * cap, line), peak], snow);
        }
        self.grass();
        if self.chance(0.5) {
            let (x, y) = (self.between(0.1, 0.9), self.between(self.horizon + 0.1, 0.9));
            self.fir(x, y);
        }
    }
}

/// Returns a pseudorandom number between 0 and 1 for a cell of a grid.
fn scattered(seed: u32, x: u32, y: u32) -> f32 {
    let mut word = seed ^ x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b);
    word = (word ^ (word >> 15)).wrapping_mul(0x2c1b_3c6d);
    word = (word ^ (word >> 12)).wrapping_mul(0x297a_2d39);
    ((word ^ (word >> 15)) >> 8) as f32 / 16_777_216.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::gray;

    fn scenes(train: usize) -> Parts {
        load(&spec::Data { train_limit: Some(train), test_limit: Some(1), ..spec::Data::default() })
    }

    #[test]
    fn every_kind_of_scene_is_about_as_frequent_as_any_other() {
        let parts = scenes(1200);
        for class in 0..CLASSES.len() as u16 {
            let count = parts.train.labels.iter().filter(|&&label| label == class).count();
            assert!((150..250).contains(&count), "{count} times {class}");
        }
    }

    #[test]
    fn the_sky_is_blue_and_the_images_are_not_gray() {
        let parts = scenes(300);
        let mut color = 0.0;
        for index in 0..parts.train.len() {
            let image = parts.train.get(index);
            let mean = |rows: std::ops::Range<usize>, channel: usize| {
                let values = &image[rows.start * 96..rows.end * 96];
                let sum: f64 = values.iter().skip(channel).step_by(3).map(|&x| f64::from(x)).sum();
                sum / (values.len() / 3) as f64
            };
            assert!(mean(0..2, 2) > mean(0..2, 0), "the sky of image {index} is not blue");
            let values: Vec<f32> = image.iter().map(|&value| f32::from(value)).collect();
            let squares = values.chunks_exact(3).zip(gray(&values)).map(|(pixel, gray)| {
                pixel.iter().map(|value| (value - gray).powi(2)).sum::<f32>() / 3.0
            });
            color += squares.sum::<f32>() / 1024.0 / 255.0_f32.powi(2);
        }
        // The MSE of gray images, over pixels in [0, 1].
        assert!(color / 300.0 > 0.01, "{}", color / 300.0);
    }

    /// Changing this digest would change the data of every existing run on synthetic scenes.
    #[test]
    fn the_scenes_do_not_change_between_versions() {
        let sum = crate::digest::sha256(&scenes(200).train.pixels);
        assert_eq!(&sum[..16], "ce14c99e0cc3c846");
    }
}
