//! The metrics of an epoch.

use crate::spec::Metric;
use std::collections::BTreeMap;

/// One row of `metrics.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochMetrics {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// Optimizer steps done.
    pub step: u64,
    /// The metrics with finite values.
    pub values: BTreeMap<Metric, f64>,
    /// The learning rate of the epoch's last step.
    pub learning_rate: Option<f64>,
}

impl EpochMetrics {
    /// Returns the value of `metric`, if it has one.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.values.get(&metric).copied()
    }
}
