//! The device that a network is trained on, behind a trait.

use super::evaluate::Inference;
use crate::nn::NetworkError;

/// A network and its optimizer on some device, with the samples that it is trained on.
///
/// Weights and slots are read and written in the order of
/// [`Architecture::parameters`](crate::arch::Architecture); a slot holds the values of all parameters
/// consecutively. A snapshot taken from one engine can be continued on any other.
pub trait Engine: Send {
    /// Trains on the images of `batch`, with the noise of `epoch`, at learning rate `rate`. The losses are
    /// available from [`Engine::losses`]; on an asynchronous device they are not known yet.
    ///
    /// # Errors
    /// When the network cannot compute.
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError>;

    /// Whether there are enough losses to be worth reading; on a device, reading waits for all earlier steps.
    /// Read them whenever this is true: nothing else shows that a training has diverged.
    fn has_losses(&self) -> bool;

    /// Appends to `losses`, in order, the sum of the images' losses for each step since the last call.
    ///
    /// # Errors
    /// When the network cannot compute.
    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError>;

    /// Returns inference with the current weights.
    fn inference(&self) -> Inference<'_>;

    /// Returns the weights of each parameter.
    ///
    /// # Errors
    /// When they cannot be read back.
    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError>;

    /// Replaces the weights of each parameter, in checkpoint order.
    ///
    /// # Errors
    /// When their number or lengths do not match the parameters, or they cannot be written.
    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError>;

    /// Returns the values of the optimizer's slot with this index in
    /// [`slot_names`](super::optimizer::slot_names).
    ///
    /// # Errors
    /// When they cannot be read back.
    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError>;

    /// Replaces the values of a slot.
    ///
    /// # Errors
    /// When they cannot be written.
    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError>;

    /// Sets the number of steps taken so far.
    fn set_steps(&mut self, steps: u64);
}
