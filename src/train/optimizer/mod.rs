//! Optimizers.

mod block;
mod clip;
mod plan;
mod step;
#[cfg(test)]
mod tests;
mod update;

use crate::{reuse::emptied, spec};
use block::Block;
pub use block::{BLOCK, Shards};
pub(crate) use plan::{decay, weight_decay};
use std::mem;
pub use step::{Step, Tensor};
pub(crate) use update::{Adam, Rmsprop, Update};

/// An optimizer over the parameter tensors of a network, with the formulas of Keras.
///
/// The t-th step with gradient g, learning rate r and parameter p:
///
/// | kind | step |
/// | --- | --- |
/// | `adam` | m += (g - m) (1 - beta1); v += (g^2 - v) (1 - beta2); p -= a m / (sqrt(v) + epsilon), a = r sqrt(1 - beta2^t) / (1 - beta1^t) |
/// | `adamw` | first p -= r `weight_decay` p, except for biases; then as `adam` |
/// | `sgd` | without momentum p -= r g; else m = momentum m - r g and p += m, or with Nesterov momentum p += momentum m - r g |
/// | `rmsprop` | v = rho v + (1 - rho) g^2; u = r g / sqrt(v + epsilon); p -= u, or with momentum m = momentum m + u and p -= m |
///
/// Parameters and slots (m and v) are f32; factors common to all parameters are computed in f64
/// and rounded once. Every parameter is updated independently, so a step gives the same bits on any
/// number of threads.
#[derive(Debug)]
pub struct Optimizer {
    spec: spec::Optimizer,
    /// Length of each tensor, and whether weight decay applies to it.
    tensors: Vec<(usize, bool)>,
    /// The per-parameter state, in the order of [`slot_names`].
    slots: Vec<Vec<f32>>,
    steps: u64,
    /// Memory for the blocks of a step.
    blocks: Vec<Block<'static>>,
}

impl Optimizer {
    /// An optimizer at its first step. `tensors` lists the length of each parameter tensor, and whether it
    /// is a bias, which is exempt from weight decay.
    pub fn new(spec: &spec::Optimizer, tensors: impl IntoIterator<Item = (usize, bool)>) -> Self {
        let tensors: Vec<_> = tensors.into_iter().map(|(len, is_bias)| (len, !is_bias)).collect();
        let parameters = tensors.iter().map(|(len, _)| len).sum();
        let slots = vec![vec![0.0; parameters]; slot_names(spec).len()];
        Self { spec: spec.clone(), tensors, slots, steps: 0, blocks: Vec::new() }
    }

    /// Sets the number of steps taken so far.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Returns the values of the slot with this index in [`slot_names`], one per parameter.
    pub fn slot(&self, index: usize) -> &[f32] {
        &self.slots[index]
    }

    /// Replaces the values of a slot.
    pub fn set_slot(&mut self, index: usize, values: &[f32]) {
        self.slots[index].copy_from_slice(values);
    }

    /// Begins the next step, to which all tensors must be added.
    pub fn begin(&mut self) -> Step<'_> {
        self.steps += 1;
        let mut slots = self.slots.iter_mut().map(Vec::as_mut_slice);
        Step {
            spec: &self.spec,
            number: self.steps,
            tensors: self.tensors.iter(),
            slots: [slots.next(), slots.next()].map(Option::unwrap_or_default),
            blocks: emptied(mem::take(&mut self.blocks)),
            kept: &mut self.blocks,
        }
    }
}

/// Returns the names of an optimizer's per-parameter state, as in Keras, in the order in which its step takes
/// them.
pub fn slot_names(spec: &spec::Optimizer) -> &'static [&'static str] {
    match spec {
        spec::Optimizer::Adam { .. } | spec::Optimizer::Adamw { .. } => &["momentum", "velocity"],
        spec::Optimizer::Sgd { momentum, .. } if *momentum > 0.0 => &["momentum"],
        spec::Optimizer::Sgd { .. } => &[],
        spec::Optimizer::Rmsprop { momentum, .. } if *momentum > 0.0 => &["velocity", "momentum"],
        spec::Optimizer::Rmsprop { .. } => &["velocity"],
    }
}
