//! The strokes of each digit, in a box of about 0 to 0.7 horizontally and 0 (top) to 1 vertically.

use super::ink::Point;
use super::{around_zero, between};
use crate::data::math::sin_cos;
use crate::rng::ChaCha8Rng;
use rand::RngExt;
use std::f32::consts::{FRAC_PI_2, TAU};

/// A line drawn without lifting the pen.
pub type Stroke = Vec<Point>;

/// Number of segments of a curve.
const PIECES: usize = 10;

/// Writes `digit` (0 to 9) in a random one of its styles.
pub fn write(digit: u16, rng: &mut ChaCha8Rng) -> Vec<Stroke> {
    let mut hand = Hand { rng, strokes: Vec::new() };
    match digit {
        0 => zero(&mut hand),
        1 => one(&mut hand),
        2 => two(&mut hand),
        3 => three(&mut hand),
        4 => four(&mut hand),
        5 => five(&mut hand),
        6 => six(&mut hand),
        7 => seven(&mut hand),
        8 => eight(&mut hand),
        _ => nine(&mut hand),
    }
    hand.strokes
}

/// A writing hand, which never hits a point exactly.
struct Hand<'a> {
    rng: &'a mut ChaCha8Rng,
    strokes: Vec<Stroke>,
}

impl Hand<'_> {
    /// Returns `true` with this probability.
    fn chance(&mut self, probability: f32) -> bool {
        self.rng.random::<f32>() < probability
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        between(self.rng, low, high)
    }

    /// Returns a random point near (x, y).
    fn near(&mut self, x: f32, y: f32) -> Point {
        Point { x: x + around_zero(self.rng, 0.018), y: y + around_zero(self.rng, 0.018) }
    }

    /// Starts a stroke near (x, y).
    fn start(&mut self, x: f32, y: f32) {
        let point = self.near(x, y);
        self.strokes.push(vec![point]);
    }

    fn add(&mut self, point: Point) {
        match self.strokes.last_mut() {
            Some(stroke) => stroke.push(point),
            None => self.strokes.push(vec![point]),
        }
    }

    /// Returns the position of the pen.
    fn pen(&self) -> Point {
        let last = self.strokes.last().and_then(|stroke| stroke.last());
        last.copied().unwrap_or(Point { x: 0.0, y: 0.0 })
    }

    /// Draws a straight line to a point near (x, y).
    fn line(&mut self, x: f32, y: f32) {
        let (from, to) = (self.pen(), self.near(x, y));
        for step in 1..=4 {
            let t = step as f32 / 4.0;
            self.add(Point { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
        }
    }

    /// Draws a cubic Bezier curve to `to` with the control points `a` and `b`.
    fn curve(&mut self, a: (f32, f32), b: (f32, f32), to: (f32, f32)) {
        let from = self.pen();
        let [a, b, to] = [a, b, to].map(|(x, y)| self.near(x, y));
        for step in 1..=PIECES {
            let t = step as f32 / PIECES as f32;
            let s = 1.0 - t;
            let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
            let mix = |pick: fn(Point) -> f32| {
                weights.iter().zip([from, a, b, to]).map(|(w, point)| w * pick(point)).sum()
            };
            self.add(Point { x: mix(|p| p.x), y: mix(|p| p.y) });
        }
    }

    /// Draws an arc of an ellipse around (x, y) from one angle to another; 0 is right, pi/2 is down.
    fn arc(&mut self, x: f32, y: f32, rx: f32, ry: f32, from: f32, to: f32) {
        let center = self.near(x, y);
        let pieces = (2.0 + (to - from).abs() * 3.5) as usize;
        for step in 0..=pieces {
            let (sin, cos) = sin_cos(from + (to - from) * step as f32 / pieces as f32);
            self.add(Point { x: center.x + rx * cos, y: center.y + ry * sin });
        }
    }

    /// Lifts the pen; the next arc starts a new stroke.
    fn lift(&mut self) {
        self.strokes.push(Vec::new());
    }
}

fn zero(hand: &mut Hand) {
    let rx = hand.between(0.24, 0.4);
    let begin = -FRAC_PI_2 + hand.between(-0.6, 0.5);
    // The ends meet, cross, or just miss each other.
    let end = begin - TAU + hand.between(-0.35, 0.12);
    hand.arc(0.36, 0.5, rx, 0.5, begin, end);
}

fn one(hand: &mut Hand) {
    let flag = hand.chance(0.35);
    if flag {
        // Short and steep, since a long, level flag would make it a 7.
        let (x, y) = (hand.between(0.18, 0.27), hand.between(0.2, 0.32));
        hand.start(x, y);
        hand.line(0.4, 0.0);
    } else {
        hand.start(0.38, 0.0);
    }
    hand.line(0.4, 1.0);
    if flag && hand.chance(0.5) {
        hand.start(0.16, 1.0);
        hand.line(0.64, 1.0);
    }
}

fn two(hand: &mut Hand) {
    let y = hand.between(0.16, 0.3);
    let right = hand.between(0.62, 0.76);
    hand.start(0.06, y);
    hand.curve((0.12, -0.06), (right, -0.1), (right - 0.02, 0.28));
    if hand.chance(0.4) {
        // Down into a loop, and out of it along the baseline.
        hand.curve((right - 0.02, 0.5), (0.42, 0.8), (0.16, 0.96));
        hand.curve((-0.1, 1.08), (-0.06, 0.74), (0.16, 0.82));
        hand.curve((0.36, 0.88), (0.46, 1.06), (0.76, 0.92));
    } else {
        hand.curve((right - 0.02, 0.5), (0.3, 0.72), (0.04, 0.98));
        let drop = hand.between(-0.04, 0.04);
        hand.line(0.74, 0.97 + drop);
    }
}

fn three(hand: &mut Hand) {
    let waist = hand.between(0.42, 0.5);
    let inner = hand.between(0.22, 0.36);
    if hand.chance(0.22) {
        // Flat at the top.
        hand.start(0.06, 0.02);
        hand.line(0.6, 0.02);
        hand.line(inner, waist - 0.04);
    } else {
        let y = hand.between(0.08, 0.2);
        hand.start(0.06, y);
        hand.curve((0.2, -0.08), (0.7, -0.06), (0.62, 0.22));
        hand.curve((0.58, 0.38), (0.42, waist), (inner, waist));
    }
    hand.curve((0.56, waist - 0.04), (0.76, 0.58), (0.68, 0.78));
    let end = hand.between(0.8, 0.92);
    hand.curve((0.6, 1.04), (0.18, 1.08), (0.02, end));
}

fn four(hand: &mut Hand) {
    let bar = hand.between(0.55, 0.68);
    let right = hand.between(0.68, 0.8);
    if hand.chance(0.35) {
        // Closed: down the slope, along the bar, then the stem from the top.
        let top = hand.between(0.46, 0.56);
        hand.start(top, 0.0);
        hand.line(0.0, bar);
        hand.line(right, bar);
        hand.start(top, 0.0);
        hand.line(top - 0.02, 1.0);
    } else {
        // Open: a corner and a separate stem.
        let (left, stem) = (hand.between(0.04, 0.16), hand.between(0.5, 0.6));
        let from = hand.between(-0.02, 0.16);
        hand.start(left + 0.04, 0.02);
        if hand.chance(0.5) {
            hand.line(left, bar - 0.02);
            hand.line(right, bar - 0.02);
        } else {
            hand.curve((left - 0.04, 0.3), (left - 0.08, bar + 0.02), (left + 0.14, bar));
            hand.line(right, bar - 0.06);
        }
        hand.start(stem + 0.04, from);
        hand.line(stem - 0.02, 1.0);
    }
}

fn five(hand: &mut Hand) {
    let left = hand.between(0.1, 0.18);
    let corner = hand.between(0.38, 0.46);
    let joined = hand.chance(0.6);
    let bar = hand.between(-0.04, 0.04);
    if joined {
        hand.start(0.66, bar);
        hand.line(left + 0.04, 0.01);
    } else {
        hand.start(left + 0.04, 0.02);
    }
    hand.line(left, corner);
    hand.curve((0.34, corner - 0.1), (0.74, 0.4), (0.68, 0.72));
    let end = hand.between(0.84, 0.94);
    hand.curve((0.62, 1.04), (0.18, 1.08), (0.0, end));
    if !joined {
        hand.start(left + 0.05, 0.02);
        hand.line(0.68, bar);
    }
}

fn six(hand: &mut Hand) {
    let top = hand.between(0.34, 0.56);
    let loop_top = hand.between(0.46, 0.56);
    hand.start(top, 0.0);
    hand.curve((0.16, 0.12), (0.02, 0.46), (0.05, 0.72));
    hand.curve((0.08, 1.08), (0.62, 1.1), (0.62, 0.74));
    hand.curve((0.62, loop_top), (0.2, loop_top - 0.06), (0.07, 0.76));
}

fn seven(hand: &mut Hand) {
    let foot = hand.between(0.16, 0.36);
    if hand.chance(0.15) {
        let y = hand.between(0.1, 0.16);
        hand.start(-0.03, y);
        hand.line(0.0, 0.01);
    } else {
        hand.start(0.0, 0.03);
    }
    let level = hand.between(-0.02, 0.03);
    hand.line(0.66, level);
    if hand.chance(0.5) {
        hand.line(foot, 1.0);
    } else {
        hand.curve((0.6, 0.2), (foot + 0.1, 0.5), (foot, 1.0));
    }
    if hand.chance(0.3) {
        hand.start(0.16, 0.5);
        hand.line(0.62, 0.48);
    }
}

fn eight(hand: &mut Hand) {
    let (upper, lower) = (hand.between(0.2, 0.28), hand.between(0.27, 0.34));
    let waist = hand.between(0.42, 0.5);
    if hand.chance(0.3) {
        // Two rings, one above the other.
        let half = waist / 2.0;
        hand.arc(0.36, half, upper, half, FRAC_PI_2, FRAC_PI_2 - TAU);
        hand.lift();
        let half = (1.0 - waist) / 2.0;
        hand.arc(0.36, 1.0 - half, lower, half, -FRAC_PI_2, TAU - FRAC_PI_2);
    } else {
        // One stroke, crossing itself at the waist.
        let (l, r) = (0.36 - upper * 1.3, 0.36 + upper * 1.3);
        let (ll, lr) = (0.36 - lower * 1.4, 0.36 + lower * 1.4);
        hand.start(0.58, 0.1);
        hand.curve((0.36, -0.06), (l - 0.1, 0.0), (l + 0.06, 0.24));
        hand.curve((l + 0.18, waist), (lr, waist + 0.06), (lr - 0.06, 0.74));
        hand.curve((lr - 0.08, 1.08), (ll, 1.1), (ll + 0.06, 0.76));
        hand.curve((ll + 0.1, waist + 0.04), (r, waist), (0.6, 0.1));
    }
}

fn nine(hand: &mut Hand) {
    let rx = hand.between(0.24, 0.31);
    let ry = hand.between(0.22, 0.28);
    // From the right around the ring and back, then the stem.
    let end = -0.3 - TAU + hand.between(0.0, 0.2);
    hand.arc(0.34, ry, rx, ry, -0.3, end);
    let (x, foot) = (0.34 + rx, hand.between(0.3, 0.62));
    if hand.chance(0.4) {
        hand.line(foot + 0.06, 1.0);
    } else if hand.chance(0.5) {
        hand.curve((x + 0.02, 0.5), (x - 0.02, 0.8), (foot, 1.0));
    } else {
        // A stem that hooks to the left.
        hand.curve((x + 0.02, 0.5), (x + 0.04, 0.84), (x - 0.14, 0.96));
        hand.curve((x - 0.24, 1.02), (0.22, 1.02), (0.12, 0.9));
    }
}
