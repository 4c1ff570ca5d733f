//! Trains an experiment with dfdx's own operations.

use super::{
    access::Access,
    data::Data,
    engine::Worker,
    loss::Loss,
    network::{Half, Network},
    optimizer::Optimizer,
    tensor::{DeviceResult, Kit, Matrix, Scalar, SendDevice},
};
use crate::{
    arch::{Architecture, Parameter},
    nn::{NetworkError, check_weights},
    spec::Experiment,
    train::Samples,
};
use dfdx::prelude::*;

/// A network, its optimizer and its training data on a dfdx device.
pub struct ComposedWorker<'a, D: SendDevice> {
    kit: Kit<D>,
    access: Box<dyn Access<D>>,
    network: Network<D>,
    optimizer: Optimizer<D>,
    loss: Loss<D>,
    data: Data<'a, Kit<D>>,
    losses: Vec<Scalar<D>>,
    /// The number of images of the last pass.
    images: usize,
}

// SAFETY: the fields that are not `Send` by themselves are on a `SendDevice`, which any thread may use, one
// at a time, after `Worker::enter`.
unsafe impl<D: SendDevice> Send for ComposedWorker<'_, D> {}

impl<'a, D: SendDevice> ComposedWorker<'a, D> {
    /// Creates a worker on `device`, which keeps at most `budget` bytes of data there.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(
        device: D,
        access: Box<dyn Access<D>>,
        experiment: &Experiment,
        arch: &Architecture,
        train: Samples<'a>,
        budget: u64,
    ) -> Result<Self, NetworkError> {
        access.enter()?;
        let spec = &experiment.train;
        let made = || -> DeviceResult<_, D> {
            let kit = Kit::new(device);
            let network = Network::new(&kit, arch)?;
            let tensors: Vec<_> = network.parameters().cloned().collect();
            let parameters = arch.parameters();
            let biases = parameters.iter().map(Parameter::is_bias);
            let optimizer = Optimizer::new(&kit, &spec.optimizer, &spec.clip, &tensors, biases)?;
            let loss = Loss::new(&kit, &spec.loss, train.target_size())?;
            let data = Data::new(&kit, train, budget)?;
            Ok((kit, network, optimizer, loss, data))
        };
        let (kit, network, optimizer, loss, data) =
            made().map_err(|error| access.describe(error))?;
        Ok(Self { kit, access, network, optimizer, loss, data, losses: Vec::new(), images: 0 })
    }

    /// Frees the memory that dfdx caches for tensors of another number of images.
    fn prepare(&mut self, images: usize) -> Result<(), NetworkError> {
        if self.images != images {
            self.images = images;
            self.access.release(&self.kit.device)?;
        }
        Ok(())
    }

    fn steps(&mut self, batch: &[usize], epoch: usize, rate: f64) -> DeviceResult<(), D> {
        let Self { kit, network, optimizer, loss, data, losses, .. } = self;
        let (inputs, targets) = data.batch(kit, batch, epoch)?;
        let targets = targets.unwrap_or_else(|| inputs.clone());
        let gradients = network.gradients(kit, inputs, |kit, output| {
            let (sum, gradient) = loss.gradient(kit, &output, &targets)?;
            losses.push(sum);
            Ok(gradient)
        })?;
        let mut parameters = network.take_parameters();
        let stepped = optimizer.step(kit, rate, &mut parameters, gradients);
        network.put_parameters(parameters);
        stepped
    }
}

impl<D: SendDevice> Worker for ComposedWorker<'_, D> {
    fn enter(&self) -> Result<(), NetworkError> {
        self.access.enter()
    }

    fn wait(&self) -> Result<(), NetworkError> {
        self.access.wait()
    }

    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.prepare(batch.len())?;
        self.steps(batch, epoch, rate).map_err(|error| self.access.describe(error))
    }

    fn losses(&mut self) -> Result<Vec<f32>, NetworkError> {
        Ok(self.losses.drain(..).flat_map(|loss| loss.as_vec()).collect())
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        Ok(self.network.parameters().map(Tensor::as_vec).collect())
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        check_weights(self.network.parameters().map(|it| it.shape().num_elements()), weights)?;
        let mut parameters = self.network.take_parameters();
        for (parameter, values) in parameters.iter_mut().zip(weights) {
            parameter.copy_from(values);
        }
        self.network.put_parameters(parameters);
        Ok(())
    }

    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError> {
        Ok(self.optimizer.slots[index].iter().flat_map(Tensor::as_vec).collect())
    }

    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError> {
        let mut rest = values;
        for tensor in &mut self.optimizer.slots[index] {
            let (values, after) = rest.split_at(tensor.shape().num_elements());
            tensor.copy_from(values);
            rest = after;
        }
        Ok(())
    }

    fn set_steps(&mut self, steps: u64) {
        self.optimizer.steps = steps;
    }

    fn run(&mut self, halves: &[Half], values: &[f32], n: usize) -> Result<Vec<f32>, NetworkError> {
        self.prepare(n)?;
        let Self { kit, network, .. } = self;
        let mut run = || -> DeviceResult<_, D> {
            let x: Matrix<D> = kit.matrix(values.to_vec(), n, values.len() / n)?;
            Ok(network.run(kit, halves, x)?.as_vec())
        };
        run().map_err(|error| self.access.describe(error))
    }
}
