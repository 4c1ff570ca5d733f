//! A training step on the CPU: gradients of one batch, and an update of the weights.

use super::{host::HostEngine, optimizer::Tensor, partition::MAX_SHARDS};
use crate::{
    nn::{Accumulator, Network, NetworkError, pool, settle},
    team::share,
};
use smallvec::SmallVec;
use std::{
    borrow::{Borrow, BorrowMut},
    ops::Range,
};

/// A shard's gradients: in the accumulator while the tape adds to them, in `tensors` during the optimizer's
/// step.
pub(super) struct ShardGradients {
    gradients: Accumulator,
    /// The sum of the losses in the shard's chunks of the last batch.
    loss: Result<f64, NetworkError>,
    tensors: Vec<Vec<f32>>,
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
    pub fn several(network: &dyn Network, count: usize) -> Result<Vec<Self>, NetworkError> {
        let shards = network.accumulators(count)?.into_iter();
        Ok(shards.map(|gradients| Self { gradients, loss: Ok(0.0), tensors: Vec::new() }).collect())
    }

    /// Swaps each parameter's gradient between the accumulator and `tensors`.
    fn swap(&mut self, network: &dyn Network) -> Result<(), NetworkError> {
        let mut index = 0;
        let mut result = Ok(());
        network.visit(&mut |parameter| {
            if self.tensors.len() == index {
                self.tensors.push(Vec::new());
            }
            match self.gradients.of(parameter) {
                Ok(gradient) => std::mem::swap(gradient, &mut self.tensors[index]),
                Err(error) => result = Err(error),
            }
            index += 1;
        });
        result
    }
}

impl HostEngine<'_> {
    /// Trains on the images of `batch`, with the noise of `epoch`, at learning rate `rate`; returns the sum
    /// of their losses.
    ///
    /// Threads process shards of the batch; a shard's chunks are accumulated in order into its own gradients,
    /// and shards are summed in order, so the result does not depend on the number of threads.
    pub(super) fn take_step(
        &mut self,
        batch: &[usize],
        epoch: usize,
        rate: f64,
    ) -> Result<f64, NetworkError> {
        let partition = self.partition(batch.len());
        let count = partition.shard_count();
        // A failed step does not put its shards back, since they may hold partial sums.
        if self.shards.len() < count {
            self.shards = ShardGradients::several(self.network, count)?;
        }
        let mut shards = std::mem::take(&mut self.shards);
        let used = &mut shards[..count];
        share(used, |index, shard| {
            shard.loss = partition.chunks(index).try_fold(0.0, |sum, chunk| {
                Ok(sum + self.accumulate(batch, chunk, epoch, &mut shard.gradients)?)
            });
        });
        let loss = used.iter().map(|shard| shard.loss.clone()).sum::<Result<f64, _>>()?;
        self.update(rate, used)?;
        self.shards = shards;
        Ok(loss)
    }

    /// Updates the weights by the sum of the gradients in `shards`, and resets those for the next step.
    fn update(&mut self, rate: f64, shards: &mut [ShardGradients]) -> Result<(), NetworkError> {
        settle(self.network, shards)?;
        for shard in &mut *shards {
            shard.swap(self.network)?;
        }
        let mut gradients: SmallVec<[_; MAX_SHARDS]> =
            shards.iter_mut().map(|shard| shard.tensors.iter_mut()).collect();
        let mut step = self.optimizer.begin();
        self.network.visit_mut(&mut |parameter| {
            let shards = gradients.iter_mut().filter_map(Iterator::next).map(Vec::as_mut_slice);
            let shards = shards.filter(|shard| !shard.is_empty()).collect();
            let adds_up = !parameter.is_batchwide();
            step.add(Tensor { parameters: parameter.values_mut(), shards, adds_up });
        });
        drop(gradients);
        step.take(rate, &self.experiment.train.clip);
        self.network.refresh();
        shards.iter_mut().try_for_each(|shard| shard.swap(self.network))
    }

    /// Runs forward and backward over one chunk of the batch; returns the sum of its losses.
    fn accumulate(
        &self,
        batch: &[usize],
        chunk: Range<usize>,
        epoch: usize,
        shard: &mut Accumulator,
    ) -> Result<f64, NetworkError> {
        let count = chunk.len();
        let target_len = self.train.target_size().len();
        let mut inputs = pool::take(count * self.train.input_size().len());
        let mut targets = pool::take(count * target_len);
        inputs.clear();
        targets.clear();
        for &index in &batch[chunk] {
            self.train.append(index, epoch, &mut inputs, &mut targets);
        }
        let scale = 1.0 / batch.len() as f32;
        let mut loss = |outputs: &[f32], gradient: &mut [f32]| {
            outputs
                .chunks_exact(target_len)
                .zip(targets.chunks_exact(target_len))
                .zip(gradient.chunks_exact_mut(target_len))
                .map(|((output, target), gradient)| {
                    self.loss.gradient(output, target, scale, gradient)
                })
                .sum()
        };
        let loss = self.network.accumulate(inputs, count, &mut loss, shard);
        pool::give(targets);
        loss
    }
}
