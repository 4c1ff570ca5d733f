//! How weights follow from gradients.

mod clip;
mod plan;
#[cfg(test)]
mod tests;
mod update;

use crate::{
    spec::{self, Clip},
    team::share,
};
use clip::gradient_norm;
use plan::StepPlan;
pub(crate) use plan::decay;
pub(crate) use update::{Adam, Rmsprop, Update};

/// Parameters that are updated by one task. All sums over parameters run block by block too, so
/// that the length is part of what a run computes; it must not follow the machine.
pub const BLOCK: usize = 8192;

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
#[derive(Debug, Clone)]
pub struct Optimizer {
    spec: spec::Optimizer,
    /// Length of each tensor, and whether weight decay applies to it.
    tensors: Vec<(usize, bool)>,
    slots: Vec<Slot>,
    steps: u64,
}

/// A number that an optimiser keeps for each parameter.
#[derive(Debug, Clone)]
struct Slot {
    name: &'static str,
    values: Vec<f32>,
}

/// Why a saved slot cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// The optimiser keeps nothing of that name.
    #[error(
        "the saved optimiser state has `{name}`, but this optimiser keeps {}: \
         was it saved with another `train.optimizer`?",
        if known.is_empty() { "nothing".to_owned() } else { known.join(" and ") }
    )]
    Unknown {
        /// Name in the saved state.
        name: String,
        /// Names that would be right.
        known: Vec<&'static str>,
    },
    /// The slot belongs to another network.
    #[error(
        "the saved optimiser state has {found} values of `{name}`, but the network has {expected} \
         parameters: was it saved with another `[model]`?"
    )]
    Length {
        /// Name of the slot.
        name: &'static str,
        /// Parameters of the network.
        expected: usize,
        /// Values in the saved state.
        found: usize,
    },
}

/// A parameter tensor and its gradient: the sum of `lanes`, in order.
#[derive(Debug)]
pub struct Tensor<'a> {
    /// The values.
    pub parameters: &'a mut [f32],
    /// As long as the parameters, each.
    pub lanes: Vec<&'a mut [f32]>,
    /// Whether the next gradient is added to the lanes, so that the step sets them back to 0.
    pub adds_up: bool,
}

/// Neighbouring parameters of one tensor with all that belongs to them, to be updated by one task.
#[derive(Debug)]
struct Block<'a> {
    parameters: &'a mut [f32],
    lanes: Vec<&'a mut [f32]>,
    /// The optimiser's slots; those it does not have are empty.
    slots: [&'a mut [f32]; 2],
    decays: bool,
    adds_up: bool,
}

impl Optimizer {
    /// An optimiser at its first step. `tensors` lists the length of each parameter tensor, and
    /// whether it is a bias, which weight decay spares.
    pub fn new(spec: &spec::Optimizer, tensors: impl IntoIterator<Item = (usize, bool)>) -> Self {
        let tensors: Vec<_> = tensors.into_iter().map(|(len, is_bias)| (len, !is_bias)).collect();
        let parameters = tensors.iter().map(|(len, _)| len).sum();
        let slot = |&name| Slot { name, values: vec![0.0; parameters] };
        let slots = slot_names(spec).iter().map(slot).collect();
        Self { spec: spec.clone(), tensors, slots, steps: 0 }
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

    /// Takes over a saved slot.
    ///
    /// # Errors
    ///
    /// When this optimiser has no such slot, or the network another number of parameters.
    pub fn load_slot(&mut self, name: &str, values: &[f32]) -> Result<(), SlotError> {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.name == name) else {
            let known = slot_names(&self.spec).to_vec();
            return Err(SlotError::Unknown { name: name.to_owned(), known });
        };
        if values.len() != slot.values.len() {
            let (name, expected, found) = (slot.name, slot.values.len(), values.len());
            return Err(SlotError::Length { name, expected, found });
        }
        slot.values.copy_from_slice(values);
        Ok(())
    }

    /// One step on the current rayon pool: the gradient is bounded as `clip` says. Returns the norm
    /// of the unbounded gradient when `clip` needed it.
    ///
    /// # Panics
    ///
    /// When `tensors` are not those that the optimiser was made for, or a lane is too short.
    pub fn step(&mut self, rate: f64, clip: &Clip, tensors: Vec<Tensor<'_>>) -> Option<f64> {
        self.steps += 1;
        let plan = StepPlan::new(&self.spec, rate, self.steps);
        let mut blocks = self.blocks(tensors);
        let norm = clip.norm.map(|_| gradient_norm(&blocks));
        let plan = plan.clipped(clip, norm);
        share(&mut blocks, |_, block| plan.apply(block));
        norm
    }

    /// Divides tensors and slots into blocks of [`BLOCK`].
    fn blocks<'a>(&'a mut self, tensors: Vec<Tensor<'a>>) -> Vec<Block<'a>> {
        assert_eq!(tensors.len(), self.tensors.len(), "number of tensors");
        let mut slots = self.slots.iter_mut().map(|slot| slot.values.as_mut_slice());
        let mut slots = [slots.next(), slots.next()].map(Option::unwrap_or_default);
        let mut blocks = Vec::new();
        for (tensor, &(len, decays)) in tensors.into_iter().zip(&self.tensors) {
            let Tensor { mut parameters, mut lanes, adds_up } = tensor;
            assert_eq!(parameters.len(), len, "length of a tensor");
            while !parameters.is_empty() {
                let len = BLOCK.min(parameters.len());
                blocks.push(Block {
                    parameters: cut(&mut parameters, len),
                    lanes: lanes.iter_mut().map(|lane| cut(lane, len)).collect(),
                    slots: slots.each_mut().map(|slot| cut(slot, len.min(slot.len()))),
                    decays,
                    adds_up,
                });
            }
        }
        blocks
    }
}

/// Takes the first `len` values off `rest`.
#[allow(clippy::mut_mut)] // the rest is a slice that gets shorter
fn cut<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    rest.split_off_mut(..len).expect("as long as its tensor")
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
