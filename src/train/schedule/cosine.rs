//! Cosine annealing, with or without restarts.

use std::f64::consts::PI;

/// `min + (base - min) (1 + cos(pi done / period)) / 2` for the given `(done, period)`: the steps done of the
/// current period, and its length (Loshchilov and Hutter, 2017). With restarts, this is `PyTorch`'s
/// `CosineAnnealingWarmRestarts`, updated every step.
pub(super) fn rate(base: f64, min: f64, (done, period): (u64, u64)) -> f64 {
    let cosine = (PI * (done as f64 / period as f64)).cos();
    min + (base - min) * 0.5 * (1.0 + cosine)
}

/// Returns the place of a step in a single period of `steps`, at whose end the rate stays.
pub(super) fn once(step: u64, steps: u64) -> (u64, u64) {
    let period = steps.max(1);
    (step.min(period), period)
}

/// Returns the place of a step in periods of which the first has `period` steps, and each further one
/// `multiplier` times as many as the one before.
pub(super) fn restarting(step: u64, period: u64, multiplier: u64) -> (u64, u64) {
    let (mut done, mut period) = (step, period.max(1));
    if multiplier <= 1 {
        return (step % period, period);
    }
    while done >= period && period < u64::MAX {
        done -= period;
        period = period.saturating_mul(multiplier);
    }
    (done, period)
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
