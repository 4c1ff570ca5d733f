//! Cosine annealing, with or without restarts.

use super::Time;
use std::f64::consts::PI;

/// `min + (base - min) (1 + cos(pi done / period)) / 2`, where `done` counts the steps of the current
/// period (Loshchilov and Hutter, 2017): `PyTorch`'s `CosineAnnealingWarmRestarts`, updated every step.
///
/// Without restarts, the single period is the whole training, after which the rate stays at `min`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cosine {
    min: f64,
    /// Steps of the first period.
    period: u64,
    /// The ratio of each period's length to the previous one's; none without restarts.
    multiplier: Option<u64>,
}

impl Cosine {
    pub(super) fn once(min: f64, steps: u64) -> Self {
        Self { min, period: steps.max(1), multiplier: None }
    }

    pub(super) fn restarting(min: f64, period: u64, multiplier: usize) -> Self {
        Self { min, period: period.max(1), multiplier: Some((multiplier as u64).max(1)) }
    }

    pub(super) fn rate(&self, base: f64, time: Time) -> f64 {
        let (done, period) = self.place(time.step);
        let cosine = (PI * (done as f64 / period as f64)).cos();
        self.min + (base - self.min) * 0.5 * (1.0 + cosine)
    }

    /// Returns the steps done of the current period, and its length.
    fn place(&self, step: u64) -> (u64, u64) {
        let (mut done, mut period) = (step, self.period);
        match self.multiplier {
            None => (step.min(period), period),
            Some(1) => (step % period, period),
            Some(multiplier) => {
                while done >= period && period < u64::MAX {
                    done -= period;
                    period = period.saturating_mul(multiplier);
                }
                (done, period)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schedule, ScheduleState, tests::*};
    use crate::spec;

    /// cos(pi / 4).
    const COS_45: f64 = std::f64::consts::FRAC_1_SQRT_2;

    #[test]
    fn one_period_spans_the_training_and_stays_at_the_minimum() {
        let spec = spec::Schedule::Cosine { min: 0.02, period: None, period_mult: 1 };
        let expected = [0.1, 0.06 + 0.04 * COS_45, 0.06, 0.06 - 0.04 * COS_45];
        assert_rates(&rates(&spec, 2, 2), &expected);
        let schedule = Schedule::new(&spec, 0.1, 2, 2, 0);
        assert_rates(&[schedule.rate(4, &ScheduleState::default())], &[0.02]);
    }

    #[test]
    fn periods_restart_from_the_base() {
        let spec = spec::Schedule::Cosine { min: 0.0, period: Some(1), period_mult: 1 };
        assert_rates(&rates(&spec, 3, 2), &[0.1, 0.05, 0.1, 0.05, 0.1, 0.05]);
    }

    #[test]
    fn periods_grow_by_their_multiplier() {
        let spec = spec::Schedule::Cosine { min: 0.0, period: Some(1), period_mult: 2 };
        let (high, low) = (0.05 * (1.0 + COS_45), 0.05 * (1.0 - COS_45));
        // Periods of 2 and 4 steps, and the first of 8.
        assert_rates(&rates(&spec, 7, 2)[..7], &[0.1, 0.05, 0.1, high, 0.05, low, 0.1]);
    }
}
