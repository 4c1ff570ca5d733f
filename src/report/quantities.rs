//! The metrics that tables show: those of the best epochs, those measured once per run, and tests at noise levels.

use super::{
    Report,
    apart::losses_differ,
    compare::quantity::Quantity,
    group::{Group, Stat, rivals},
    run::Run,
};
use crate::{
    spec::{FinalMetric, Metric, nearest},
    words::listed,
};

/// With fewer pairs, intervals are so wide that they contain 0 whatever the means.
const FEWEST_PAIRS: usize = 3;

impl Group {
    /// Returns the statistics of a quantity over its runs.
    pub(super) fn stat_of(&self, runs: &[Run], quantity: Quantity) -> Option<Stat> {
        self.over(runs, |run| quantity.of(run))
    }
}

impl Report {
    /// Chooses the metrics that tables show, in this order: metrics of the best epoch, final metrics, or tests at a
    /// noise level, as in `psnr at 0.5`.
    ///
    /// # Errors
    /// In words, when no run has such a metric.
    pub fn choose_metrics(&mut self, names: &[String]) -> Result<(), String> {
        let known = self.every_quantity();
        let find = |name: &String| {
            let named = known.iter().find(|quantity| quantity.name() == name.trim());
            named.copied().ok_or_else(|| unknown(name.trim(), &known))
        };
        self.chosen_metrics = Some(names.iter().map(find).collect::<Result<_, _>>()?);
        Ok(())
    }

    /// Returns all that any of the runs has.
    fn every_quantity(&self) -> Vec<Quantity> {
        let metrics = self.metrics.iter().copied().map(Quantity::Metric);
        let finals = self.finals.iter().copied().map(Quantity::Final);
        let validated = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Loss);
        let levels = validated.flat_map(|metric| self.tests_in(metric));
        metrics.chain(finals).chain(levels).collect()
    }

    /// Returns the tests at noise levels in a metric.
    pub(super) fn tests_in(&self, metric: Metric) -> Vec<Quantity> {
        let tested = self.runs.iter().flat_map(|run| &run.levels);
        let mut levels: Vec<f64> = tested.map(|tested| tested.level).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels.into_iter().map(|level| Quantity::AtLevel(metric, level)).collect()
    }

    /// Returns the metrics of a table for people: those that were chosen, or all that do not repeat another one.
    pub(super) fn quantities(&self) -> Vec<Quantity> {
        self.chosen_metrics.clone().unwrap_or_else(|| {
            let metrics = self.metrics.iter().filter(|metric| !self.repeats_another(**metric));
            let finals = self.finals.iter().filter(|metric| !self.repeats_result(**metric));
            let finals = finals.copied().map(Quantity::Final);
            metrics.copied().map(Quantity::Metric).chain(finals).collect()
        })
    }

    /// Returns the metric in which experiments are compared: the one that decides which is best or, with a baseline,
    /// the first of those that were chosen if it is not among them.
    pub(super) fn leading(&self) -> Quantity {
        let own = Quantity::Metric(self.metric);
        let chosen = self
            .chosen_metrics
            .as_ref()
            .filter(|all| self.baseline.is_some() && !all.contains(&own));
        chosen.and_then(|all| all.first().copied()).unwrap_or(own)
    }

    /// Returns the metrics at the front of the page's table, and the others. At the front are those that were chosen,
    /// or the metric that runs are compared by and its value on the test images. Losses that cannot be compared are
    /// last.
    pub(super) fn in_front(&self) -> [Vec<Quantity>; 2] {
        if let Some(chosen) = &self.chosen_metrics {
            return [chosen.clone(), Vec::new()];
        }
        let metrics = self.metrics.iter().copied().map(Quantity::Metric);
        let finals = self.finals.iter().copied().map(Quantity::Final);
        let tested = FinalMetric::tested(self.metric);
        let is_first = |quantity: &Quantity| match quantity {
            Quantity::Metric(metric) => *metric == self.metric,
            Quantity::Final(metric) => *metric == tested,
            Quantity::AtLevel(..) => false,
        };
        let (front, mut others): (Vec<_>, Vec<_>) = metrics.chain(finals).partition(is_first);
        others.sort_by_key(|quantity| self.is_aside(*quantity));
        [front, others]
    }

    /// Whether it is a loss, and the runs minimize different ones.
    pub(super) fn is_aside(&self, quantity: Quantity) -> bool {
        quantity.depends_on_loss() && losses_differ(&self.runs.iter().collect::<Vec<_>>())
    }

    /// Returns the metrics in which a table for people shows differences from the baseline: those that were chosen, or
    /// the one that runs are compared by, if there is anything to compare with it. None without a baseline.
    pub(super) fn compared_with_baseline(&self) -> Vec<Quantity> {
        if self.baseline.is_none() {
            return Vec::new();
        }
        let paired = |place: usize, quantity| {
            self.difference_from_baseline(place, quantity).and_then(|known| known.paired)
        };
        let chosen = self.chosen_metrics.clone().unwrap_or_else(|| vec![self.leading()]);
        let is_paired = |quantity: &Quantity| {
            (0..self.groups.len()).any(|place| paired(place, *quantity).is_some())
        };
        chosen.into_iter().filter(is_paired).collect()
    }

    /// Returns the experiments that are best by a quantity: the one with the best mean, and those from whose mean the
    /// pairs of runs with the same seed, at least [`FEWEST_PAIRS`], do not tell it apart, as the interval of their
    /// difference contains 0. None if it does not measure the same in all runs.
    pub(super) fn best_in(&self, quantity: Quantity) -> Vec<usize> {
        let stats: Vec<Option<Stat>> =
            self.groups.iter().map(|group| group.stat_of(&self.runs, quantity)).collect();
        if self.groups.len() < 2 || !quantity.is_comparable(&self.runs.iter().collect::<Vec<_>>()) {
            return Vec::new();
        }
        self.best_of(&stats, quantity, |run| quantity.of(run))
    }

    /// Returns the best of such statistics, and those that are not told apart from it, see [`Self::best_in`].
    pub(super) fn best_of(
        &self,
        stats: &[Option<Stat>],
        like: Quantity,
        value: impl Fn(&Run) -> Option<f64>,
    ) -> Vec<usize> {
        let rivals = rivals(&self.groups, &self.runs, like.mode(), stats);
        let Some((best, _)) = rivals.first() else { return Vec::new() };
        let is_open = |place: usize| {
            let paired = self.pairs([*best, place]).difference(like.mode(), &value);
            paired.is_some_and(|paired| {
                paired.difference.count >= FEWEST_PAIRS && paired.is_open() == Some(true)
            })
        };
        let places = rivals.iter().map(|(place, _)| *place);
        places.filter(|place| place == best || is_open(*place)).collect()
    }
}

/// Says that no run has a metric, and which one was perhaps meant.
fn unknown(name: &str, known: &[Quantity]) -> String {
    let names: Vec<String> = known.iter().map(|quantity| quantity.name()).collect();
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None if names.is_empty() => "they have none yet".to_owned(),
        None => format!("they have {}", listed(&names)),
    };
    format!("no run has a metric {name:?}; {hint}")
}
