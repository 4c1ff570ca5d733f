//! The best value of a metric so far.

use crate::spec::Mode;
use serde::{Deserialize, Serialize};

/// The best value of a metric so far and the epoch that reached it.
///
/// A value has to improve on the best by more than a margin. A tie is no improvement, so the earliest of
/// equal epochs stays the best. NaN and infinities never improve: a diverged epoch is never the best, and the
/// state can be stored as JSON, which has no such numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// The value; none before the first finite one.
    pub value: Option<f64>,
    /// The epoch it came from, counted from 1 as in `metrics.csv`.
    pub epoch: Option<usize>,
}

impl Best {
    /// Records an epoch's value; returns whether it improves on the best by more than `min_delta`.
    pub fn offer(&mut self, mode: Mode, min_delta: f64, epoch: usize, value: f64) -> bool {
        let improved = value.is_finite() && mode.improves(value, self.value, min_delta);
        if improved {
            *self = Self { value: Some(value), epoch: Some(epoch) };
        }
        improved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn winners(mode: Mode, min_delta: f64, values: &[f64]) -> Vec<usize> {
        let mut best = Best::default();
        let wins = |i: &usize| best.offer(mode, min_delta, *i + 1, values[*i]);
        (0..values.len()).filter(wins).collect()
    }

    #[test]
    fn the_first_of_equal_values_stays_the_best() {
        assert_eq!(winners(Mode::Min, 0.0, &[2.0, 2.0, 1.0, 1.0, 1.5]), [0, 2]);
        assert_eq!(winners(Mode::Max, 0.0, &[2.0, 2.0, 1.0, 3.0, 3.0]), [0, 3]);
    }

    #[test]
    fn nan_and_infinity_never_win() {
        let nan = f64::NAN;
        assert_eq!(winners(Mode::Min, 0.0, &[nan, 3.0, nan, f64::NEG_INFINITY, 2.0]), [1, 4]);
        assert_eq!(winners(Mode::Max, 0.0, &[f64::INFINITY, nan, -3.0, nan, 0.0]), [2, 4]);
    }

    #[test]
    fn an_improvement_is_more_than_the_margin() {
        assert_eq!(winners(Mode::Min, 0.5, &[2.0, 1.5, 1.4, 1.0]), [0, 2]);
        assert_eq!(winners(Mode::Max, 0.5, &[2.0, 2.5, 2.6, 3.0]), [0, 2]);
    }
}
