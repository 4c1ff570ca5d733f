//! Whether a run may go on with its next epoch, where the sweep prunes.

use super::{
    schedule::{Active, Schedule},
    there::{Run, State},
};
use crate::{
    cli::signals,
    record::{METRICS, metrics},
    spec::{Metric, Prune},
    sweep::{protocol::Order, prune},
};
use std::path::Path;

/// Has pruned runs go on that this plan would not stop, or not before earlier ones have come so far: its
/// rule or its order may be another by now, and an earlier run may have failed at that time.
pub fn reconsider(rule: &Prune, metric: Metric, folder: &Path, runs: &mut [Run]) {
    if runs.iter().all(|run| run.state != State::Pruned) {
        return;
    }
    let metric = rule.metric().unwrap_or(metric);
    let read = |run: &Run| metrics::read(&folder.join(&run.folder).join(METRICS));
    let rows: Vec<_> = runs.iter().map(read).collect();
    // A damaged file is told of where the results are read.
    let values: Vec<Vec<f64>> = rows
        .iter()
        .map(|rows| metrics::column(rows.as_deref().unwrap_or_default(), metric))
        .collect();
    for index in 0..runs.len() {
        let epoch = values[index].len();
        // What an earlier run had come to may have been why: without its file nobody knows.
        let damaged = || {
            rows[..index].iter().zip(&*runs).any(|(rows, run)| rows.is_err() && run.state.is_over())
        };
        if runs[index].state != State::Pruned || epoch == 0 || damaged() {
            continue;
        }
        let mut earlier = runs[..index].iter().zip(&values);
        let wait = earlier.any(|(run, values)| !run.state.is_over() && values.len() < epoch);
        let verdict = || prune::verdict(rule, metric, epoch, &values[index], &values[..index]);
        if wait || verdict().is_none() {
            runs[index].state = State::Partly(epoch);
        }
    }
}

impl Schedule<'_> {
    /// Answers the runs that wait to hear whether they may go on.
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

    /// Whether a run may go on; none while runs before it have not come so far.
    fn verdict(&mut self, rule: &Prune, index: usize, epoch: usize) -> Option<Order> {
        if !prune::is_compared_at(rule, epoch) {
            return Some(Order::Go);
        }
        let behind = |(_, active): (&usize, &Active)| active.epochs < epoch;
        if self.running.range(..index).any(behind) {
            return None;
        }
        if self.queue.range(..index).next().is_some() {
            // Where those will not be started any more, the question comes again another time.
            return (!self.goes_on()).then_some(Order::Stop(signals::STOP));
        }
        let metric = rule.metric().unwrap_or(self.sweep.metric);
        let elsewhere: Vec<usize> = self.elsewhere.range(..index).copied().collect();
        if elsewhere.into_iter().any(|index| self.values(index, metric).len() < epoch) {
            return None;
        }
        let earlier: Vec<Vec<f64>> = (0..index).map(|index| self.values(index, metric)).collect();
        let reason = prune::verdict(rule, metric, epoch, &self.values(index, metric), &earlier);
        Some(reason.map_or(Order::Go, Order::Prune))
    }

    /// What a run has reached after each epoch, NaN where that is not known.
    ///
    /// Nothing where its file is damaged: the run itself goes on, and the others are compared without it.
    /// Which of them are pruned may change with that, so it is said, once for each run; but a sweep that
    /// ended for it would lose the rest of the night.
    fn values(&mut self, index: usize, metric: Metric) -> Vec<f64> {
        let file = self.sweep.folder.join(&self.folders[index]).join(METRICS);
        let rows = metrics::read(&file).unwrap_or_else(|error| {
            if self.unreadable.insert(index) {
                let warning = format!("warning: {error}; runs are compared without it");
                self.display.line(index, &warning);
            }
            Vec::new()
        });
        metrics::column(&rows, metric)
    }
}
