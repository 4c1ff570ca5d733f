//! A block of parameters, which one task updates, and the sum of its gradients.

use crate::train::{partition::MAX_SHARDS, wide::wide};
use smallvec::SmallVec;

/// Parameters that are updated by one task. Gradient norms are summed block by block too, so the block size
/// affects results and must not depend on the machine.
pub const BLOCK: usize = 8192;

/// The gradients of all shards of a batch, to be summed in order.
pub type Shards<'a> = SmallVec<[&'a mut [f32]; MAX_SHARDS]>;

/// Values that are summed and updated at a time, so that the sum is still in the L1 cache.
pub(super) const TILE: usize = 512;

/// Consecutive parameters of one tensor with their gradients and slots, updated by one task.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub parameters: &'a mut [f32],
    pub shards: Shards<'a>,
    /// The optimizer's slots; those it does not have are empty.
    pub slots: [&'a mut [f32]; 2],
    pub decays: bool,
    pub adds_up: bool,
    /// The sum of the squared gradient, if its norm is needed.
    pub squares: f64,
}

/// Sums the `shards` from `start` on, in order, into `out`.
pub(super) fn sum_shards(shards: &[&mut [f32]], start: usize, out: &mut [f32]) {
    let range = start..start + out.len();
    let mut shards = shards.iter().map(|shard| &shard[range.clone()]);
    match shards.next() {
        Some(first) => out.copy_from_slice(first),
        None => out.fill(0.0),
    }
    for shard in shards {
        add(shard, out);
    }
}

wide! {
    fn add(values: &[f32], sums: &mut [f32]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
}
