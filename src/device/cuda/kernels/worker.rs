//! Trains an experiment with these kernels.

use super::{launch::Kernels, layers::Layers, loss::Loss, memory::Buffer, optimizer::Optimizer};
use crate::{
    arch::Architecture,
    device::{
        access::Access,
        cuda::{Gpu, described},
        data::Data,
        engine::{UNREAD_LOSSES, Worker},
        network::Half,
    },
    nn::{NetworkError, check_weights},
    spec::{Experiment, LossTerms},
    train::Samples,
};
use dfdx::tensor::CudaError;
use std::sync::Arc;

/// A network, its optimizer and its training data on a GPU.
#[derive(Debug)]
pub struct KernelWorker<'a> {
    gpu: Gpu,
    layers: Layers,
    optimizer: Optimizer,
    loss: Loss,
    data: Data<'a, Kernels>,
    /// The losses of steps that have not been read yet.
    losses: Buffer,
    unread: usize,
    kernels: Kernels,
}

// SAFETY: only handles of the driver and cuBLAS keep it from being `Send`. Any thread may use them after
// `enter`, and only one thread at a time has the worker.
unsafe impl Send for KernelWorker<'_> {}

impl<'a> KernelWorker<'a> {
    /// Whether the kernels support everything that an experiment uses.
    pub fn covers(experiment: &Experiment) -> bool {
        experiment.train.loss.weights.keys().all(|term| !matches!(term, LossTerms::Ssim))
    }

    /// Creates a worker on `gpu`, which keeps at most `budget` bytes of data there.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn new(
        gpu: Gpu,
        experiment: &Experiment,
        arch: &Architecture,
        train: Samples<'a>,
        budget: u64,
    ) -> Result<Self, NetworkError> {
        let made = || -> Result<_, CudaError> {
            let kernels = Kernels::new(gpu.context())?;
            let layers = Layers::new(&kernels, arch)?;
            let (spec, clip) = (&experiment.train.optimizer, &experiment.train.clip);
            let optimizer = Optimizer::new(&kernels, spec, clip, &layers, &arch.parameters())?;
            let data = Data::new(&kernels, train, budget)?;
            let losses = kernels.zeros(UNREAD_LOSSES)?;
            Ok((kernels, layers, optimizer, data, losses))
        };
        let (kernels, layers, optimizer, data, losses) = made().map_err(described)?;
        let loss = Loss::new(&experiment.train.loss, train.target_size().len());
        Ok(Self { gpu, layers, optimizer, loss, data, losses, unread: 0, kernels })
    }

    fn steps(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), CudaError> {
        let Self { layers, optimizer, loss, data, losses, unread, kernels, .. } = self;
        let (inputs, targets) = data.batch(kernels, batch, epoch)?;
        let inputs = Arc::new(inputs);
        let targets = targets.map_or_else(|| inputs.clone(), Arc::new);
        layers.differentiate(kernels, batch.len(), inputs, |output| {
            let sum = losses.all().part(*unread, 1);
            loss.gradient(kernels, output, &targets, batch.len(), sum)
        })?;
        *unread += 1;
        optimizer.step(kernels, rate, layers)
    }
}

impl Worker for KernelWorker<'_> {
    fn enter(&self) -> Result<(), NetworkError> {
        self.gpu.enter()
    }

    fn wait(&self) -> Result<(), NetworkError> {
        self.gpu.wait()
    }

    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.steps(batch, epoch, rate).map_err(described)
    }

    fn losses(&mut self) -> Result<Vec<f32>, NetworkError> {
        let unread = self.losses.all().part(0, self.unread);
        self.unread = 0;
        self.kernels.read(unread).map_err(described)
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        let values = self.kernels.read(self.layers.parameters.all()).map_err(described)?;
        Ok(self.layers.ranges.iter().map(|range| values[range.clone()].to_vec()).collect())
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        check_weights(self.layers.ranges.iter().map(ExactSizeIterator::len), weights)?;
        let parameters = self.layers.parameters.all();
        for (range, values) in self.layers.ranges.iter().zip(weights) {
            let written = self.kernels.write(parameters.part(range.start, range.len()), values);
            written.map_err(described)?;
        }
        Ok(())
    }

    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError> {
        let values = self.kernels.read(self.optimizer.slots[index].all()).map_err(described)?;
        Ok(self.layers.ranges.iter().flat_map(|range| &values[range.clone()]).copied().collect())
    }

    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError> {
        let slot = self.optimizer.slots[index].all();
        let mut rest = values;
        for range in &self.layers.ranges {
            let (values, after) = rest.split_at(range.len());
            let written = self.kernels.write(slot.part(range.start, range.len()), values);
            written.map_err(described)?;
            rest = after;
        }
        Ok(())
    }

    fn set_steps(&mut self, steps: u64) {
        self.optimizer.steps = steps;
    }

    fn run(&mut self, halves: &[Half], values: &[f32], n: usize) -> Result<Vec<f32>, NetworkError> {
        let Self { kernels, layers, .. } = self;
        let run = || -> Result<_, CudaError> {
            let output = layers.run(kernels, halves, n, kernels.upload(values)?)?;
            kernels.read(output.all())
        };
        run().map_err(described)
    }
}
