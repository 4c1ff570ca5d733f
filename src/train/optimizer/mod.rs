//! How weights follow from gradients.

mod clip;
mod plan;
mod step;
#[cfg(test)]
mod tests;
mod update;

use crate::{reuse::emptied, spec};
pub(crate) use plan::decay;
use std::mem;
use step::Block;
pub use step::{BLOCK, Lanes, Step, Tensor};
pub(crate) use update::{Adam, Rmsprop, Update};

/// An optimiser over the parameter tensors of a network, with the formulas of Keras.
///
/// With gradient g, learning rate r and, after the t-th step, parameter p:
///
/// | kind | step |
/// | --- | --- |
/// | `adam` | m += (g - m) (1 - beta1); v += (g^2 - v) (1 - beta2); p -= a m / (sqrt(v) + epsilon), a = r sqrt(1 - beta2^t) / (1 - beta1^t) |
/// | `adamw` | first p -= r `weight_decay` p, except for biases; then as `adam` |
/// | `sgd` | without momentum p -= r g; else m = momentum m - r g and p += m, or with Nesterov's form p += momentum m - r g |
/// | `rmsprop` | v = rho v + (1 - rho) g^2; u = r g / sqrt(v + epsilon); p -= u, or with momentum m = momentum m + u and p -= m |
///
/// Parameters and slots (m and v) are f32; factors common to all parameters are computed in f64
/// and rounded once. Every parameter is updated on its own, so a step gives the same bits on any
/// number of threads.
#[derive(Debug)]
pub struct Optimizer {
    spec: spec::Optimizer,
    /// Length of each tensor, and whether weight decay applies to it.
    tensors: Vec<(usize, bool)>,
    slots: Vec<Slot>,
    steps: u64,
    /// Memory for the blocks of a step.
    blocks: Vec<Block<'static>>,
}

/// A number that an optimiser keeps for each parameter.
#[derive(Debug, Clone)]
struct Slot {
    name: &'static str,
    values: Vec<f32>,
}

impl Optimizer {
    /// An optimiser at its first step. `tensors` lists the length of each parameter tensor, and
    /// whether it is a bias, which weight decay spares.
    pub fn new(spec: &spec::Optimizer, tensors: impl IntoIterator<Item = (usize, bool)>) -> Self {
        let tensors: Vec<_> = tensors.into_iter().map(|(len, is_bias)| (len, !is_bias)).collect();
        let parameters = tensors.iter().map(|(len, _)| len).sum();
        let slot = |&name| Slot { name, values: vec![0.0; parameters] };
        let slots = slot_names(spec).iter().map(slot).collect();
        Self { spec: spec.clone(), tensors, slots, steps: 0, blocks: Vec::new() }
    }

    /// Steps done so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Continues as if so many steps had been done.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// What the optimiser keeps for each parameter, by Keras's names: `momentum` and `velocity`.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = (&'static str, &[f32])> {
        self.slots.iter().map(|slot| (slot.name, slot.values.as_slice()))
    }

    /// The values of the slot that has this place among them.
    pub fn slot(&self, index: usize) -> &[f32] {
        &self.slots[index].values
    }

    /// Replaces them by as many.
    pub fn set_slot(&mut self, index: usize, values: &[f32]) {
        self.slots[index].values.copy_from_slice(values);
    }

    /// The next step, to which all tensors are to be added.
    pub fn begin(&mut self) -> Step<'_> {
        self.steps += 1;
        let mut slots = self.slots.iter_mut().map(|slot| slot.values.as_mut_slice());
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

/// The factor of weight decay; none where it never applies.
pub(crate) fn weight_decay(spec: &spec::Optimizer) -> Option<f64> {
    match spec {
        spec::Optimizer::Adamw { weight_decay, .. } => Some(*weight_decay),
        _ => None,
    }
}

/// Names of the slots in the order that [`update::Update::apply`] takes them.
pub(crate) fn slot_names(spec: &spec::Optimizer) -> &'static [&'static str] {
    match spec {
        spec::Optimizer::Adam { .. } | spec::Optimizer::Adamw { .. } => &["momentum", "velocity"],
        spec::Optimizer::Sgd { momentum, .. } if *momentum > 0.0 => &["momentum"],
        spec::Optimizer::Sgd { .. } => &[],
        spec::Optimizer::Rmsprop { momentum, .. } if *momentum > 0.0 => &["velocity", "momentum"],
        spec::Optimizer::Rmsprop { .. } => &["velocity"],
    }
}
