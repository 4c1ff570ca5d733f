//! Decay by a factor every few epochs, and polynomial decay. `base` is the rate at the start.

/// `base gamma^floor(epoch / every)`: `PyTorch`'s `StepLR`.
pub(super) fn step(base: f64, epoch: u64, every: usize, gamma: f64) -> f64 {
    base * power(gamma, epoch / (every as u64).max(1))
}

/// `base gamma^(number of listed epochs reached)`: `PyTorch`'s `MultiStepLR`. An epoch listed twice drops
/// the rate twice.
pub(super) fn multi_step(base: f64, epoch: u64, epochs: &[usize], gamma: f64) -> f64 {
    let drops = epochs.iter().filter(|&&listed| listed as u64 <= epoch).count();
    base * power(gamma, drops as u64)
}

/// `base gamma^epoch`: `PyTorch`'s `ExponentialLR`.
pub(super) fn exponential(base: f64, epoch: u64, gamma: f64) -> f64 {
    base * power(gamma, epoch)
}

/// `end + (base - end) (1 - step / steps)^power`: `PyTorch`'s `PolynomialLR` for `end` 0, Keras's
/// `PolynomialDecay` for any `end`. It reaches `end` after all steps, and stays there.
pub(super) fn polynomial(base: f64, step: u64, steps: u64, end: f64, power: f64) -> f64 {
    let left = steps.saturating_sub(step) as f64 / steps.max(1) as f64;
    end + (base - end) * left.powf(power)
}

/// Raises `gamma` to an unsigned power.
fn power(gamma: f64, exponent: u64) -> f64 {
    gamma.powi(i32::try_from(exponent).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_rates, rates};
    use crate::{spec::Schedule as Spec, train::schedule::*};

    #[test]
    fn the_rate_drops_every_second_epoch() {
        let ours = rates(&Spec::Step { every: 2, gamma: 0.1 }, 5, 2);
        let expected = [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.001, 0.001];
        assert_rates(&ours, &expected);
    }

    #[test]
    fn the_rate_drops_at_the_chosen_epochs_in_any_order() {
        let ours = rates(&Spec::MultiStep { epochs: vec![3, 1], gamma: 0.1 }, 5, 1);
        assert_rates(&ours, &[0.1, 0.01, 0.01, 0.001, 0.001]);
    }

    #[test]
    fn an_epoch_listed_twice_drops_twice() {
        let ours = rates(&Spec::MultiStep { epochs: vec![1, 1], gamma: 0.5 }, 2, 2);
        assert_rates(&ours, &[0.1, 0.1, 0.025, 0.025]);
    }

    #[test]
    fn the_rate_halves_every_epoch() {
        let ours = rates(&Spec::Exponential { gamma: 0.5 }, 3, 2);
        assert_rates(&ours, &[0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    }

    #[test]
    fn power_one_is_a_line_from_base_to_end() {
        let ours = rates(&Spec::Polynomial { end: 0.02, power: 1.0 }, 2, 2);
        assert_rates(&ours, &[0.1, 0.08, 0.06, 0.04]);
    }

    #[test]
    fn higher_powers_fall_faster_and_the_end_stays() {
        let spec = Spec::Polynomial { end: 0.0, power: 2.0 };
        assert_rates(&rates(&spec, 4, 1), &[0.1, 0.056_25, 0.025, 0.006_25]);
        let schedule = Schedule::new(&spec, 0.1, 4, 1, 0);
        assert_rates(&[schedule.rate(9, &ScheduleState::default())], &[0.0]);
    }
}
