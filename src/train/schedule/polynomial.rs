//! Polynomial decay.

use super::Time;

/// `end + (base - end) (1 - step / steps)^power`: `PyTorch`'s `PolynomialLR` for `end` 0, Keras's
/// `PolynomialDecay` for any `end`. It reaches `end` after all steps, and stays there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Polynomial {
    pub(super) end: f64,
    pub(super) power: f64,
    pub(super) steps: u64,
}

impl Polynomial {
    pub(super) fn rate(&self, base: f64, time: Time) -> f64 {
        let left = self.steps.saturating_sub(time.step) as f64 / self.steps.max(1) as f64;
        self.end + (base - self.end) * left.powf(self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schedule, ScheduleState, tests::*};
    use crate::spec;

    #[test]
    fn power_one_is_a_line_from_base_to_end() {
        let ours = rates(&spec::Schedule::Polynomial { end: 0.02, power: 1.0 }, 2, 2);
        assert_rates(&ours, &[0.1, 0.08, 0.06, 0.04]);
    }

    #[test]
    fn higher_powers_fall_faster() {
        let spec = spec::Schedule::Polynomial { end: 0.0, power: 2.0 };
        assert_rates(&rates(&spec, 4, 1), &[0.1, 0.056_25, 0.025, 0.006_25]);
        let schedule = Schedule::new(&spec, 0.1, 4, 1, 0);
        assert_rates(&[schedule.rate(9, &ScheduleState::default())], &[0.0]);
    }
}
