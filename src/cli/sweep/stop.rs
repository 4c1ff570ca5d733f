//! How a sweep that is asked to stop ends the runs that it trains.

use super::schedule::Schedule;
use crate::{cli::signals, sweep::protocol::Order};

impl Schedule<'_> {
    /// Passes signals on: the first asks the runs to save and stop, the second ends them.
    pub(super) fn pass_signals_on(&mut self) {
        let count = self.signals.count();
        if count == self.passed_on {
            return;
        }
        let signal = self.signals.received().unwrap_or(signals::STOP);
        if self.passed_on == 0 && !self.args.quiet {
            let name = signals::name(signal);
            self.display.note(&format!(
                "{name}: the runs finish their batch and save; once more stops at once"
            ));
        }
        for active in self.running.values_mut() {
            if self.passed_on == 0 {
                active.child.order(&Order::Stop(signal));
            }
            if self.signals.is_urgent() {
                active.child.kill();
            }
        }
        self.passed_on = count;
    }
}
