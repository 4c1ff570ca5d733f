//! Step decay at chosen epochs.

use super::{Time, power};

/// `base gamma^(number of listed epochs reached)`: `PyTorch`'s `MultiStepLR`. An epoch listed twice drops
/// the rate twice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MultiStep {
    epochs: Vec<u64>,
    gamma: f64,
}

impl MultiStep {
    pub(super) fn new(epochs: &[usize], gamma: f64) -> Self {
        Self { epochs: epochs.iter().map(|&epoch| epoch as u64).collect(), gamma }
    }

    pub(super) fn rate(&self, base: f64, time: Time) -> f64 {
        let drops = self.epochs.iter().filter(|&&epoch| epoch <= time.epoch).count();
        base * power(self.gamma, drops as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_rates, rates};
    use crate::spec::Schedule;

    #[test]
    fn the_rate_drops_at_the_chosen_epochs_in_any_order() {
        let ours = rates(&Schedule::MultiStep { epochs: vec![3, 1], gamma: 0.1 }, 5, 1);
        assert_rates(&ours, &[0.1, 0.01, 0.01, 0.001, 0.001]);
    }

    #[test]
    fn an_epoch_listed_twice_drops_twice() {
        let ours = rates(&Schedule::MultiStep { epochs: vec![1, 1], gamma: 0.5 }, 2, 2);
        assert_rates(&ours, &[0.1, 0.1, 0.025, 0.025]);
    }
}
