//! The engine of a device: data, weights and steps are all there.

use super::{
    access::Access,
    data::Data,
    footprint::Footprint,
    loss::Loss,
    network::{Network, Part},
    optimizer::Optimizer,
    tensor::{Kit, Matrix, Outcome, Place, Scalar},
};
use crate::{
    arch::{Architecture, Parameter},
    nn::NetworkError,
    spec::Experiment,
    summary::bytes,
    train::{Engine, Inference, Pass, Passes, Samples, TrainError},
};
use dfdx::prelude::*;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Losses are read once in so many steps: reading one waits until the device has done all before it.
const UNREAD_LOSSES: usize = 64;
/// Inference runs so many pictures at a time at most.
const INFERENCE: u64 = 1024;
/// What the pictures that run at a time may take; less if the device's memory is small.
const INFERENCE_BYTES: u64 = 1 << 30;

/// A network, its optimiser and its training data on a device.
pub struct DeviceEngine<'a, D: Place> {
    work: Mutex<Work<'a, D>>,
    parameters: Vec<Parameter>,
    /// Pictures that inference runs at a time.
    chunk: usize,
    /// Steps whose losses nobody has asked for.
    unread: usize,
}

struct Work<'a, D: Place> {
    kit: Kit<D>,
    access: Box<dyn Access<D>>,
    network: Network<D>,
    optimizer: Optimizer<D>,
    loss: Loss<D>,
    data: Data<'a, D>,
    losses: Vec<Scalar<D>>,
}

// SAFETY: what is in here lives on a `Place`, which one thread at a time may use whichever it is, and
// nobody comes to it but through the mutex and `Access::enter`; or it is `Send` by itself.
unsafe impl<D: Place> Send for Work<'_, D> {}

impl<D: Place> Drop for Work<'_, D> {
    fn drop(&mut self) {
        // Tensors are given back by this thread. If the device is gone, so are they.
        let _ = self.access.enter();
    }
}

impl<'a, D: Place> DeviceEngine<'a, D> {
    /// An engine on `device` with all weights 0, at its optimiser's first step.
    ///
    /// # Errors
    /// When the device's memory cannot hold the network and a batch.
    pub fn new(
        experiment: &'a Experiment,
        arch: &Architecture,
        device: D,
        access: Box<dyn Access<D>>,
        train: Samples<'a>,
    ) -> Result<Self, NetworkError> {
        let spec = &experiment.train;
        let slots = crate::train::optimizer::slot_names(&spec.optimizer).len();
        let footprint = Footprint::new(arch, slots);
        access.enter()?;
        let free = access.free_memory();
        let batch = spec.batch_size.min(train.len());
        let needed = footprint.weights + footprint.trained_picture * batch as u64;
        if let Some(free) = free.filter(|free| *free < needed) {
            return Err(NetworkError::Device(format!(
                "the device has {} of free memory, but training this network on batches of {batch} \
                 takes about {}; choose a smaller train.batch_size or model, end what else uses the \
                 device, or use --device cpu",
                bytes(free),
                bytes(needed)
            )));
        }
        // What is left over may be filled with data; the estimates are not exact.
        let budget = free.map_or(u64::MAX, |free| (free - needed) / 4 * 3);
        let may_take = INFERENCE_BYTES.min(free.unwrap_or(u64::MAX) / 8);
        let chunk = (may_take / footprint.picture.max(1)).clamp(1, INFERENCE) as usize;

        let parameters = arch.parameters();
        let size = train.target_size();
        let made = guarded(|| {
            let kit = Kit::new(device);
            let network = Network::new(&kit, arch)?;
            let tensors: Vec<_> = network.parameters().cloned().collect();
            let biases = parameters.iter().map(|p| p.fans.is_none());
            let optimizer = Optimizer::new(&kit, &spec.optimizer, &spec.clip, &tensors, biases)?;
            let loss = Loss::new(&kit, &spec.loss, size)?;
            let data = Data::new(&kit, train, budget)?;
            Ok((kit, network, optimizer, loss, data))
        });
        let (kit, network, optimizer, loss, data) = told(&*access, made)?;
        let work = Work { kit, access, network, optimizer, loss, data, losses: Vec::new() };
        Ok(Self { work: Mutex::new(work), parameters, chunk, unread: 0 })
    }

    /// Whether the training data are on the device; otherwise each batch is copied there.
    pub fn keeps_data(&self) -> bool {
        self.work().data.are_kept()
    }

    fn release(&self) -> Result<(), NetworkError> {
        let work = self.work();
        work.access.enter()?;
        work.access.release(&work.kit.device)
    }

    fn work(&self) -> MutexGuard<'_, Work<'a, D>> {
        // A panic is told as an error, after which nobody goes on.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something on the device.
    fn with<T>(
        &self,
        f: impl FnOnce(&mut Work<'a, D>) -> Outcome<T, D>,
    ) -> Result<T, NetworkError> {
        let mut work = self.work();
        work.access.enter()?;
        let done = guarded(|| f(&mut work));
        told(&*work.access, done)
    }
}

/// Runs `f`, and makes an error of a panic: where dfdx copies a tensor or reads one back, it does not
/// expect that memory may be exhausted or a device be lost.
fn guarded<T, E>(f: impl FnOnce() -> Result<T, E>) -> Result<Result<T, E>, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
    })
}

fn told<T, D: Place>(
    access: &dyn Access<D>,
    done: Result<Outcome<T, D>, String>,
) -> Result<T, NetworkError> {
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(access.describe(error)),
        Err(panic) => Err(NetworkError::Device(format!(
            "the device gave up, perhaps because its memory is exhausted: {panic}"
        ))),
    }
}

impl<D: Place> Work<'_, D> {
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Outcome<(), D> {
        let Self { kit, network, optimizer, loss, data, losses, .. } = self;
        let (inputs, targets) = data.batch(kit, batch, epoch)?;
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

impl<D: Place> Engine for DeviceEngine<'_, D> {
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.with(|work| work.step(batch, epoch, rate))?;
        self.unread += 1;
        Ok(())
    }

    fn has_losses(&self) -> bool {
        self.unread >= UNREAD_LOSSES
    }

    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError> {
        self.unread = 0;
        self.with(|work| {
            let read = work.losses.drain(..).flat_map(|loss| loss.as_vec());
            losses.extend(read.map(f64::from));
            Ok(())
        })
    }

    fn inference(&self) -> Inference<'_> {
        Inference::on_device(self)
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        self.with(|work| Ok(work.network.parameters().map(Tensor::as_vec).collect()))
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        self.with(|work| {
            let mut parameters = work.network.take_parameters();
            for (parameter, values) in parameters.iter_mut().zip(weights) {
                parameter.copy_from(values);
            }
            work.network.put_parameters(parameters);
            Ok(())
        })
    }

    fn slots(&self) -> Vec<&'static str> {
        self.work().optimizer.slots.iter().map(|(name, _)| *name).collect()
    }

    fn slot(&self, name: &str) -> Result<Vec<f32>, NetworkError> {
        self.with(|work| {
            let mut slots = work.optimizer.slots.iter().filter(|(known, _)| *known == name);
            let tensors = slots.next().map_or(&[][..], |(_, tensors)| tensors);
            Ok(tensors.iter().flat_map(Tensor::as_vec).collect())
        })
    }

    fn set_slot(&mut self, name: &str, values: &[f32]) -> Result<(), TrainError> {
        let expected: usize = self.parameters.iter().map(Parameter::len).sum();
        if !self.slots().contains(&name) || values.len() != expected {
            return Err(TrainError::Snapshot(format!(
                "it has {} values of `{name}`, and this optimiser keeps {expected} of {}",
                values.len(),
                self.slots().join(" and ")
            )));
        }
        self.with(|work| {
            let mut slots = work.optimizer.slots.iter_mut().filter(|(known, _)| *known == name);
            let mut rest = values;
            for tensor in slots.next().into_iter().flat_map(|(_, tensors)| tensors) {
                let (values, after) = rest.split_at(tensor.shape().num_elements());
                tensor.copy_from(values);
                rest = after;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn set_steps(&mut self, steps: u64) {
        self.work().optimizer.steps = steps;
    }
}

impl<D: Place> Passes for DeviceEngine<'_, D> {
    fn run(&self, pass: Pass, values: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let len = values.len() / count;
        let parts: &[Part] = match pass {
            Pass::Encode => &[Part::Encoder],
            Pass::Decode => &[Part::Decoder],
            Pass::Reconstruct => &[Part::Encoder, Part::Decoder],
        };
        let mut results = Vec::new();
        // Tensors of inference have other sizes than those of training.
        self.release()?;
        for chunk in values.chunks(self.chunk * len) {
            let output: Vec<f32> = self.with(|work| {
                let Work { kit, network, .. } = work;
                let x: Matrix<D> = kit.matrix(chunk.to_vec(), chunk.len() / len, len)?;
                Ok(network.run(kit, parts, x)?.as_vec())
            })?;
            results.extend(output);
        }
        self.release()?;
        Ok(results)
    }
}
