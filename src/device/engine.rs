//! The engine of a device: data, weights and steps are all there.

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

/// Losses are read once in so many steps: reading one waits until the device has done all before it.
pub const UNREAD_LOSSES: usize = 64;

/// What trains a network on a device, one call at a time.
pub trait Worker: Send {
    /// Makes the calling thread one that may use the device; to be called before all below.
    ///
    /// # Errors
    /// When the device is gone.
    fn enter(&self) -> Result<(), NetworkError>;

    /// Waits until the device has done all that it was asked for.
    ///
    /// # Errors
    /// When the device is gone.
    fn wait(&self) -> Result<(), NetworkError>;

    /// One step of training, see [`Engine::step`]. Notes its loss.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError>;

    /// The losses of the steps since they were last asked for: some, and `UNREAD_LOSSES` at most.
    ///
    /// # Errors
    /// When the device is gone.
    fn losses(&mut self) -> Result<Vec<f32>, NetworkError>;

    /// Values of all parameters, in checkpoint order.
    ///
    /// # Errors
    /// When the device is gone.
    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError>;

    /// Replaces all parameters, in checkpoint order.
    ///
    /// # Errors
    /// When the device is gone, or `weights` are those of other parameters.
    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError>;

    /// All values of a slot of the optimiser's, in the order of the parameters.
    ///
    /// # Errors
    /// When the device is gone.
    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError>;

    /// Replaces them by as many.
    ///
    /// # Errors
    /// When the device is gone.
    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError>;

    /// Steps that the optimiser has done.
    fn set_steps(&mut self, steps: u64);

    /// Runs halves of the network over `count` samples.
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
    /// Images that inference runs at a time.
    chunk: usize,
    /// Steps whose losses nobody has asked for.
    unread: usize,
}

impl<'a> DeviceEngine<'a> {
    /// An engine with all weights 0, at its optimiser's first step. The calling thread may use the
    /// device on which `make` makes a worker.
    ///
    /// # Errors
    /// What `make` says.
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
        // A panic is told as an error, after which nobody goes on.
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something on the device.
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
        // What a device that failed holds cannot be given back: trying that ends the process, before
        // the error is told.
        if worker.enter().and_then(|()| worker.wait()).is_ok() {
            // SAFETY: nobody comes to the worker after this.
            unsafe { ManuallyDrop::drop(worker) };
        }
    }
}

/// Runs `f`, and makes an error of a panic: where dfdx copies a tensor or reads one back, it does not
/// expect that memory may be exhausted or a device be lost.
fn guarded<T>(f: impl FnOnce() -> Result<T, NetworkError>) -> Result<T, NetworkError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(NetworkError::Device(format!(
            "the device gave up, perhaps because its memory is exhausted: {text}"
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
