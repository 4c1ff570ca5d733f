//! One step of an optimizer, ready to be applied block by block.

use super::{
    block::{Block, TILE, sum_shards},
    update::Update,
};
use crate::spec::{self, Clip};

/// One step of an optimizer: everything that is common to all parameters.
#[derive(Debug, Clone)]
pub(super) struct StepPlan {
    update: Update,
    /// The fraction of each parameter that weight decay subtracts.
    decay: f32,
    /// The factor applied to every gradient, then the largest magnitude allowed; none without clipping.
    bounds: Option<(f32, f32)>,
}

/// Returns the weight decay factor; none for optimizers without weight decay.
pub(crate) fn weight_decay(spec: &spec::Optimizer) -> Option<f64> {
    match spec {
        spec::Optimizer::Adamw { weight_decay, .. } => Some(*weight_decay),
        _ => None,
    }
}

/// Returns the fraction of each parameter that weight decay subtracts in a step.
pub(crate) fn decay(spec: &spec::Optimizer, rate: f64) -> f32 {
    weight_decay(spec).map_or(0.0, |decay| (rate * decay) as f32)
}

impl StepPlan {
    /// The plan of step `step`, counted from 1. Gradients are clipped first by norm, then by value; `norm` is
    /// the Euclidean norm of the whole gradient, and is ignored unless `clip.norm` is set.
    pub(super) fn new(
        spec: &spec::Optimizer,
        rate: f64,
        step: u64,
        clip: &Clip,
        norm: Option<f64>,
    ) -> Self {
        let factor = match (clip.norm, norm) {
            (Some(most), Some(norm)) if norm > most => (most / norm) as f32,
            _ => 1.0,
        };
        let most = clip.value.map_or(f32::INFINITY, |value| value as f32);
        let bounds = (factor < 1.0 || most < f32::INFINITY).then_some((factor, most));
        Self { update: Update::new(spec, rate, step), decay: decay(spec, rate), bounds }
    }

    /// Updates one block by the sum of its shards' gradients, in order, and resets them to 0 if they
    /// accumulate.
    pub fn apply(&self, block: &mut Block<'_>) {
        let Block { parameters, slots: [first, second], shards, decays, adds_up, .. } = block;
        if *decays && self.decay != 0.0 {
            for parameter in parameters.iter_mut() {
                *parameter -= self.decay * *parameter;
            }
        }
        let mut gradient = [0.0; TILE];
        // A slot that the optimizer does not use is empty, and so are its tiles.
        let (mut first, mut second) = (first.chunks_mut(TILE), second.chunks_mut(TILE));
        for (i, parameters) in parameters.chunks_mut(TILE).enumerate() {
            let (start, len) = (i * TILE, parameters.len());
            let gradient = &mut gradient[..len];
            sum_shards(shards, start, gradient);
            if *adds_up {
                // Done here because they are in the cache.
                for shard in shards.iter_mut() {
                    shard[start..start + len].fill(0.0);
                }
            }
            if let Some((factor, most)) = self.bounds {
                for g in gradient.iter_mut() {
                    *g = (*g * factor).clamp(-most, most);
                }
            }
            let slots = [first.next().unwrap_or_default(), second.next().unwrap_or_default()];
            self.update.apply(parameters, slots, gradient);
        }
    }
}
