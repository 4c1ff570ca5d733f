//! The learning rates that a training used, as a curve.

use super::{PlateauState, Schedule, ScheduleState};
use crate::{spec::Schedule as Spec, train::epoch_metrics::EpochMetrics};

/// The approximate number of points of a curve if rates change within epochs.
const RATES: usize = 400;
/// The minimum number of points per epoch.
const AT_LEAST: usize = 4;

impl Schedule {
    /// Returns the rates of the training with these `rows` of metrics as `(epochs done, rate)`. Each rate
    /// lasts until the next point, and the last one is repeated at the end. NaN where a row has no rate.
    pub fn used(&self, rows: &[EpochMetrics]) -> Vec<(f64, f64)> {
        let each = (RATES / rows.len().max(1)).max(AT_LEAST);
        let mut rates: Vec<_> = rows.iter().flat_map(|row| self.within(row, each as u64)).collect();
        let end = rows.last().zip(rates.last());
        rates.extend(end.map(|(row, &(_, rate))| (row.epoch as f64, rate)));
        rates
    }

    /// Returns the rates of one epoch: up to `count` of them if they change within it, otherwise the row's
    /// own.
    fn within(&self, row: &EpochMetrics, count: u64) -> Vec<(f64, f64)> {
        let steps = self.steps_per_epoch;
        let first = (row.epoch as u64).saturating_sub(1).saturating_mul(steps);
        let count = if self.changes_in_epoch(first) { count.min(steps) } else { 1 };
        let last = row.learning_rate.unwrap_or(f64::NAN);
        // The rate of a plateau is only known from the row.
        let plateau = last / self.warmed(1.0, row.step.saturating_sub(1));
        let plateau = PlateauState { rate: Some(plateau), ..PlateauState::default() };
        let state = ScheduleState { plateau };
        let rate = |step| if count > 1 { self.rate(step, &state) } else { last };
        (0..count)
            .map(|i| first.saturating_add(i * steps / count))
            .map(|step| (step as f64 / steps as f64, rate(step)))
            .collect()
    }

    /// Whether the rate changes within the epoch that begins at step `first`.
    fn changes_in_epoch(&self, first: u64) -> bool {
        let by_step = matches!(
            self.spec,
            Spec::Polynomial { .. } | Spec::Cosine { .. } | Spec::OneCycle { .. }
        );
        by_step || first < self.warmup_steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, Metric};
    use std::collections::BTreeMap;

    /// Rows of a training of `rates.len()` epochs of `steps` steps, each with the rate of its last step.
    fn rows(steps: u64, rates: &[f64]) -> Vec<EpochMetrics> {
        let row = |(epoch, &rate): (usize, &f64)| EpochMetrics {
            epoch,
            step: epoch as u64 * steps,
            values: BTreeMap::new(),
            learning_rate: Some(rate).filter(|rate| rate.is_finite()),
        };
        (1..).zip(rates).map(row).collect()
    }

    #[test]
    fn rates_of_whole_epochs_are_those_of_the_rows() {
        let schedule = Schedule::new(&spec::Schedule::Constant, 0.1, 3, 50, 0);
        let used = schedule.used(&rows(50, &[0.1, 0.05, 0.02]));
        assert_eq!(used, [(0.0, 0.1), (1.0, 0.05), (2.0, 0.02), (3.0, 0.02)]);
        assert!(schedule.used(&[]).is_empty());
        let gap = schedule.used(&rows(50, &[0.1, f64::NAN, 0.02]));
        assert!(gap.len() == 4 && gap[1].1.is_nan(), "{gap:?}");
    }

    #[test]
    fn a_rate_that_changes_every_step_has_points_within_epochs() {
        let spec = spec::Schedule::OneCycle { warmup: 0.3, div: 25.0, final_div: 1e4 };
        let schedule = Schedule::new(&spec, 0.1, 2, 10, 0);
        let state = ScheduleState::default();
        let [middle, last] = [9, 19].map(|step| schedule.rate(step, &state));
        let used = schedule.used(&rows(10, &[middle, last]));
        let of_step = |step: u64| (step as f64 / 10.0, schedule.rate(step, &state));
        let expected: Vec<_> = (0..20).map(of_step).chain([(2.0, last)]).collect();
        assert_eq!(used, expected);
        let long = Schedule::new(&spec, 0.1, 2, 100_000, 0).used(&rows(100_000, &[middle, last]));
        assert_eq!(long.len(), RATES + 1);
    }

    #[test]
    fn warm_up_rises_to_the_plateau_rate_of_the_rows() {
        let metric = Metric::ValLoss;
        let (factor, patience, threshold, cooldown, min) = (0.5, 1, 0.0, 0, 0.0);
        let spec = spec::Schedule::Plateau { metric, factor, patience, threshold, cooldown, min };
        let schedule = Schedule::new(&spec, 0.4, 3, 2, 4);
        // After the first epoch the rate fell to a half: 0.2 from then on.
        let used = schedule.used(&rows(2, &[0.2, 0.2, 0.2]));
        let expected = [(0.0, 0.1), (0.5, 0.2), (1.0, 0.15), (1.5, 0.2), (2.0, 0.2), (3.0, 0.2)];
        assert_eq!(used.len(), expected.len());
        for (ours, expected) in used.iter().zip(expected) {
            let [place, rate] = [ours.0 - expected.0, ours.1 - expected.1].map(f64::abs);
            assert!(place < 1e-12 && rate < 1e-12, "{used:?}");
        }
    }
}
