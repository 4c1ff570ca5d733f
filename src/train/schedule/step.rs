//! Step decay at regular intervals.

use super::{Time, power};

/// `base gamma^floor(epoch / every)`: `PyTorch`'s `StepLR`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    every: u64,
    gamma: f64,
}

impl Step {
    pub(super) fn new(every: usize, gamma: f64) -> Self {
        Self { every: (every as u64).max(1), gamma }
    }

    pub(super) fn rate(&self, base: f64, time: Time) -> f64 {
        base * power(self.gamma, time.epoch / self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_rates, rates};
    use crate::spec::Schedule;

    #[test]
    fn the_rate_drops_every_second_epoch() {
        let ours = rates(&Schedule::Step { every: 2, gamma: 0.1 }, 5, 2);
        let expected = [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.001, 0.001];
        assert_rates(&ours, &expected);
    }
}
