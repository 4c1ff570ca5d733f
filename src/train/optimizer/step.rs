//! A step over all parameters, in blocks that are distributed over threads.

use super::{
    block::{BLOCK, Block, Shards},
    clip::gradient_norm,
    plan::StepPlan,
};
use crate::{
    reuse::emptied,
    spec::{self, Clip},
    team::share,
};
use std::slice;

/// A parameter tensor and its gradient: the sum of those of the `shards`, in order.
#[derive(Debug)]
pub struct Tensor<'a> {
    /// The values.
    pub parameters: &'a mut [f32],
    /// The gradient of each shard, as long as the parameters.
    pub shards: Shards<'a>,
    /// Whether the next gradients are added to these, so that the step must reset them to 0.
    pub adds_up: bool,
}

/// A step of an [`Optimizer`](super::Optimizer) that has begun.
#[derive(Debug)]
pub struct Step<'a> {
    pub(super) spec: &'a spec::Optimizer,
    /// Counted from 1.
    pub(super) number: u64,
    /// The tensors that are still to be added: lengths, and whether weight decay applies.
    pub(super) tensors: slice::Iter<'a, (usize, bool)>,
    /// The slots of those tensors.
    pub(super) slots: [&'a mut [f32]; 2],
    pub(super) blocks: Vec<Block<'a>>,
    /// Where the memory of the blocks is returned.
    pub(super) kept: &'a mut Vec<Block<'static>>,
}

impl<'a> Step<'a> {
    /// Divides the next tensor and its slots into blocks of [`BLOCK`].
    ///
    /// # Panics
    ///
    /// When the tensor does not match the optimizer's, or a shard is too short.
    pub fn add(&mut self, Tensor { mut parameters, mut shards, adds_up }: Tensor<'a>) {
        let &(len, decays) = self.tensors.next().expect("no more tensors than the optimizer has");
        assert_eq!(parameters.len(), len, "length of a tensor");
        while !parameters.is_empty() {
            let len = BLOCK.min(parameters.len());
            self.blocks.push(Block {
                parameters: cut(&mut parameters, len),
                shards: shards.iter_mut().map(|shard| cut(shard, len)).collect(),
                slots: self.slots.each_mut().map(|slot| cut(slot, len.min(slot.len()))),
                decays,
                adds_up,
                squares: 0.0,
            });
        }
    }

    /// Takes the step at learning rate `rate`, on the current rayon pool, with gradients clipped by `clip`.
    ///
    /// # Panics
    ///
    /// When tensors are missing.
    pub fn take(mut self, rate: f64, clip: &Clip) {
        assert_eq!(self.tensors.len(), 0, "tensors that are missing");
        let norm = clip.norm.map(|_| gradient_norm(&mut self.blocks));
        let plan = StepPlan::new(self.spec, rate, self.number, clip, norm);
        share(&mut self.blocks, |_, block| plan.apply(block));
        *self.kept = emptied(self.blocks);
    }
}

/// Takes the first `len` values off `rest`.
#[allow(clippy::mut_mut)] // advances the slice
pub(super) fn cut<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    rest.split_off_mut(..len).expect("as long as its tensor")
}
