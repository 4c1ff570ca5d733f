//! How weights follow from gradients.

mod clip;
mod plan;
#[cfg(test)]
mod tests;
mod update;

use crate::spec::{self, Clip};
pub use clip::gradient_norm;
pub use plan::StepPlan;
use rayon::prelude::*;
use std::{ops::Range, sync::Arc};

/// Parameters that are updated by one task. All sums over parameters run block by block too, so
/// that the length is part of what a run computes; it must not follow the machine.
pub const BLOCK: usize = 8192;

/// An optimiser over one flat vector of all parameters, with the formulas of Keras.
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
    parameters: usize,
    /// Ranges of parameters that weight decay applies to.
    decayed: Arc<[Range<usize>]>,
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

/// Neighbouring parameters and what the optimiser keeps for them, to be updated by one task.
#[derive(Debug)]
pub struct Block<'a> {
    /// Place among all parameters.
    pub range: Range<usize>,
    /// The parameters.
    pub parameters: &'a mut [f32],
    /// The optimiser's slots; those it does not have are empty.
    pub slots: [&'a mut [f32]; 2],
}

impl Optimizer {
    /// An optimiser at its first step. `tensors` lists the length of each parameter tensor, in the
    /// order of the flat vector, and whether it is a bias, which weight decay spares.
    pub fn new(spec: &spec::Optimizer, tensors: impl IntoIterator<Item = (usize, bool)>) -> Self {
        let mut parameters = 0;
        let mut decayed = Vec::new();
        for (len, is_bias) in tensors {
            if !is_bias {
                decayed.push(parameters..parameters + len);
            }
            parameters += len;
        }
        let slot = |&name| Slot { name, values: vec![0.0; parameters] };
        Self {
            spec: spec.clone(),
            parameters,
            decayed: decayed.into(),
            slots: slot_names(spec).iter().map(slot).collect(),
            steps: 0,
        }
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
        if values.len() != self.parameters {
            let (name, expected, found) = (slot.name, self.parameters, values.len());
            return Err(SlotError::Length { name, expected, found });
        }
        slot.values.copy_from_slice(values);
        Ok(())
    }

    /// Counts a step and plans it: apply the plan to each of [`Self::blocks`], in any order and on
    /// any threads, exactly once.
    pub fn prepare(&mut self, rate: f64) -> StepPlan {
        self.steps += 1;
        StepPlan::new(&self.spec, rate, self.steps, Arc::clone(&self.decayed))
    }

    /// Divides parameters and slots into blocks of [`BLOCK`].
    ///
    /// # Panics
    ///
    /// When `parameters` is not as long as the tensors that the optimiser was made for.
    pub fn blocks<'a>(&'a mut self, parameters: &'a mut [f32]) -> Vec<Block<'a>> {
        assert_eq!(parameters.len(), self.parameters, "number of parameters");
        let mut slots = self.slots.iter_mut().map(|slot| slot.values.chunks_mut(BLOCK));
        let mut slots = [slots.next(), slots.next()];
        let block = |(i, parameters): (usize, &'a mut [f32])| Block {
            range: i * BLOCK..i * BLOCK + parameters.len(),
            parameters,
            slots: slots
                .each_mut()
                .map(|s| s.as_mut().and_then(Iterator::next).unwrap_or_default()),
        };
        parameters.chunks_mut(BLOCK).enumerate().map(block).collect()
    }

    /// One whole step on the current rayon pool: the gradient is the sum of `lanes`, in order,
    /// bounded as `clip` says. Returns the norm of the unbounded gradient when `clip` needed it.
    ///
    /// # Panics
    ///
    /// When `parameters` or a lane does not have the optimiser's number of parameters.
    pub fn step(
        &mut self,
        rate: f64,
        clip: &Clip,
        parameters: &mut [f32],
        lanes: &[&[f32]],
    ) -> Option<f64> {
        for lane in lanes {
            assert_eq!(lane.len(), self.parameters, "length of a gradient");
        }
        let norm = clip.norm.map(|_| gradient_norm(lanes));
        let plan = self.prepare(rate).clipped(clip, norm);
        self.blocks(parameters).into_par_iter().for_each(|block| plan.apply(block, lanes));
        norm
    }
}

/// Names of the slots in the order that [`update::Update::apply`] takes them.
fn slot_names(spec: &spec::Optimizer) -> &'static [&'static str] {
    match spec {
        spec::Optimizer::Adam { .. } | spec::Optimizer::Adamw { .. } => &["momentum", "velocity"],
        spec::Optimizer::Sgd { momentum, .. } if *momentum > 0.0 => &["momentum"],
        spec::Optimizer::Sgd { .. } => &[],
        spec::Optimizer::Rmsprop { momentum, .. } if *momentum > 0.0 => &["velocity", "momentum"],
        spec::Optimizer::Rmsprop { .. } => &["velocity"],
    }
}
