//! What a run stands for where runs are shown or compared: its best epoch and its final metrics.

use super::RunInfo;
use crate::{
    spec::{FinalMetric, Metric},
    train::EpochMetrics,
};

impl RunInfo {
    /// Returns the index in `rows`, those of `metrics.csv`, of the run's best epoch. That is the epoch of
    /// `best.safetensors`, whose values represent the run wherever it is shown or compared.
    pub fn best_place(&self, rows: &[EpochMetrics]) -> Option<usize> {
        let best = self.best?;
        rows.iter().position(|row| row.epoch == best.epoch)
    }

    /// Returns the best epoch and the value of `metric` in it.
    pub fn best_by(&self, rows: &[EpochMetrics], metric: Metric) -> Option<(usize, f64)> {
        let best = self.best?;
        if best.metric == metric {
            return Some((best.epoch, best.value));
        }
        Some((best.epoch, rows[self.best_place(rows)?].value(metric)?))
    }

    /// Returns a final metric of a completed run, if it is finite.
    pub fn final_value(&self, metric: FinalMetric) -> Option<f64> {
        self.finals.get(&metric).copied().filter(|value| value.is_finite())
    }

    /// Returns the final metrics that any of some runs has, in the order of tables.
    pub fn finals_of<'i>(runs: &(impl Iterator<Item = &'i Self> + Clone)) -> Vec<FinalMetric> {
        let has = |metric: &FinalMetric| runs.clone().any(|run| run.final_value(*metric).is_some());
        FinalMetric::ALL.into_iter().filter(has).collect()
    }
}
