//! Whether a run may go on with its next epoch, where the sweep prunes.

use super::schedule::{Active, Schedule};
use crate::{
    record::{METRICS, metrics},
    spec::Prune,
    sweep::{protocol::Order, prune},
};

impl Schedule<'_> {
    /// Answers the runs that wait to hear whether they may go on.
    pub(super) fn answer(&mut self) {
        let Some(rule) = &self.sweep.file.settings.prune else { return };
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
    pub(super) fn verdict(&self, rule: &Prune, index: usize, epoch: usize) -> Option<Order> {
        if !prune::is_compared_at(rule, epoch) {
            return Some(Order::Go);
        }
        let behind = |(_, active): (&usize, &Active)| active.epochs < epoch;
        if self.running.range(..index).any(behind) {
            return None;
        }
        if self.queue.range(..index).next().is_some() {
            // Where those will not be started any more, the question comes again another time.
            return (!self.goes_on()).then_some(Order::Stop(15));
        }
        let metric = rule.metric().unwrap_or(self.sweep.metric);
        let values = |index: usize| -> Vec<f64> {
            let file = self.sweep.folder.join(&self.folders[index]).join(METRICS);
            metrics::column(&metrics::read(&file).unwrap_or_default(), metric)
        };
        let trained_elsewhere = self.elsewhere.range(..index);
        if trained_elsewhere.clone().any(|index| values(*index).len() < epoch) {
            return None;
        }
        let earlier: Vec<Vec<f64>> = (0..index).map(values).collect();
        let reason = prune::verdict(rule, metric, epoch, &values(index), &earlier);
        Some(reason.map_or(Order::Go, Order::Prune))
    }
}
