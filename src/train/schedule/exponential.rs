//! Exponential decay: the same factor every epoch.

use super::{Time, power};

/// `base gamma^epoch`: `PyTorch`'s `ExponentialLR`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exponential {
    pub(super) gamma: f64,
}

impl Exponential {
    pub(super) fn rate(&self, base: f64, time: Time) -> f64 {
        base * power(self.gamma, time.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_rates, rates};
    use crate::spec::Schedule;

    #[test]
    fn the_rate_halves_every_epoch() {
        let ours = rates(&Schedule::Exponential { gamma: 0.5 }, 3, 2);
        assert_rates(&ours, &[0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    }
}
