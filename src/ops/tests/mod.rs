//! Tests every kernel of every family that this machine supports, over random geometries.

mod against_reference;
mod bounds;
mod properties;

use super::{Convolution, Family};
use crate::arch::{ConvShape, Window};
use crate::rng::{self, Purpose};
use proptest::prelude::*;
use rand::Rng;

/// The families that this machine supports.
pub(crate) fn families() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().filter(|family| family.is_available())
}

/// Configures `count` cases of a test over random inputs, or as many as the variable `PROPTEST_CASES` asks for.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(count),
    }
}

/// Deterministic values in -1..1.
fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut stream = rng::stream(seed, Purpose::Synthetic, 0, 0);
    (0..len).map(|_| (stream.next_u32() as f32 / u32::MAX as f32).mul_add(2.0, -1.0)).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), Just(2), Just(3), Just(5), Just(8), Just(16), Just(17), Just(32), Just(33)]
}

fn window() -> impl Strategy<Value = Window> {
    (1..=13_usize, 1..=5_usize, 1..=4_usize).prop_map(|(n, k, s)| Window::same(n, k, s))
}

fn shapes() -> impl Strategy<Value = ConvShape> {
    (window(), window(), channels(), channels()).prop_map(
        |(rows, cols, large_channels, small_channels)| ConvShape {
            rows,
            cols,
            large_channels,
            small_channels,
        },
    )
}

/// The convolution and the transposed one.
fn both(shape: ConvShape) -> [Convolution; 2] {
    [false, true].map(|transposed| Convolution { shape, transposed })
}

/// Values for both sides, kernel and biases of a shape.
struct Case {
    large: Vec<f32>,
    small: Vec<f32>,
    kernel: Vec<f32>,
    large_bias: Vec<f32>,
    small_bias: Vec<f32>,
}

impl Case {
    fn new(shape: &ConvShape, batch: usize, seed: u64) -> Self {
        Self {
            large: noise(seed, batch * shape.large().len()),
            small: noise(seed + 1, batch * shape.small().len()),
            kernel: noise(seed + 2, shape.kernel_len()),
            large_bias: noise(seed + 3, shape.large_channels),
            small_bias: noise(seed + 4, shape.small_channels),
        }
    }
}

/// Fills the output of an overwriting pass beforehand, so that a value that is not written shows.
const STALE: f32 = f32::NAN;
