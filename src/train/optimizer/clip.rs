//! Sums over gradients.

use super::{BLOCK, plan::TILE};
use crate::train::{loss::sum_pairs, wide::wide};
use rayon::prelude::*;

/// The Euclidean norm of the sum of `lanes`, which have equal lengths. Squares are summed in f64,
/// within fixed blocks and then block after block, so the norm is the same on any number of threads.
pub fn gradient_norm(lanes: &[&[f32]]) -> f64 {
    let len = lanes.first().map_or(0, |lane| lane.len());
    let block = |i: usize| block_squares(lanes, i * BLOCK, ((i + 1) * BLOCK).min(len));
    let blocks: Vec<f64> = (0..len.div_ceil(BLOCK)).into_par_iter().map(block).collect();
    blocks.iter().sum::<f64>().sqrt()
}

/// The sum of squares from `start` to `end`.
fn block_squares(lanes: &[&[f32]], start: usize, end: usize) -> f64 {
    let mut tile = [0.0; TILE];
    let tiles = (start..end).step_by(TILE).map(|start| {
        let tile = &mut tile[..TILE.min(end - start)];
        sum_lanes(lanes, start, tile);
        squares(tile)
    });
    tiles.sum()
}

/// Writes the sum of `lanes` from `start` on, in order, to `out`.
pub(super) fn sum_lanes(lanes: &[&[f32]], start: usize, out: &mut [f32]) {
    let range = start..start + out.len();
    let mut lanes = lanes.iter().map(|lane| &lane[range.clone()]);
    match lanes.next() {
        Some(first) => out.copy_from_slice(first),
        None => out.fill(0.0),
    }
    for lane in lanes {
        add(lane, out);
    }
}

wide! {
    fn add(values: &[f32], sums: &mut [f32]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
}

wide! {
    fn squares(values: &[f32]) -> f64 {
        sum_pairs(values, values, |a, b| f64::from(a) * f64::from(b))
    }
}
