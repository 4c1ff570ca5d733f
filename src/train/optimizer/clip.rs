//! The norm of the gradient, for clipping.

use super::block::{Block, TILE, sum_shards};
use crate::{
    team::share,
    train::{loss::sum_pairs, wide::wide},
};

/// Computes the Euclidean norm of the gradient in `blocks`. Squares are summed in f64, within each block and
/// then block by block, so the norm does not depend on the number of threads.
pub(super) fn gradient_norm(blocks: &mut [Block<'_>]) -> f64 {
    share(blocks, |_, block| block.squares = block_squares(block));
    blocks.iter().map(|block| block.squares).sum::<f64>().sqrt()
}

fn block_squares(block: &Block<'_>) -> f64 {
    let mut tile = [0.0; TILE];
    let tiles = (0..block.parameters.len()).step_by(TILE).map(|start| {
        let tile = &mut tile[..TILE.min(block.parameters.len() - start)];
        sum_shards(&block.shards, start, tile);
        squares(tile)
    });
    tiles.sum()
}

wide! {
    fn squares(values: &[f32]) -> f64 {
        sum_pairs(values, values, |a, b| f64::from(a) * f64::from(b))
    }
}
