//! The one quantity in which two sweeps are compared.

use super::{
    super::{apart::incomparable_over, run::Run},
    experiments::Experiments,
    pairs::{Paired, Pairs},
};
use crate::{
    spec::{Metric, Over},
    words::{listed, number, shortlist},
};
use std::cmp::Reverse;

/// At most this many levels are listed.
const LISTED: usize = 8;

/// A quantity of runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// A metric in the best epoch.
    Metric(Metric),
    /// A metric on average over tests at these noise levels.
    OnAverage(Metric, Vec<f64>),
}

impl Measure {
    /// Chooses the measure for two sweeps with such pairs at their points: the metric of both if it can be compared,
    /// otherwise what can be compared at the most points. Says in words why it is not the metric of both.
    pub(super) fn of(sweeps: [&Experiments; 2], points: &[&Pairs<'_>]) -> (Self, Option<String>) {
        let [a, b] = sweeps.map(|sweep| &sweep.all[0].report);
        let [own, other] = [a, b].map(|report| report.instead_of.unwrap_or(report.metric));
        let common = Some(own).filter(|_| own == other);
        let metrics = common.into_iter().chain([Metric::ValLoss, Metric::ValMse]);
        let levels = common_levels(points);
        let at_levels = Some(a.at_levels()).filter(|metric| *metric == b.at_levels());
        let at_levels = at_levels.into_iter().chain([Metric::ValMse]);
        let averages = at_levels.map(|metric| Self::OnAverage(metric, levels.clone()));
        let all = metrics.map(Self::Metric).chain(averages.filter(|_| !levels.is_empty()));
        let uncompared = |measure: &Self| {
            let compared = |pairs: &&&Pairs<'_>| measure.compare(pairs).is_some();
            Reverse(points.iter().filter(compared).count())
        };
        let chosen = all.min_by_key(uncompared).unwrap_or(Self::Metric(Metric::ValLoss));
        let reason = match common {
            None => Some(format!(
                "The metric of A is {}, that of B {}, and each run counts with the epoch that is best by its own",
                own.name(),
                other.name()
            )),
            Some(metric) if chosen == Self::Metric(metric) => None,
            Some(metric) => points
                .iter()
                .filter_map(|pairs| pairs.runs.first())
                .find_map(|runs| Self::Metric(metric).incomparable(*runs)),
        };
        (chosen, reason)
    }

    /// Returns the metric.
    pub const fn metric(&self) -> Metric {
        match self {
            Self::Metric(metric) | Self::OnAverage(metric, _) => *metric,
        }
    }

    /// Returns the noise levels of the tests; none for a metric in the best epoch.
    pub fn levels(&self) -> &[f64] {
        match self {
            Self::Metric(_) => &[],
            Self::OnAverage(_, levels) => levels,
        }
    }

    /// Returns the name of its column in the files of runs.
    pub fn column(&self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::OnAverage(metric, _) => metric.level_column(),
        }
    }

    /// Returns its name in tables.
    pub fn name(&self) -> String {
        match self {
            Self::Metric(_) => self.column().to_owned(),
            Self::OnAverage(_, levels) => {
                let shown = shortlist(levels.iter().copied().map(number), LISTED);
                let average = if levels.len() > 1 { " on average" } else { "" };
                format!("{}{average} over tests at {}", self.column(), listed(&shown))
            }
        }
    }

    /// Says why it cannot be compared between two runs; `None` if it can.
    pub fn incomparable(&self, runs: [&Run; 2]) -> Option<String> {
        let over = match self {
            Self::Metric(metric) => (*metric).into(),
            Self::OnAverage(..) => Over::Levels,
        };
        incomparable_over(&runs, self.metric(), over)
    }

    /// Returns its difference in pairs, whether it can be compared or not; `None` without a pair that has it.
    pub fn paired(&self, pairs: &Pairs<'_>) -> Option<Paired> {
        pairs.difference(self.metric().mode(), |run| self.value(run))
    }

    /// Returns its value in a run.
    pub(super) fn value(&self, run: &Run) -> Option<f64> {
        match self {
            Self::Metric(metric) => run.value(*metric),
            Self::OnAverage(_, levels) => run.on_average(levels, self.column()),
        }
    }

    /// Returns its difference in pairs if it can be compared.
    pub fn compare(&self, pairs: &Pairs<'_>) -> Option<Paired> {
        let first = pairs.runs.first()?;
        self.paired(pairs).filter(|_| self.incomparable(*first).is_none())
    }
}

/// Returns the noise levels at which all runs of the pairs were tested.
fn common_levels(points: &[&Pairs<'_>]) -> Vec<f64> {
    let mut runs = points.iter().flat_map(|pairs| pairs.runs.iter().flatten());
    let Some(first) = runs.next() else { return Vec::new() };
    let mut levels: Vec<f64> = first.levels.iter().map(|tested| tested.level).collect();
    for run in runs {
        let has = |level: f64| run.levels.iter().any(|tested| (tested.level - level).abs() == 0.0);
        levels.retain(|level| has(*level));
    }
    levels
}
