//! An experiment's training by these kernels.

use super::{
    launch::{
        Argument, Kernels, MOST_VALUES, SUMS, THREADS, blocks, blocks_of_rows, count, launch,
    },
    layers::{Layers, most_values},
    memory::Buffer,
    optimizer::Optimizer,
};
use crate::{
    arch::Architecture,
    device::{
        access::Access,
        cuda::{Gpu, described},
        data::{Data, Store},
        engine::{INFERENCE, UNREAD_LOSSES, Worker},
        network::Part,
    },
    nn::NetworkError,
    spec::{self, Experiment, LossTerms},
    train::{Samples, loss::BCE_MARGIN},
};
use dfdx::tensor::CudaError;
use std::sync::Arc;

/// Numbers of rows that a launch takes along, as in kernels.cu.
const NUMBERS: usize = 512;

/// Rows of data, by their numbers.
#[repr(C)]
struct Numbers([u32; NUMBERS]);
// SAFETY: the same field as in kernels.cu.
unsafe impl Argument for Numbers {}

/// A network, its optimiser and its training data on a GPU.
#[derive(Debug)]
pub struct KernelWorker<'a> {
    gpu: Gpu,
    layers: Layers,
    optimizer: Optimizer,
    loss: Loss,
    data: Data<'a, Kernels>,
    /// The losses of steps that nobody has asked for.
    losses: Buffer,
    unread: usize,
    kernels: Kernels,
}

// SAFETY: what keeps it from being `Send` are handles of the driver and cuBLAS, which any thread may
// hand to them after `enter`; one at a time has the worker.
unsafe impl Send for KernelWorker<'_> {}

impl<'a> KernelWorker<'a> {
    /// Whether there are kernels for all that an experiment does.
    pub fn covers(experiment: &Experiment, arch: &Architecture) -> bool {
        let known = |term: &LossTerms| !matches!(term, LossTerms::Ssim);
        let batch = experiment.train.batch_size.max(INFERENCE as usize);
        experiment.train.loss.weights.keys().all(known)
            && most_values(arch).saturating_mul(batch) < MOST_VALUES
            && arch.parameter_count() < MOST_VALUES / 2
    }

    /// A worker on `gpu`, which keeps data of `budget` bytes at most there.
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

impl Drop for KernelWorker<'_> {
    fn drop(&mut self) {
        // Memory is given back by this thread. If the GPU is gone, so is that.
        let _ = self.enter();
    }
}

impl Worker for KernelWorker<'_> {
    fn enter(&self) -> Result<(), NetworkError> {
        self.gpu.enter()
    }

    fn release(&self) -> Result<(), NetworkError> {
        self.kernels.release();
        Ok(())
    }

    fn keeps_data(&self) -> bool {
        self.data.are_kept()
    }

    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.steps(batch, epoch, rate).map_err(described)
    }

    fn losses(&mut self) -> Result<Vec<f32>, NetworkError> {
        let unread = self.losses.all().part(0, self.unread);
        self.unread = 0;
        self.kernels.read(unread).map_err(|error| described(error.into()))
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        let read = self.kernels.read(self.layers.parameters.all());
        let values = read.map_err(|error| described(error.into()))?;
        Ok(self.layers.ranges.iter().map(|range| values[range.clone()].to_vec()).collect())
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        let parameters = self.layers.parameters.all();
        for (range, values) in self.layers.ranges.iter().zip(weights) {
            let written = self.kernels.write(parameters.part(range.start, range.len()), values);
            written.map_err(|error| described(error.into()))?;
        }
        Ok(())
    }

    fn slots(&self) -> Vec<&'static str> {
        self.optimizer.slots.iter().map(|(name, _)| *name).collect()
    }

    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError> {
        let read = self.kernels.read(self.optimizer.slots[index].1.all());
        let values = read.map_err(|error| described(error.into()))?;
        Ok(self.layers.ranges.iter().flat_map(|range| &values[range.clone()]).copied().collect())
    }

    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError> {
        let slot = self.optimizer.slots[index].1.all();
        let mut rest = values;
        for range in &self.layers.ranges {
            let (values, after) = rest.split_at(range.len());
            let written = self.kernels.write(slot.part(range.start, range.len()), values);
            written.map_err(|error| described(error.into()))?;
            rest = after;
        }
        Ok(())
    }

    fn set_steps(&mut self, steps: u64) {
        self.optimizer.steps = steps;
    }

    fn run(&mut self, parts: &[Part], values: &[f32], n: usize) -> Result<Vec<f32>, NetworkError> {
        let Self { kernels, layers, .. } = self;
        let run = || -> Result<_, CudaError> {
            let output = layers.run(kernels, parts, n, kernels.upload(values)?)?;
            Ok(kernels.read(output.all())?)
        };
        run().map_err(described)
    }
}

/// A weighted sum of losses that go value by value.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    weights: Weights,
    /// Values of a picture.
    len: usize,
}

/// As kernels.cu has it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct Weights {
    squared: f32,
    absolute: f32,
    cross_entropy: f32,
    margin: f32,
}
// SAFETY: the same fields as there.
unsafe impl Argument for Weights {}

impl Loss {
    /// The loss that an experiment describes, for pictures of `len` values.
    pub fn new(spec: &spec::Loss, len: usize) -> Self {
        let weight = |term| spec.weights.get(&term).map_or(0.0, |weight| *weight as f32);
        let weights = Weights {
            squared: weight(LossTerms::Mse),
            absolute: weight(LossTerms::Mae),
            cross_entropy: weight(LossTerms::Bce),
            margin: BCE_MARGIN,
        };
        Self { weights, len }
    }

    /// The gradient of a batch's mean loss by every value of the prediction; the sum of its losses goes
    /// to `sum`.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn gradient(
        &self,
        kernels: &Kernels,
        prediction: &Buffer,
        target: &Buffer,
        batch: usize,
        sum: super::memory::View<'_>,
    ) -> Result<Buffer, CudaError> {
        assert_eq!(prediction.len(), batch * self.len);
        assert_eq!(target.len(), prediction.len());
        let gradient = kernels.buffer(prediction.len())?;
        let sums = kernels.buffer(SUMS)?;
        // Some values for each thread.
        let grid = (blocks(prediction.len() / 4).0.min(SUMS as u32), 1);
        let (p, t) = (prediction.all().pointer(), target.all().pointer());
        let (len, weights) = (count(prediction.len()), self.weights);
        let scale = (1.0 / self.len as f64 / batch as f64) as f32;
        let (slopes, parts) = (gradient.all().pointer(), sums.all().pointer());
        launch!(kernels, Loss, grid, (THREADS, 1), p, t, len, weights, scale, slopes, parts)?;
        let (factor, out) = ((1.0 / self.len as f64) as f32, sum.pointer());
        let blocks = grid.0;
        launch!(kernels, Total, (1, 1), (THREADS, 1), parts, blocks, factor, out)?;
        Ok(gradient)
    }
}

impl Store for Kernels {
    type Rows = (Buffer, usize);
    type Batch = Buffer;
    type Error = CudaError;

    fn upload_rows(&self, values: &[f32], rows: usize) -> Result<Self::Rows, CudaError> {
        Ok((self.upload(values)?, values.len() / rows))
    }

    fn overwrite(&self, (table, _): &mut Self::Rows, values: &[f32]) -> Result<(), CudaError> {
        Ok(self.write(table.all(), values)?)
    }

    fn gather(&self, (table, len): &Self::Rows, rows: &[usize]) -> Result<Buffer, CudaError> {
        let out = self.buffer(rows.len() * len)?;
        for (chunk, rows) in rows.chunks(NUMBERS).enumerate() {
            let mut numbers = Numbers([0; NUMBERS]);
            for (number, &row) in numbers.0.iter_mut().zip(rows) {
                assert!((row + 1) * len <= table.len());
                *number = count(row);
            }
            let to = out.all().part(chunk * NUMBERS * len, rows.len() * len).pointer();
            let (from, rows) = (table.all().pointer(), count(rows.len()));
            let grid = blocks_of_rows(*len, rows as usize);
            let len = count(*len);
            launch!(self, Gather, grid, (THREADS, 1), from, numbers, rows, len, to)?;
        }
        Ok(out)
    }

    fn copied(&self, values: Vec<f32>, _: usize) -> Result<Buffer, CudaError> {
        Ok(self.upload(&values)?)
    }
}
