//! Tells runs apart that differ in images, noise or task: their metrics measure different quantities, so each
//! run is compared only with runs of the same kind.

use super::run::Run;
use crate::{
    spec::{Loss, Measured, Metric, Over, is_of_noise},
    words::listed,
};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a metric over such images measures the same quantity in all of the runs: not if they differ in
/// images, noise or task, nor, for a metric that depends on the loss, if they minimize different losses.
pub(super) fn comparable(runs: &[&Run], metric: Metric, over: Over) -> bool {
    apart(runs, over).is_empty() && !(metric.depends_on_loss() && losses_differ(runs))
}

/// Says why a metric cannot be compared between runs; `None` if it can.
pub fn incomparable(runs: &[&Run], metric: Metric) -> Option<String> {
    incomparable_over(runs, metric, metric.into())
}

/// Says why a metric over such images cannot be compared between runs; `None` if it can.
pub fn incomparable_over(runs: &[&Run], metric: Metric, over: Over) -> Option<String> {
    let others = metric.depends_on_loss() && losses_differ(runs);
    match different(runs, over) {
        Some(reason) if others => Some(format!("{reason}; they minimize different losses, too")),
        None if others => Some(different_losses(&[metric.name()])),
        reason => reason,
    }
}

/// Says that metrics that depend on the loss cannot be compared, as the losses differ.
pub(super) fn different_losses(names: &[&str]) -> String {
    format!("They minimize different losses, so their {} cannot be compared", listed(names))
}

/// Whether the runs minimize different losses.
pub(super) fn losses_differ(runs: &[&Run]) -> bool {
    let own = |run: &&Run| -> BTreeMap<String, String> {
        let loss = run.values.iter().filter(|(key, _)| Loss::is_set_by(key));
        loss.map(|(key, value)| (key.clone(), value.to_string())).collect()
    };
    // Nothing is known of a run whose experiment cannot be read.
    let mut losses = runs.iter().filter(|run| !run.values.is_empty()).map(own);
    let first = losses.next();
    losses.any(|loss| Some(loss) != first)
}

/// Says why no run can be better than another; `None` if one can.
pub(super) fn different(runs: &[&Run], over: Over) -> Option<String> {
    let keys = apart(runs, over);
    let names = listed(&keys.iter().copied().collect::<Vec<_>>());
    let why = if keys.iter().all(|key| is_of_noise(key)) {
        format!("Each validates at its own noise (they differ in {names})")
    } else {
        format!("They differ in {names}")
    };
    (!keys.is_empty()).then(|| format!("{why}, so their metrics cannot be compared"))
}

/// Returns the keys because of which a metric over such images measures different quantities.
pub(super) fn apart(runs: &[&Run], over: Over) -> BTreeSet<&'static str> {
    // Nothing is known of a run whose experiment cannot be read.
    let known = runs.iter().filter(|run| !run.values.is_empty());
    let measured: Vec<Measured> = known.map(|run| run.measured()).collect();
    Measured::apart(&measured, over)
}
