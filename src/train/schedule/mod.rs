//! Learning rate schedules.
//!
//! Every schedule but one is a closed-form function of the step, so that a resumed run needs no state.
//! `plateau` follows a metric and keeps its state in [`ScheduleState`].

mod cosine;
mod exponential;
mod multi_step;
mod one_cycle;
mod plateau;
mod polynomial;
mod step;
mod used;

use crate::spec::{self, Metric};
use cosine::Cosine;
use exponential::Exponential;
use multi_step::MultiStep;
use one_cycle::OneCycle;
use plateau::Plateau;
pub use plateau::PlateauState;
use polynomial::Polynomial;
use serde::{Deserialize, Serialize};
use step::Step;

/// The learning rate of every step.
///
/// During the first `warmup_steps` steps, the rate of the schedule, which starts at the first step
/// regardless, is multiplied by (i + 1) / `warmup_steps`, where i is the number of steps done. The factor
/// rises linearly, and is 1 at the last of these steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    kind: Kind,
    base: f64,
    steps_per_epoch: u64,
    warmup_steps: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant,
    Step(Step),
    MultiStep(MultiStep),
    Exponential(Exponential),
    Polynomial(Polynomial),
    Cosine(Cosine),
    OneCycle(OneCycle),
    Plateau(Plateau),
}

/// The state of a schedule between epochs; part of checkpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleState {
    /// State of a `plateau` schedule; unused by the others.
    pub plateau: PlateauState,
}

/// The progress of a training, in steps and in epochs.
#[derive(Debug, Clone, Copy)]
struct Time {
    /// Steps done so far.
    step: u64,
    /// Epochs done so far.
    epoch: u64,
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
        let kind = match *spec {
            spec::Schedule::Constant => Kind::Constant,
            spec::Schedule::Step { every, gamma } => Kind::Step(Step::new(every, gamma)),
            spec::Schedule::MultiStep { ref epochs, gamma } => {
                Kind::MultiStep(MultiStep::new(epochs, gamma))
            }
            spec::Schedule::Exponential { gamma } => Kind::Exponential(Exponential { gamma }),
            spec::Schedule::Polynomial { end, power } => {
                Kind::Polynomial(Polynomial { end, power, steps })
            }
            spec::Schedule::Cosine { min, period: None, .. } => {
                Kind::Cosine(Cosine::once(min, steps))
            }
            spec::Schedule::Cosine { min, period: Some(period), period_mult } => {
                let period = steps_per_epoch.saturating_mul(period as u64);
                Kind::Cosine(Cosine::restarting(min, period, period_mult))
            }
            spec::Schedule::OneCycle { warmup, div, final_div } => {
                Kind::OneCycle(OneCycle::new(warmup, div, final_div, steps))
            }
            spec::Schedule::Plateau { metric, factor, patience, threshold, cooldown, min } => {
                let (patience, cooldown) = (patience as u64, cooldown as u64);
                Kind::Plateau(Plateau { metric, factor, patience, threshold, cooldown, min })
            }
        };
        Self { kind, base, steps_per_epoch, warmup_steps: warmup_steps as u64 }
    }

    /// Returns the learning rate of the next step after `step` steps.
    pub fn rate(&self, step: u64, state: &ScheduleState) -> f64 {
        let time = Time { step, epoch: step / self.steps_per_epoch };
        let base = self.base;
        let rate = match &self.kind {
            Kind::Constant => base,
            Kind::Step(schedule) => schedule.rate(base, time),
            Kind::MultiStep(schedule) => schedule.rate(base, time),
            Kind::Exponential(schedule) => schedule.rate(base, time),
            Kind::Polynomial(schedule) => schedule.rate(base, time),
            Kind::Cosine(schedule) => schedule.rate(base, time),
            Kind::OneCycle(schedule) => schedule.rate(base, time),
            Kind::Plateau(_) => state.plateau.rate.unwrap_or(base),
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
        match &self.kind {
            Kind::Plateau(plateau) => Some(plateau.metric),
            _ => None,
        }
    }

    /// Records the metric after `epoch`, counted from 1 as in `metrics.csv`.
    pub fn end_of_epoch(&self, state: &mut ScheduleState, epoch: usize, value: f64) {
        if let Kind::Plateau(plateau) = &self.kind {
            plateau.end_of_epoch(self.base, &mut state.plateau, epoch, value);
        }
    }
}

/// Raises `gamma` to an unsigned power.
fn power(gamma: f64, exponent: u64) -> f64 {
    gamma.powi(i32::try_from(exponent).unwrap_or(i32::MAX))
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
