//! Pruning: what runs are compared by, and which pruned runs continue after all.

use super::state::PlannedRun;
use crate::{
    plan::Plan,
    record::{self, METRICS, RunSummary, metrics},
    run::State,
    spec::{Metric, Over, Prune},
    sweep::prune::{self, Reached},
    train::EpochMetrics,
};
use std::path::Path;

/// Lets pruned runs continue that this plan would not stop, or not before earlier runs have reached the same
/// epoch: the rule or the order may have changed since, or an earlier run may have failed at the time.
pub fn reconsider(
    rule: &Prune,
    metric: Metric,
    folder: &Path,
    plans: &[Plan],
    runs: &mut [PlannedRun],
) {
    if runs.iter().all(|run| run.standing.state != State::Pruned) {
        return;
    }
    let metric = rule.metric().unwrap_or(metric);
    let over = Over::from(metric);
    let rows: Vec<_> = runs.iter().map(|run| read(&folder.join(&run.folder))).collect();
    // Damaged files are reported when the results are read.
    let values: Vec<Vec<f64>> = rows
        .iter()
        .map(|rows| metrics::column(rows.as_deref().unwrap_or_default(), metric))
        .collect();
    for index in 0..runs.len() {
        let epoch = values[index].len();
        if runs[index].standing.state != State::Pruned || epoch == 0 {
            continue;
        }
        let earlier = earlier(runs, index, over);
        // The values of an earlier run may have been the reason; without its file, this is unknown.
        if earlier.iter().any(|&run| rows[run].is_err()) {
            continue;
        }
        let behind =
            |&run: &usize| runs[run].standing.state.trains_on() && values[run].len() < epoch;
        let is_complete =
            |run: usize| matches!(runs[run].standing.state, State::Complete | State::Trained);
        let other = |&run: &usize| Reached { values: &values[run], is_complete: is_complete(run) };
        let others: Vec<Reached> = earlier.iter().map(other).collect();
        let verdict = || prune::verdict(rule, metric, epoch, &values[index], &others);
        if earlier.iter().any(behind) || verdict().is_none() {
            runs[index].standing.state = State::after(epoch, &plans[index]);
        }
    }
}

/// Returns the earlier runs in the plan that a run is compared with: those measured alike. Otherwise, runs
/// with more noise would always be pruned.
pub fn earlier(runs: &[PlannedRun], index: usize, over: Over) -> Vec<usize> {
    (0..index).filter(|&run| runs[run].measured.is_like(&runs[index].measured, over)).collect()
}

/// Reads the metrics of the run in a folder; empty if there is no run.
fn read(folder: &Path) -> record::Result<Vec<EpochMetrics>> {
    rows_of(folder, &RunSummary::read(folder))
}

/// Reads the metrics of a run. `run` must have been read before: a run that trains writes its rows first and
/// then `run.json`.
pub fn rows_of(folder: &Path, run: &RunSummary) -> record::Result<Vec<EpochMetrics>> {
    let unchecked = || metrics::read(&folder.join(METRICS));
    run.info().map_or_else(unchecked, |info| metrics::of(folder, info))
}
