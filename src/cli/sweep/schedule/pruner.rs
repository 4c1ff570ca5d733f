//! Decides whether the runs that wait for a verdict may continue.

use super::{
    display::Display,
    metric_cache::MetricCache,
    runs::{Place, Runs},
};
use crate::{
    cli::{
        signals,
        sweep::{
            prepare::Sweep,
            prune::{earlier, rows_of},
        },
    },
    record::{RunSummary, Status, metrics},
    spec::{Metric, Over, Prune},
    sweep::{
        protocol::Order,
        prune::{self, Reached},
    },
};
use std::collections::BTreeSet;

/// Decides whether a run may continue with its next epoch.
pub struct Pruner<'a> {
    sweep: &'a Sweep<'a>,
    rule: &'a Prune,
    metric: Metric,
    cache: MetricCache,
    /// Runs whose metrics could not be read.
    unreadable: BTreeSet<usize>,
}

impl<'a> Pruner<'a> {
    /// Creates the pruner of a sweep, if it prunes.
    pub fn new(sweep: &'a Sweep<'a>) -> Option<Self> {
        let rule = sweep.file.settings.prune.as_ref()?;
        let metric = rule.metric().unwrap_or(sweep.metric);
        let (cache, unreadable) = (MetricCache::default(), BTreeSet::new());
        Some(Self { sweep, rule, metric, cache, unreadable })
    }

    /// Answers the runs that wait for a verdict, unless it depends on others. If the sweep no longer
    /// `goes_on`, the others may never start.
    pub fn answer(&mut self, runs: &mut Runs<'_>, goes_on: bool, display: &Display) {
        let asking = runs.here().filter_map(|(index, active)| Some((index, active.asks?)));
        for (index, epoch) in asking.collect::<Vec<_>>() {
            let Some(order) = self.verdict(index, epoch, runs, goes_on, display) else { continue };
            if let Order::Prune(reason) = &order {
                display.line(index, reason);
            }
            runs.answer(index, &order);
        }
    }

    /// Decides whether a run may continue; `None` while earlier runs have not reached this epoch.
    fn verdict(
        &mut self,
        index: usize,
        epoch: usize,
        runs: &Runs<'_>,
        goes_on: bool,
        display: &Display,
    ) -> Option<Order> {
        if !prune::is_compared_at(self.rule, epoch) {
            return Some(Order::Go);
        }
        let mut earlier = earlier(&self.sweep.runs, index, Over::from(self.metric));
        // The folder of such a run holds an older run.
        earlier.retain(|run| !runs.without_folder.contains(run));
        let places = || earlier.iter().map(|&run| runs.place(run));
        if places().any(|place| matches!(place, Place::Here(run) if run.epochs < epoch)) {
            return None;
        }
        if places().any(|place| matches!(place, Place::Queued)) {
            // If those will not be started any more, the run stops and asks again when it is resumed.
            return (!goes_on).then_some(Order::Stop(signals::STOP));
        }
        for &run in earlier.iter().chain([&index]) {
            self.read(run, epoch, runs, display);
        }
        let reached = |run: &usize| self.cache.of(runs.folder(*run));
        let is_behind = |run: &usize| {
            matches!(runs.place(*run), Place::Elsewhere) && reached(run).values.len() < epoch
        };
        if earlier.iter().any(is_behind) {
            return None;
        }
        let others: Vec<Reached> = earlier.iter().map(reached).collect();
        let reason = prune::verdict(self.rule, self.metric, epoch, reached(&index).values, &others);
        Some(reason.map_or(Order::Go, Order::Prune))
    }

    /// Updates the cached metric values of a run.
    ///
    /// If its file is damaged, there are none: the run itself continues, and others are compared without it.
    /// This may change which of them are pruned, so there is a warning, once per run; ending the sweep would
    /// waste the rest of the night.
    fn read(&mut self, index: usize, epoch: usize, runs: &Runs<'_>, display: &Display) {
        let is_over = matches!(runs.place(index), Place::Over);
        self.cache.update(runs.folder(index), epoch, is_over, || {
            let folder = runs.path(index);
            let run = RunSummary::read(&folder);
            let rows = rows_of(&folder, &run).unwrap_or_else(|error| {
                if self.unreadable.insert(index) {
                    let warning = format!("{error}; runs are compared without it");
                    display.warn_of(index, &warning);
                }
                Vec::new()
            });
            let is_complete = run.info().is_some_and(|info| info.status == Status::Completed);
            (metrics::column(&rows, self.metric), is_complete)
        });
    }
}
