//! Says in words how experiments differ from a chosen baseline.

use super::{Report, compare::quantity::Quantity, run::Run};
use crate::{
    spec::Metric,
    statistics::CONFIDENCE,
    words::{counted, shortlist, signed},
};

/// At most this many experiments are listed in a sentence, for each of its parts.
const LISTED: usize = 8;

/// What introduces the experiments that are better, worse, not told apart, and without an interval.
const PARTS: [&str; 4] =
    ["Better", "Worse", "Left open, by intervals that contain 0", "Without an interval"];

impl Report {
    /// Says how experiments differ from the baseline, in a sentence for each metric: those that were chosen, or those
    /// that can be compared. None without a baseline.
    pub(super) fn against(&self) -> Vec<String> {
        let others = || self.metrics.iter().filter(|metric| !self.repeats_another(**metric));
        let others = || others().filter(|metric| ![Metric::Loss, self.metric].contains(metric));
        let metrics = || [&self.metric].into_iter().chain(others());
        let all = || metrics().map(|metric| Quantity::Metric(*metric));
        let all = || all().filter(|quantity| !self.is_aside(*quantity)).collect();
        let quantities: Vec<Quantity> = self.chosen_metrics.clone().unwrap_or_else(all);
        let sentence = |quantity: Quantity| {
            let is_compared =
                |place: &usize| self.difference_from_baseline(*place, quantity).is_some();
            let places: Vec<usize> = self.ranked().into_iter().filter(is_compared).collect();
            self.against_in(&places, quantity, &quantity.name(), |run| quantity.of(run))
        };
        quantities.into_iter().filter_map(sentence).collect()
    }

    /// Says how experiments differ from the baseline in a value of their runs that is called `what` and expressed like a
    /// quantity; `None` if it has none, or if there is nothing to compare it with.
    pub(super) fn against_in(
        &self,
        places: &[usize],
        like: Quantity,
        what: &str,
        value: impl Fn(&Run) -> Option<f64>,
    ) -> Option<String> {
        let baseline = self.baseline.as_ref()?;
        let base = &self.groups[baseline.place];
        let stat = base.over(&self.runs, &value)?;
        let mut told: [Vec<String>; 4] = Default::default();
        for place in places.iter().copied().filter(|place| *place != baseline.place) {
            let label = &self.groups[place].label;
            let known = self.difference_between(baseline.place, place, like, &value);
            let Some(paired) = known.paired else {
                told[3].push(format!("{label} (no pair)"));
                continue;
            };
            let mean = signed(paired.difference.mean) + like.difference().unit();
            let beside = paired.interval(like.difference());
            let beside = beside.unwrap_or_else(|| counted(paired.difference.count, "pair"));
            let part = match (paired.is_open(), paired.ahead(like.mode())) {
                (None, _) => 3,
                (Some(false), Some(1)) => 0,
                (Some(false), Some(_)) => 1,
                (Some(_), _) => 2,
            };
            let left_out = match known.left_out {
                0 => String::new(),
                count => format!("; {} left out", counted(count, "seed")),
            };
            told[part].push(format!("{label} ({mean}; {beside}{left_out})"));
        }
        let parts = PARTS.iter().zip(told).filter(|(_, all)| !all.is_empty());
        let parts = parts.map(|(head, all)| {
            format!("{head}: {}.", shortlist(all.into_iter(), LISTED).join("; "))
        });
        let parts = parts.collect::<Vec<_>>().join(" ");
        let over = base.over_seeds(&self.runs, stat);
        let (name, mean, share) = (&baseline.name, stat.summary, 100.0 * CONFIDENCE);
        (!parts.is_empty()).then(|| {
            format!(
                "{what} compared with {name}, {mean}{over}, by the mean difference from it and its {share} % interval. {parts}"
            )
        })
    }
}
