//! One step of an optimiser, ready to be applied block by block.

use super::{Block, clip::sum_lanes, update::Update};
use crate::spec::{self, Clip};
use std::{ops::Range, sync::Arc};

/// Values that are summed and updated at a time, so that the sum is read back from the first cache.
pub(super) const TILE: usize = 512;

/// One step of an optimiser: everything that is common to all parameters.
#[derive(Debug, Clone)]
pub struct StepPlan {
    update: Update,
    /// Share of each parameter that weight decay takes away.
    decay: f32,
    decayed: Arc<[Range<usize>]>,
    /// Factor of every gradient, then the largest size one may have; none when there is no bound.
    bounds: Option<(f32, f32)>,
}

impl StepPlan {
    /// The plan of step `step`, counted from 1.
    pub(super) fn new(
        spec: &spec::Optimizer,
        rate: f64,
        step: u64,
        decayed: Arc<[Range<usize>]>,
    ) -> Self {
        let decay = match spec {
            spec::Optimizer::Adamw { weight_decay, .. } => (rate * weight_decay) as f32,
            _ => 0.0,
        };
        Self { update: Update::new(spec, rate, step), decay, decayed, bounds: None }
    }

    /// The same step with gradients bounded: first their norm, then each by itself. `norm` is the
    /// [`super::gradient_norm`] and is not looked at unless `clip.norm` is set.
    #[must_use]
    pub fn clipped(mut self, clip: &Clip, norm: Option<f64>) -> Self {
        let factor = match (clip.norm, norm) {
            (Some(most), Some(norm)) if norm > most => (most / norm) as f32,
            _ => 1.0,
        };
        let most = clip.value.map_or(f32::INFINITY, |value| value as f32);
        self.bounds = (factor < 1.0 || most < f32::INFINITY).then_some((factor, most));
        self
    }

    /// Updates one block. Its gradient is the sum of `lanes`, in order; they cover all parameters.
    ///
    /// # Panics
    ///
    /// When a lane ends before the block does.
    pub fn apply(&self, block: Block<'_>, lanes: &[&[f32]]) {
        let Block { range, parameters, slots: [first, second] } = block;
        if self.decay != 0.0 {
            self.decay(&range, parameters);
        }
        let mut gradient = [0.0; TILE];
        // An optimiser without a slot has an empty one, and so has each of its tiles.
        let (mut first, mut second) = (first.chunks_mut(TILE), second.chunks_mut(TILE));
        for (i, parameters) in parameters.chunks_mut(TILE).enumerate() {
            let gradient = &mut gradient[..parameters.len()];
            sum_lanes(lanes, range.start + i * TILE, gradient);
            if let Some((factor, most)) = self.bounds {
                for g in gradient.iter_mut() {
                    *g = (*g * factor).clamp(-most, most);
                }
            }
            let slots = [first.next().unwrap_or_default(), second.next().unwrap_or_default()];
            self.update.apply(parameters, slots, gradient);
        }
    }

    fn decay(&self, block: &Range<usize>, parameters: &mut [f32]) {
        for range in self.decayed.iter() {
            let (start, end) = (range.start.max(block.start), range.end.min(block.end));
            if start < end {
                for parameter in &mut parameters[start - block.start..end - block.start] {
                    *parameter -= self.decay * *parameter;
                }
            }
        }
    }
}
