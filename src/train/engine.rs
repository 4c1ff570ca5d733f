//! Where a network lives and takes its steps: behind a trait, so that the loop does not know.

use super::evaluate::Inference;
use crate::nn::NetworkError;

/// A network and its optimiser on some device, with the samples that it is trained on.
///
/// Weights come and go in the order of [`Architecture::parameters`](crate::arch::Architecture), and
/// so do the values of a slot, all parameters one after another: a snapshot taken from one engine
/// continues on any other.
pub trait Engine: Send {
    /// Trains on the images of `batch` as they are in `epoch`, at learning rate `rate`. What they
    /// cost is told by [`Engine::losses`]; on a device that works by itself it is not known yet.
    ///
    /// # Errors
    /// When the network cannot compute.
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError>;

    /// Whether there are enough losses to be worth reading, which on a device waits for all steps before.
    /// Read them whenever this is true: a divergence of the training shows nowhere else.
    fn has_losses(&self) -> bool;

    /// Adds to `losses` the sum of the losses of the images of each step since this was last asked,
    /// in order.
    ///
    /// # Errors
    /// When the network cannot compute.
    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError>;

    /// Inference with the weights of this moment.
    fn inference(&self) -> Inference<'_>;

    /// The weights of each parameter.
    ///
    /// # Errors
    /// When they cannot be read back.
    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError>;

    /// Replaces the weights of each parameter, in checkpoint order.
    ///
    /// # Errors
    /// When they are those of other parameters, by their number or their lengths, or cannot be written.
    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError>;

    /// The values of the optimiser's slot that has this place among
    /// [`slot_names`](super::optimizer::slot_names).
    ///
    /// # Errors
    /// When they cannot be read back.
    fn slot(&self, index: usize) -> Result<Vec<f32>, NetworkError>;

    /// Replaces them by as many.
    ///
    /// # Errors
    /// When they cannot be written.
    fn set_slot(&mut self, index: usize, values: &[f32]) -> Result<(), NetworkError>;

    /// Continues as if so many steps had been taken.
    fn set_steps(&mut self, steps: u64);
}
