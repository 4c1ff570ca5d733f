//! Reduces the rate when a metric no longer improves.

use crate::{spec, train::best::Best};
use serde::{Deserialize, Serialize};

/// The state of a `plateau` schedule between epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateauState {
    /// The rate after the last drop; none before the first.
    pub rate: Option<f64>,
    /// The best value so far and its epoch.
    pub best: Best,
    /// Epochs counted since the best one or the last drop.
    pub wait: u64,
    /// Remaining epochs of the cooldown; the epoch that brings this to 0 is counted again.
    pub cooldown: u64,
}

impl PlateauState {
    /// Records an epoch's value, and reduces the rate if it is time. Does nothing for other schedules.
    ///
    /// Keras's `ReduceLROnPlateau`, with `threshold` as its `min_delta`: multiplies the rate by `factor` after
    /// `patience` epochs without an improvement of more than `threshold`. The `cooldown - 1` epochs after a
    /// drop are not counted: cooldown 0 and 1 are the same, and so are patience 0 and 1. NaN is no improvement.
    pub(super) fn end_of_epoch(
        &mut self,
        spec: &spec::Schedule,
        base: f64,
        epoch: usize,
        value: f64,
    ) {
        let &spec::Schedule::Plateau { metric, factor, patience, threshold, cooldown, min } = spec
        else {
            return;
        };
        if self.cooldown > 0 {
            self.cooldown -= 1;
            self.wait = 0;
        }
        if self.best.offer(metric.mode(), threshold, epoch, value) {
            self.wait = 0;
            return;
        }
        if self.cooldown > 0 {
            return;
        }
        self.wait += 1;
        let rate = self.rate.unwrap_or(base);
        if self.wait >= patience as u64 && rate > min {
            self.rate = Some((rate * factor).max(min));
            self.cooldown = cooldown as u64;
            self.wait = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schedule, ScheduleState};
    use crate::spec::{self, Metric};

    const NAN: f64 = f64::NAN;
    const VALUES: [f64; 17] = [
        1.0, 0.9, 0.9, 0.95, 0.89995, NAN, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.4, 0.41, 0.41, 0.41,
        0.41,
    ];

    fn plateau(patience: usize, threshold: f64, cooldown: usize, min: f64) -> spec::Schedule {
        let (metric, factor) = (Metric::ValLoss, 0.5);
        spec::Schedule::Plateau { metric, factor, patience, threshold, cooldown, min }
    }

    /// Returns the rate after each epoch; with `resume`, the state is converted to JSON and back.
    fn run(spec: &spec::Schedule, values: &[f64], resume: bool) -> Vec<f64> {
        let schedule = Schedule::new(spec, 1.0, values.len(), 1, 0);
        let mut state = ScheduleState::default();
        let epoch = |(epoch, &value): (usize, &f64)| {
            schedule.end_of_epoch(&mut state, epoch, value);
            if resume {
                let text = serde_json::to_string(&state).unwrap();
                state = serde_json::from_str(&text).unwrap();
            }
            schedule.rate(epoch as u64, &state)
        };
        (1..).zip(values).map(epoch).collect()
    }

    /// Expected rates are those of Keras 3.15's callback for the same values.
    #[test]
    fn drops_when_keras_drops() {
        let run = |spec| run(&spec, &VALUES, false);
        let (half, quarter, eighth, sixteenth) = (0.5, 0.25, 0.125, 0.0625);
        let mut expected = vec![1.0; 3];
        expected.extend([half, half, quarter, quarter, quarter, eighth, eighth]);
        expected.extend([sixteenth; 4]);
        expected.extend([0.03125, 0.03125, 0.015_625]);
        assert_eq!(run(plateau(2, 1e-4, 0, 0.0)), expected);

        let mut with_cooldown = vec![1.0; 3];
        with_cooldown.extend([half; 5]);
        with_cooldown.extend([quarter; 3]);
        with_cooldown.extend([eighth; 3]);
        with_cooldown.extend([sixteenth; 3]);
        assert_eq!(run(plateau(2, 1e-4, 2, 0.0)), with_cooldown);

        let mut impatient = vec![1.0, 1.0, half, quarter, eighth];
        impatient.extend([0.1; 12]);
        assert_eq!(run(plateau(0, 1e-4, 0, 0.1)), impatient);

        let mut wide_threshold = vec![1.0, half, quarter, eighth, sixteenth];
        wide_threshold.extend([0.05; 12]);
        assert_eq!(run(plateau(1, 0.2, 1, 0.05)), wide_threshold);
    }

    #[test]
    fn a_higher_psnr_is_an_improvement() {
        let spec = spec::Schedule::Plateau {
            metric: Metric::ValPsnr,
            factor: 0.5,
            patience: 2,
            threshold: 0.1,
            cooldown: 0,
            min: 0.0,
        };
        let values = [10.0, 11.0, 11.0, 11.05, 11.05, 12.0, NAN, 9.0, 9.0];
        let expected = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25];
        assert_eq!(run(&spec, &values, false), expected);
        assert_eq!(Schedule::new(&spec, 1.0, 1, 1, 0).metric(), Some(Metric::ValPsnr));
    }

    #[test]
    fn a_base_below_the_minimum_is_left_alone() {
        assert_eq!(run(&plateau(1, 0.0, 0, 2.0), &[1.0, 1.0, 1.0], false), [1.0; 3]);
    }

    #[test]
    fn resuming_from_saved_state_changes_nothing() {
        for cooldown in 0..3 {
            let spec = plateau(2, 1e-4, cooldown, 0.01);
            assert_eq!(run(&spec, &VALUES, true), run(&spec, &VALUES, false));
        }
    }
}
