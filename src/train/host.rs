//! The CPU engine: threads process shards of a batch.

use super::{
    engine::Engine,
    evaluate::Inference,
    loss::Loss,
    optimizer::{Optimizer, Tensor},
    partition::{MAX_SHARDS, Partition},
    samples::Samples,
    shard::ShardGradients,
};
use crate::{
    arch::Architecture,
    nn::{Accumulator, Network, NetworkError, pool, settle},
    spec::Experiment,
    team::share,
};
use smallvec::SmallVec;
use std::{mem, ops::Range};

/// The CPU engine; steps run on the current rayon pool.
pub struct HostEngine<'a> {
    experiment: &'a Experiment,
    train: Samples<'a>,
    arch: &'a Architecture,
    /// The counts of the architecture, cached: counting takes longer than partitioning a batch.
    activations: usize,
    parameters: usize,
    network: &'a mut dyn Network,
    optimizer: Optimizer,
    loss: Loss,
    shards: Vec<ShardGradients>,
    /// The loss of the last step, until it is read.
    cost: Option<f64>,
}

impl<'a> HostEngine<'a> {
    /// An engine for `network`, which must have architecture `arch`, at the optimizer's first step.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn new(
        experiment: &'a Experiment,
        arch: &'a Architecture,
        network: &'a mut dyn Network,
        train: Samples<'a>,
    ) -> Result<Self, NetworkError> {
        let spec = &experiment.train;
        let biases = arch.parameters().into_iter().map(|p| (p.len(), p.is_bias()));
        let optimizer = Optimizer::new(&spec.optimizer, biases);
        let batch = spec.batch_size.min(train.len());
        let (activations, parameters) = (arch.activation_count(), arch.parameter_count());
        let shards = Partition::new(batch, activations, parameters).shard_count();
        let shards = ShardGradients::several(network, shards)?;
        Ok(Self {
            experiment,
            train,
            arch,
            activations,
            parameters,
            network,
            optimizer,
            loss: Loss::new(&spec.loss, train.target_size()),
            shards,
            cost: None,
        })
    }

    /// Returns the partition of a batch of this many images.
    fn partition(&self, batch: usize) -> Partition {
        Partition::new(batch, self.activations, self.parameters)
    }

    /// Trains on the images of `batch`, with the noise of `epoch`, at learning rate `rate`; returns the sum
    /// of their losses.
    ///
    /// Threads process shards of the batch; a shard's chunks are accumulated in order into its own gradients,
    /// and shards are summed in order, so the result does not depend on the number of threads.
    fn take_step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<f64, NetworkError> {
        let partition = self.partition(batch.len());
        let count = partition.shard_count();
        // A failed step does not put its shards back, since they may hold partial sums.
        if self.shards.len() < count {
            self.shards = ShardGradients::several(self.network, count)?;
        }
        let mut shards = mem::take(&mut self.shards);
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

impl Engine for HostEngine<'_> {
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.cost = Some(self.take_step(batch, epoch, rate)?);
        Ok(())
    }

    fn has_losses(&self) -> bool {
        self.cost.is_some()
    }

    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError> {
        losses.extend(self.cost.take());
        Ok(())
    }

    fn inference(&self) -> Inference<'_> {
        Inference::new(self.network, self.arch)
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        let mut weights = Vec::new();
        self.network.visit(&mut |parameter| weights.push(parameter.values().to_vec()));
        Ok(weights)
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        self.network.set_weights(weights)
    }

    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError> {
        Ok(self.optimizer.slot(index).to_vec())
    }

    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError> {
        self.optimizer.set_slot(index, values);
        Ok(())
    }

    fn set_steps(&mut self, steps: u64) {
        self.optimizer.set_steps(steps);
    }
}
