//! The quantities in which two runs are compared.

use super::Comparison;
use crate::{
    report::run::Run,
    spec::{Difference, FinalMetric, Metric, Mode},
};

/// A quantity that a comparison has a row for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// A metric in the best epoch.
    Metric(Metric),
    /// A metric measured once, after training.
    Final(FinalMetric),
    /// A metric tested at a noise level.
    AtLevel(Metric, f64),
}

impl Quantity {
    /// Returns its name in tables.
    pub fn name(self) -> String {
        match self {
            Self::Metric(metric) => metric.name().to_owned(),
            Self::Final(metric) => metric.name().to_owned(),
            Self::AtLevel(metric, level) => format!("{} at {level}", metric.level_column()),
        }
    }

    /// Whether lower or higher values are better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Metric(metric) | Self::AtLevel(metric, _) => metric.mode(),
            Self::Final(metric) => metric.mode(),
        }
    }

    /// Returns how its differences are expressed.
    pub const fn difference(self) -> Difference {
        match self {
            Self::Metric(metric) | Self::AtLevel(metric, _) => metric.difference(),
            Self::Final(metric) => metric.difference(),
        }
    }

    /// Returns its value in a run.
    pub fn of(self, run: &Run) -> Option<f64> {
        match self {
            Self::Metric(metric) => run.value(metric),
            Self::Final(metric) => run.info.final_value(metric),
            Self::AtLevel(metric, level) => run.at_level(level, metric.level_column()),
        }
    }
}

/// Returns the quantities of a comparison that measure the same in both runs, in the order of its tables.
pub fn quantities(comparison: &Comparison) -> Vec<Quantity> {
    let metrics = comparison.metrics.iter().filter(|pair| pair.comparable);
    let metrics = metrics.map(|pair| Quantity::Metric(pair.metric));
    let finals = comparison.finals.iter().filter(|pair| pair.comparable);
    let finals = finals.map(|pair| Quantity::Final(pair.metric));
    let levels = comparison.levels.iter();
    let levels = levels.filter(|at| at.pair.comparable && !comparison.repeats_another(at));
    let levels = levels.map(|at| Quantity::AtLevel(at.pair.metric, at.level));
    metrics.chain(finals).chain(levels).collect()
}
