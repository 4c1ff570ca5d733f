//! Learning rate schedules.
//!
//! Every schedule but one is a closed-form function of the step, so that a resumed run needs no state.
//! `plateau` follows a metric and keeps its state in [`ScheduleState`].

mod cosine;
mod decay;
mod one_cycle;
mod plateau;
mod used;

use crate::spec::{self, Metric};
pub use plateau::PlateauState;
use serde::{Deserialize, Serialize};

/// The learning rate of every step.
///
/// During the first `warmup_steps` steps, the rate of the schedule, which starts at the first step
/// regardless, is multiplied by (i + 1) / `warmup_steps`, where i is the number of steps done. The factor
/// rises linearly, and is 1 at the last of these steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    spec: spec::Schedule,
    base: f64,
    /// Steps of the whole training, and of an epoch.
    steps: u64,
    steps_per_epoch: u64,
    warmup_steps: u64,
}

/// The state of a schedule between epochs; part of checkpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleState {
    /// State of a `plateau` schedule; unused by the others.
    pub plateau: PlateauState,
}

impl Schedule {
    /// Creates the schedule configured by an experiment, with base rate `base`, for a training of `epochs`
    /// epochs of `steps_per_epoch` steps.
    pub fn new(
        spec: &spec::Schedule,
        base: f64,
        epochs: usize,
        steps_per_epoch: usize,
        warmup_steps: usize,
    ) -> Self {
        let steps_per_epoch = (steps_per_epoch as u64).max(1);
        let steps = steps_per_epoch.saturating_mul(epochs as u64);
        let (spec, warmup_steps) = (spec.clone(), warmup_steps as u64);
        Self { spec, base, steps, steps_per_epoch, warmup_steps }
    }

    /// Returns the learning rate of the next step after `step` steps.
    pub fn rate(&self, step: u64, state: &ScheduleState) -> f64 {
        use spec::Schedule as Spec;
        let Self { base, steps, steps_per_epoch, .. } = *self;
        let epoch = step / steps_per_epoch;
        let rate = match self.spec {
            Spec::Constant => base,
            Spec::Step { every, gamma } => decay::step(base, epoch, every, gamma),
            Spec::MultiStep { ref epochs, gamma } => decay::multi_step(base, epoch, epochs, gamma),
            Spec::Exponential { gamma } => decay::exponential(base, epoch, gamma),
            Spec::Polynomial { end, power } => decay::polynomial(base, step, steps, end, power),
            Spec::Cosine { min, period: None, .. } => {
                cosine::rate(base, min, cosine::once(step, steps))
            }
            Spec::Cosine { min, period: Some(period), period_mult } => {
                let period = steps_per_epoch.saturating_mul(period as u64);
                cosine::rate(base, min, cosine::restarting(step, period, period_mult as u64))
            }
            Spec::OneCycle { warmup, div, final_div } => {
                one_cycle::rate(base, (step, steps), warmup, div, final_div)
            }
            Spec::Plateau { .. } => state.plateau.rate.unwrap_or(base),
        };
        self.warmed(rate, step)
    }

    /// Applies warm-up to the schedule's `rate` for the next step after `step` steps.
    fn warmed(&self, rate: f64, step: u64) -> f64 {
        if step < self.warmup_steps {
            rate * (step + 1) as f64 / self.warmup_steps as f64
        } else {
            rate
        }
    }

    /// Returns the metric that [`Self::end_of_epoch`] expects; none for most schedules.
    pub fn metric(&self) -> Option<Metric> {
        match self.spec {
            spec::Schedule::Plateau { metric, .. } => Some(metric),
            _ => None,
        }
    }

    /// Records the metric after `epoch`, counted from 1 as in `metrics.csv`.
    pub fn end_of_epoch(&self, state: &mut ScheduleState, epoch: usize, value: f64) {
        state.plateau.end_of_epoch(&self.spec, self.base, epoch, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates of the first steps.
    pub(super) fn rates(spec: &spec::Schedule, epochs: usize, per_epoch: usize) -> Vec<f64> {
        let schedule = Schedule::new(spec, 0.1, epochs, per_epoch, 0);
        let state = ScheduleState::default();
        (0..(epochs * per_epoch) as u64).map(|step| schedule.rate(step, &state)).collect()
    }

    pub(super) fn assert_rates(ours: &[f64], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len());
        for (i, (a, b)) in ours.iter().zip(expected).enumerate() {
            assert!((a - b).abs() < 1e-12, "step {i}: {a}, expected {b}");
        }
    }

    #[test]
    fn a_constant_rate_is_the_base() {
        assert_rates(&rates(&spec::Schedule::Constant, 2, 2), &[0.1; 4]);
    }

    #[test]
    fn warm_up_rises_linearly_and_then_follows_the_schedule() {
        let spec = spec::Schedule::Step { every: 1, gamma: 0.5 };
        let schedule = Schedule::new(&spec, 0.1, 3, 2, 3);
        let state = ScheduleState::default();
        let ours: Vec<f64> = (0..6).map(|step| schedule.rate(step, &state)).collect();
        let third = 0.1 / 3.0;
        assert_rates(&ours, &[third, 2.0 * third, 0.05, 0.05, 0.025, 0.025]);
    }

    #[test]
    fn only_plateau_looks_at_a_metric() {
        let mut state = ScheduleState::default();
        let constant = Schedule::new(&spec::Schedule::Constant, 0.1, 1, 1, 0);
        assert_eq!(constant.metric(), None);
        constant.end_of_epoch(&mut state, 1, 1.0);
        assert_eq!(state, ScheduleState::default());
    }

    #[test]
    fn degenerate_lengths_give_finite_rates() {
        let cosine = |period| spec::Schedule::Cosine { min: 0.0, period, period_mult: 2 };
        for spec in [
            spec::Schedule::Polynomial { end: 0.0, power: 1.0 },
            cosine(None),
            cosine(Some(0)),
            cosine(Some(usize::MAX)),
            spec::Schedule::OneCycle { warmup: 0.0, div: 25.0, final_div: 1e4 },
            spec::Schedule::OneCycle { warmup: 1.0, div: 25.0, final_div: 1e4 },
            spec::Schedule::Step { every: 0, gamma: 0.5 },
        ] {
            for (epochs, per_epoch) in [(0, 0), (1, 1), (2, 1), (1, 3)] {
                let schedule = Schedule::new(&spec, 0.1, epochs, per_epoch, 0);
                for step in [0, 1, 2, 3, 1000, u64::MAX] {
                    let rate = schedule.rate(step, &ScheduleState::default());
                    assert!((0.0..=0.1).contains(&rate), "{spec:?} at {step}: {rate}");
                }
            }
        }
    }
}
