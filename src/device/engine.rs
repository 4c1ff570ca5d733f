//! The engine of a device, which holds data and weights and runs the steps.

use super::{footprint::Shares, network::Half};
use crate::{
    nn::NetworkError,
    train::{Engine, Inference, Pass, Passes},
};
use std::{
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Losses are read once every this many steps, since reading them synchronizes with the device.
pub const UNREAD_LOSSES: usize = 64;

/// Trains a network on a device, one call at a time.
pub trait Worker: Send {
    /// Makes the device current on the calling thread; must be called before all other methods.
    ///
    /// # Errors
    /// When the device is lost.
    fn enter(&self) -> Result<(), NetworkError>;

    /// Waits until the device has completed all submitted work.
    ///
    /// # Errors
    /// When the device is lost.
    fn wait(&self) -> Result<(), NetworkError>;

    /// Takes one training step, see [`Engine::step`], and records its loss.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError>;

    /// Returns the losses of the steps since the last call: at least one and at most `UNREAD_LOSSES`.
    ///
    /// # Errors
    /// When the device is lost.
    fn losses(&mut self) -> Result<Vec<f32>, NetworkError>;

    /// Returns the values of all parameters, in checkpoint order.
    ///
    /// # Errors
    /// When the device is lost.
    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError>;

    /// Replaces all parameters, in checkpoint order.
    ///
    /// # Errors
    /// When the device is lost, or the number or lengths of `weights` do not match the parameters.
    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError>;

    /// Returns all values of an optimizer's slot, in the order of the parameters.
    ///
    /// # Errors
    /// When the device is lost.
    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError>;

    /// Replaces all values of a slot.
    ///
    /// # Errors
    /// When the device is lost.
    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError>;

    /// Sets the number of steps that the optimizer has taken.
    fn set_steps(&mut self, steps: u64);

    /// Runs one or both halves of the network on `count` samples.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn run(
        &mut self,
        halves: &[Half],
        values: &[f32],
        count: usize,
    ) -> Result<Vec<f32>, NetworkError>;
}

/// An engine whose worker is on a device.
pub struct DeviceEngine<'a> {
    worker: Mutex<ManuallyDrop<Box<dyn Worker + 'a>>>,
    /// The number of images that inference runs at a time.
    chunk: usize,
    /// The number of steps whose losses have not been read.
    unread: usize,
}

impl<'a> DeviceEngine<'a> {
    /// An engine with all weights 0, at its optimizer's first step. The device on which `make` creates the
    /// worker must be current on the calling thread.
    ///
    /// # Errors
    /// When `make` fails.
    pub fn new(
        shares: Shares,
        make: impl FnOnce() -> Result<Box<dyn Worker + 'a>, NetworkError>,
    ) -> Result<Self, NetworkError> {
        let worker = guarded(make)?;
        Ok(Self {
            worker: Mutex::new(ManuallyDrop::new(worker)),
            chunk: shares.inference,
            unread: 0,
        })
    }

    fn worker(&self) -> MutexGuard<'_, ManuallyDrop<Box<dyn Worker + 'a>>> {
        // A panic is reported as an error, after which the worker is no longer used.
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `f` with the device current on this thread.
    fn with<T>(
        &self,
        f: impl FnOnce(&mut dyn Worker) -> Result<T, NetworkError>,
    ) -> Result<T, NetworkError> {
        let mut worker = self.worker();
        worker.enter()?;
        guarded(|| f(&mut ***worker))
    }
}

impl Drop for DeviceEngine<'_> {
    fn drop(&mut self) {
        let worker = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Memory of a failed device cannot be freed: trying to would abort the process before the error is
        // reported.
        if worker.enter().and_then(|()| worker.wait()).is_ok() {
            // SAFETY: the worker is not used after this.
            unsafe { ManuallyDrop::drop(worker) };
        }
    }
}

/// Runs `f` and turns a panic into an error: when copying or reading back a tensor, dfdx panics if memory is
/// exhausted or the device is lost.
fn guarded<T>(f: impl FnOnce() -> Result<T, NetworkError>) -> Result<T, NetworkError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(NetworkError::Device(format!(
            "the device failed, perhaps because its memory is exhausted: {text}"
        )))
    })
}

impl Engine for DeviceEngine<'_> {
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.with(|worker| worker.step(batch, epoch, rate))?;
        self.unread += 1;
        Ok(())
    }

    fn has_losses(&self) -> bool {
        self.unread >= UNREAD_LOSSES
    }

    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError> {
        if self.unread == 0 {
            return Ok(());
        }
        self.unread = 0;
        losses.extend(self.with(|worker| worker.losses())?.into_iter().map(f64::from));
        Ok(())
    }

    fn inference(&self) -> Inference<'_> {
        Inference::on_device(self)
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        self.with(|worker| worker.weights())
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        self.with(|worker| worker.set_weights(weights))
    }

    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError> {
        self.with(|worker| worker.slot(index))
    }

    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError> {
        self.with(|worker| worker.set_slot(index, values))
    }

    fn set_steps(&mut self, steps: u64) {
        self.worker().set_steps(steps);
    }
}

impl Passes for DeviceEngine<'_> {
    fn run(&self, pass: Pass, values: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let len = values.len() / count;
        let halves: &[Half] = match pass {
            Pass::Encode => &[Half::Encoder],
            Pass::Decode => &[Half::Decoder],
            Pass::Reconstruct => &[Half::Encoder, Half::Decoder],
        };
        let mut results = Vec::new();
        for chunk in values.chunks(self.chunk * len) {
            results.extend(self.with(|worker| worker.run(halves, chunk, chunk.len() / len))?);
        }
        Ok(results)
    }
}
