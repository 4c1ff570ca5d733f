//! The CPU engine: threads process shards of a batch.

use super::{
    engine::Engine, evaluate::Inference, loss::Loss, optimizer::Optimizer, partition::Partition,
    samples::Samples, step::ShardGradients,
};
use crate::{
    arch::Architecture,
    nn::{Network, NetworkError},
    spec::Experiment,
};

/// The CPU engine; steps run on the current rayon pool.
pub struct HostEngine<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) train: Samples<'a>,
    arch: &'a Architecture,
    /// The counts of the architecture, cached: counting takes longer than partitioning a batch.
    activations: usize,
    parameters: usize,
    pub(super) network: &'a mut dyn Network,
    pub(super) optimizer: Optimizer,
    pub(super) loss: Loss,
    pub(super) shards: Vec<ShardGradients>,
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
    pub(super) fn partition(&self, batch: usize) -> Partition {
        Partition::new(batch, self.activations, self.parameters)
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
