//! The quantities in which two runs are compared, and their values.

use crate::{
    report::{apart::comparable, run::Run},
    spec::{Difference, FinalMetric, Metric, Mode, Over},
};
use serde_json::{Value, json};

/// A quantity that a comparison has a row for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// A metric in the best epoch.
    Metric(Metric),
    /// A result measured once per run.
    Final(FinalMetric),
    /// A metric tested at a noise level.
    AtLevel(Metric, f64),
}

impl Quantity {
    /// Returns the name of its column in the files of runs.
    pub fn column(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::Final(metric) => metric.name(),
            Self::AtLevel(metric, _) => metric.level_column(),
        }
    }

    /// Returns the noise level at which it was tested, if it is such a test.
    pub const fn level(self) -> Option<f64> {
        match self {
            Self::Metric(_) | Self::Final(_) => None,
            Self::AtLevel(_, level) => Some(level),
        }
    }

    /// Whether a run is called better by it: never by a result.
    const fn decides(self) -> bool {
        !matches!(self, Self::Final(_))
    }

    /// Returns its name on screen.
    pub fn name(self) -> String {
        let level = self.level().map_or_else(String::new, |level| format!(" at {level}"));
        self.column().to_owned() + &level
    }

    /// Returns its name in tables, with an arrow in the direction that is better.
    pub fn title(self) -> String {
        format!("{} {}", self.name(), self.mode().arrow())
    }

    /// Returns whether lower or higher values are better.
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

    /// Whether it is the loss itself, which cannot be compared with another loss.
    pub fn depends_on_loss(self) -> bool {
        match self {
            Self::Metric(metric) | Self::AtLevel(metric, _) => metric.depends_on_loss(),
            Self::Final(metric) => metric == FinalMetric::TestLoss,
        }
    }

    /// Whether it measures the same in all of the runs.
    pub fn is_comparable(self, runs: &[&Run]) -> bool {
        match self {
            Self::Metric(metric) => comparable(runs, metric, metric.into()),
            Self::AtLevel(metric, _) => comparable(runs, metric, Over::Levels),
            Self::Final(metric) => metric.incomparable(runs).is_none(),
        }
    }
}

/// The values of a quantity in two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The quantity.
    pub quantity: Quantity,
    /// Its values.
    pub values: [Option<f64>; 2],
    /// Whether it measures the same in both.
    pub comparable: bool,
}

impl Pair {
    /// Returns the values of two runs; `None` if neither has one or, at a noise level, if not both have.
    pub(super) fn of(quantity: Quantity, runs: [&Run; 2]) -> Option<Self> {
        let values = runs.map(|run| quantity.of(run));
        let least = if quantity.level().is_some() { 2 } else { 1 };
        let is_known = values.iter().flatten().count() >= least;
        is_known.then(|| Self { quantity, values, comparable: quantity.is_comparable(&runs) })
    }

    /// Returns the second value minus the first; `None` if one is missing or they measure different quantities.
    pub fn difference(&self) -> Option<f64> {
        let [first, second] = self.values;
        let difference = second? - first?;
        self.comparable.then_some(difference)
    }

    /// Returns which run is better, 0 or 1; `None` if they are equal, one is missing, or they measure different
    /// quantities or one that does not decide.
    pub fn better(&self) -> Option<usize> {
        ahead(self.difference().filter(|_| self.quantity.decides())?, self.quantity.mode())
    }

    /// Returns the pair as JSON.
    pub(super) fn json(&self) -> Value {
        let Self { quantity, values: [a, b], .. } = self;
        let mut value = json!({
            "metric": quantity.column(), "a": a, "b": b, "difference": self.difference(),
        });
        if quantity.decides() {
            value["better"] = json!(self.better().map(|place| ["a", "b"][place]));
        }
        if let Some(level) = quantity.level() {
            value["level"] = level.into();
        }
        value
    }
}

/// Returns which is better, 0 or 1, given the second value minus the first; `None` if they are equal.
pub(super) fn ahead(difference: f64, mode: Mode) -> Option<usize> {
    (difference != 0.0).then(|| usize::from((difference < 0.0) == (mode == Mode::Min)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_one_depends_on_the_metric() {
        let pair = |metric, a, b| {
            let quantity = Quantity::Metric(metric);
            Pair { quantity, values: [a, b], comparable: true }
        };
        assert_eq!(pair(Metric::ValLoss, Some(0.2), Some(0.1)).better(), Some(1));
        assert_eq!(pair(Metric::ValPsnr, Some(0.2), Some(0.1)).better(), Some(0));
        assert_eq!(pair(Metric::ValPsnr, Some(0.2), Some(0.2)).better(), None);
        assert_eq!(pair(Metric::ValPsnr, None, Some(0.2)).better(), None);
        assert_eq!(pair(Metric::ValLoss, Some(0.25), Some(0.5)).difference(), Some(0.25));
        let other = Pair { comparable: false, ..pair(Metric::ValLoss, Some(0.25), Some(0.5)) };
        assert_eq!((other.difference(), other.better()), (None, None), "of different quantities");
        let quantity = Quantity::Final(FinalMetric::TestLoss);
        let result = Pair { quantity, ..pair(Metric::ValLoss, Some(0.2), Some(0.1)) };
        assert_eq!(result.better(), None, "no run is chosen by it");
    }
}
