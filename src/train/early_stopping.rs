//! Stopping when a metric no longer improves.

use super::best::Best;
use crate::spec;
use serde::{Deserialize, Serialize};

/// The state of early stopping between epochs; part of checkpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyState {
    /// The best value so far and its epoch.
    pub best: Best,
    /// Epochs since then.
    pub wait: u64,
    /// Whether training is to stop.
    pub stopped: bool,
}

impl EarlyState {
    /// Records the metric after `epoch`, counted from 1 as in `metrics.csv`, and stops the training if it no
    /// longer improves, as Keras's `EarlyStopping` does.
    ///
    /// Counts the epochs that do not improve on the best by more than `min_delta`; an improvement resets the
    /// count. Training stops when the count reaches `patience`, but never after the first epoch. Patience 0
    /// and 1 are the same. Unlike in Keras, which accepts NaN in the first epoch as the best value, NaN never
    /// counts as an improvement.
    pub fn end_of_epoch(&mut self, spec: &spec::EarlyStopping, epoch: usize, value: f64) {
        if self.best.offer(spec.metric.mode(), spec.min_delta, epoch, value) {
            self.wait = 0;
        } else {
            self.wait += 1;
            self.stopped |= self.wait >= spec.patience as u64 && epoch > 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::{EarlyStopping, Metric};

    const NAN: f64 = f64::NAN;

    fn stopping(metric: Metric, patience: usize, min_delta: f64) -> EarlyStopping {
        EarlyStopping { metric, patience, min_delta }
    }

    /// The epoch after which training stopped, and the best epoch.
    fn outcome(stopping: &EarlyStopping, values: &[f64]) -> (Option<usize>, Option<usize>) {
        let mut state = EarlyState::default();
        let mut epochs = (1..).zip(values);
        let stop = epochs.find(|&(epoch, &value)| {
            state.end_of_epoch(stopping, epoch, value);
            state.stopped
        });
        (stop.map(|(epoch, _)| epoch), state.best.epoch)
    }

    /// Expected results are what Keras 3.15's callback gives for the same values.
    #[test]
    fn stops_where_keras_stops() {
        let values = [1.0, 0.9, 0.9, 0.95, 0.89995, NAN, 0.5, 0.6, 0.6];
        let after =
            |patience, min_delta| outcome(&stopping(Metric::ValLoss, patience, min_delta), &values);
        assert_eq!(after(2, 0.0), (Some(4), Some(2)));
        assert_eq!(after(0, 0.0), (Some(3), Some(2)));
        assert_eq!(after(1, 0.0), (Some(3), Some(2)));
        assert_eq!(after(3, 0.2), (Some(4), Some(1)));
        let more_is_better = stopping(Metric::ValPsnr, 2, 0.5);
        assert_eq!(outcome(&more_is_better, &[1.0, 2.0, 2.0, 2.5, 3.0]), (Some(4), Some(2)));
    }

    #[test]
    fn nan_counts_as_an_epoch_without_improvement() {
        let patient = stopping(Metric::ValLoss, 3, 0.0);
        assert_eq!(outcome(&patient, &[NAN, 2.0, NAN, NAN, NAN, 1.0]), (Some(5), Some(2)));
        assert_eq!(outcome(&patient, &[NAN, NAN, 1.0, 1.0, 1.0]), (None, Some(3)));
    }

    #[test]
    fn the_first_epoch_never_stops_training() {
        assert_eq!(outcome(&stopping(Metric::ValLoss, 0, 0.0), &[NAN, 1.0, 0.5]), (None, Some(3)));
    }

    #[test]
    fn resuming_from_saved_state_changes_nothing() {
        let values = [1.0, 0.8, 0.9, 0.85, 0.79, 0.8, 0.8, 0.8, 0.8];
        let stopping = stopping(Metric::ValLoss, 3, 0.0);
        let mut whole = EarlyState::default();
        let mut resumed = EarlyState::default();
        for (epoch, &value) in (1..).zip(&values) {
            whole.end_of_epoch(&stopping, epoch, value);
            let text = serde_json::to_string(&resumed).unwrap();
            resumed = serde_json::from_str(&text).unwrap();
            resumed.end_of_epoch(&stopping, epoch, value);
            assert_eq!(whole, resumed);
        }
        assert!(whole.stopped);
    }

    /// Older checkpoints count the best epoch from 0.
    #[test]
    fn a_checkpoint_that_counts_the_best_epoch_from_0_stops_at_the_same_epoch() {
        let values = [0.8, 1.0, 0.9, 0.79, 0.8, 0.8, 0.8];
        let stopping = stopping(Metric::ValLoss, 3, 0.0);
        let text = r#"{"best":{"value":0.8,"epoch":0},"wait":0,"stopped":false}"#;
        let mut state: EarlyState = serde_json::from_str(text).unwrap();
        let stops = (2..).zip(&values[1..]).map(|(epoch, &value)| {
            state.end_of_epoch(&stopping, epoch, value);
            state.stopped
        });
        let stops: Vec<bool> = stops.collect();
        assert_eq!(stops, [false, false, false, false, false, true]);
        assert_eq!(outcome(&stopping, &values), (Some(7), Some(4)));
    }
}
