//! The gradients of a shard: a part of a batch whose chunks are accumulated in order.

use crate::nn::{Accumulator, Network, NetworkError};
use std::{
    borrow::{Borrow, BorrowMut},
    mem,
};

/// A shard's gradients: in the accumulator while the tape adds to them, in `tensors` during the optimizer's
/// step.
pub(super) struct ShardGradients {
    /// Where the passes over the shard's chunks add their gradients.
    pub gradients: Accumulator,
    /// The sum of the losses in the shard's chunks of the last batch.
    pub loss: Result<f64, NetworkError>,
    /// One gradient per parameter, in checkpoint order.
    pub tensors: Vec<Vec<f32>>,
}

impl Borrow<Accumulator> for ShardGradients {
    fn borrow(&self) -> &Accumulator {
        &self.gradients
    }
}

impl BorrowMut<Accumulator> for ShardGradients {
    fn borrow_mut(&mut self) -> &mut Accumulator {
        &mut self.gradients
    }
}

impl ShardGradients {
    /// Creates gradients for `count` shards of a network, all 0.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn several(network: &dyn Network, count: usize) -> Result<Vec<Self>, NetworkError> {
        let shards = network.accumulators(count)?.into_iter();
        Ok(shards.map(|gradients| Self { gradients, loss: Ok(0.0), tensors: Vec::new() }).collect())
    }

    /// Swaps each parameter's gradient between the accumulator and `tensors`.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn swap(&mut self, network: &dyn Network) -> Result<(), NetworkError> {
        let mut index = 0;
        let mut result = Ok(());
        network.visit(&mut |parameter| {
            if self.tensors.len() == index {
                self.tensors.push(Vec::new());
            }
            match self.gradients.of(parameter) {
                Ok(gradient) => mem::swap(gradient, &mut self.tensors[index]),
                Err(error) => result = Err(error),
            }
            index += 1;
        });
        result
    }
}
