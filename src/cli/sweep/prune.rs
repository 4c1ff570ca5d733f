//! Pruning: decides whether a run may continue with its next epoch.

use super::{schedule::Schedule, state::Run};
use crate::{
    cli::signals,
    plan::Plan,
    record::{self, METRICS, RunSummary, Status, metrics},
    run::State,
    spec::{Metric, Over, Prune},
    sweep::{
        protocol::Order,
        prune::{self, Reached},
    },
    train::EpochMetrics,
};
use std::path::Path;

/// Lets pruned runs continue that this plan would not stop, or not before earlier runs have reached the same
/// epoch: the rule or the order may have changed since, or an earlier run may have failed at the time.
pub fn reconsider(rule: &Prune, metric: Metric, folder: &Path, plans: &[Plan], runs: &mut [Run]) {
    if runs.iter().all(|run| run.state != State::Pruned) {
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
        if runs[index].state != State::Pruned || epoch == 0 {
            continue;
        }
        let earlier = earlier(runs, index, over);
        // The values of an earlier run may have been the reason; without its file, this is unknown.
        if earlier.iter().any(|&run| rows[run].is_err()) {
            continue;
        }
        let behind = |&run: &usize| runs[run].state.trains_on() && values[run].len() < epoch;
        let is_complete = |run: usize| matches!(runs[run].state, State::Complete | State::Trained);
        let other = |&run: &usize| Reached { values: &values[run], is_complete: is_complete(run) };
        let others: Vec<Reached> = earlier.iter().map(other).collect();
        let verdict = || prune::verdict(rule, metric, epoch, &values[index], &others);
        if earlier.iter().any(behind) || verdict().is_none() {
            runs[index].state = State::after(epoch, &plans[index]);
        }
    }
}

/// Returns the earlier runs in the plan that a run is compared with: those measured alike. Otherwise, runs
/// with more noise would always be pruned.
fn earlier(runs: &[Run], index: usize, over: Over) -> Vec<usize> {
    (0..index).filter(|&run| runs[run].measured.is_like(&runs[index].measured, over)).collect()
}

/// Reads the metrics of the run in a folder; empty if there is no run.
fn read(folder: &Path) -> record::Result<Vec<EpochMetrics>> {
    rows_of(folder, &RunSummary::read(folder, None))
}

/// Reads the metrics of a run. `run` must have been read before: a run that trains writes its rows first and
/// then `run.json`.
fn rows_of(folder: &Path, run: &RunSummary) -> record::Result<Vec<EpochMetrics>> {
    let unchecked = || metrics::read(&folder.join(METRICS));
    run.info().map_or_else(unchecked, |info| metrics::of(folder, info))
}

impl Schedule<'_> {
    /// Answers the runs that wait for a verdict.
    pub(super) fn answer(&mut self) {
        let sweep = self.sweep;
        let Some(rule) = &sweep.file.settings.prune else { return };
        let asking = self.running.iter().filter_map(|(index, active)| Some((*index, active.asks?)));
        for (index, epoch) in asking.collect::<Vec<_>>() {
            let Some(order) = self.verdict(rule, index, epoch) else { continue };
            if let Order::Prune(reason) = &order {
                self.display.line(index, reason);
            }
            if let Some(active) = self.running.get_mut(&index) {
                active.asks = None;
                active.child.order(&order);
            }
        }
    }

    /// Decides whether a run may continue; `None` while earlier runs have not reached this epoch.
    fn verdict(&mut self, rule: &Prune, index: usize, epoch: usize) -> Option<Order> {
        if !prune::is_compared_at(rule, epoch) {
            return Some(Order::Go);
        }
        let metric = rule.metric().unwrap_or(self.sweep.metric);
        let mut earlier = earlier(&self.sweep.runs, index, Over::from(metric));
        // The folder of such a run holds an older run.
        earlier.retain(|run| !self.failed_to_start.contains(run));
        let behind = |run: &usize| self.running.get(run).is_some_and(|run| run.epochs < epoch);
        if earlier.iter().any(behind) {
            return None;
        }
        if earlier.iter().any(|run| self.queue.contains(*run)) {
            // If those will not be started any more, the run stops and asks again when it is resumed.
            return (!self.should_continue()).then_some(Order::Stop(signals::STOP));
        }
        for &run in earlier.iter().chain([&index]) {
            self.read(run, epoch, metric);
        }
        let reached = |run: &usize| self.metric_cache.of(&self.folders[*run]);
        let far = |run: &usize| !self.elsewhere.contains(run) || reached(run).values.len() >= epoch;
        let others: Vec<Reached> = earlier.iter().map(reached).collect();
        let verdict = || prune::verdict(rule, metric, epoch, reached(&index).values, &others);
        earlier.iter().all(far).then(|| verdict().map_or(Order::Go, Order::Prune))
    }

    /// Updates the cached metric values of a run.
    ///
    /// If its file is damaged, there are none: the run itself continues, and others are compared without it.
    /// This may change which of them are pruned, so there is a warning, once per run; ending the sweep would
    /// waste the rest of the night.
    fn read(&mut self, index: usize, epoch: usize, metric: Metric) {
        let others = self.queue.contains(index) || self.elsewhere.contains(&index);
        let is_over = !others && !self.running.contains_key(&index);
        let folder = &self.folders[index];
        self.metric_cache.update(folder, epoch, is_over, || {
            let folder = self.sweep.folder.join(folder);
            let run = RunSummary::read(&folder, None);
            let rows = rows_of(&folder, &run).unwrap_or_else(|error| {
                if self.unreadable.insert(index) {
                    let warning = format!("warning: {error}; runs are compared without it");
                    self.display.line(index, &warning);
                }
                Vec::new()
            });
            let is_complete = run.info().is_some_and(|info| info.status == Status::Completed);
            (metrics::column(&rows, metric), is_complete)
        });
    }
}
