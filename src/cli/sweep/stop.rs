//! Stops the runs of a sweep that is asked to stop.

use super::schedule::Schedule;
use crate::{
    cli::signals,
    sweep::protocol::{Order, Stop},
};

impl Schedule<'_> {
    /// Passes a request to stop on to the runs: a deadline or the first signal asks them to save and stop,
    /// the second signal kills them.
    pub(super) fn pass_signals_on(&mut self) {
        let Some(stop) = self.signals.stop() else { return };
        let count = self.signals.count();
        if self.passed_on == Some(count) {
            return;
        }
        self.announce_stop(&stop, count);
        for active in self.running.values_mut() {
            if self.passed_on.is_none() {
                active.child.order(&Order::Stop(stop.clone()));
            }
            if self.signals.is_urgent() {
                active.child.kill();
            }
        }
        self.passed_on = Some(count);
    }

    /// Tells the user what a deadline or the first of `count` signals does.
    fn announce_stop(&self, stop: &Stop, count: usize) {
        if self.args.quiet {
            return;
        }
        match (self.signals.received().filter(|_| count > 0), stop) {
            (None, Stop::Deadline(reason)) => {
                self.display.note(&format!("{reason}: the runs finish their batch and save"));
            }
            (Some(signal), _) if self.passed_on.is_none_or(|before| before == 0) => {
                let name = signals::name(signal);
                self.display.note(&format!(
                    "{name}: the runs finish their batch and save; a second signal stops at once"
                ));
            }
            _ => {}
        }
    }
}
