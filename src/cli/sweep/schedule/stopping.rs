//! Why a sweep starts no further runs, and the request to its runs to stop.

use super::{display::Display, runs::Runs};
use crate::{
    cli::{
        exit::Failure,
        output,
        signals::{self, Signals},
    },
    sweep::protocol::{Order, Stop},
};

/// Why no further runs are started: a signal or deadline, an error, or a failed run with `--fail-fast`.
pub struct Stopping<'a> {
    signals: &'a Signals,
    /// The error that stopped the sweep.
    pub failure: Option<Failure>,
    fail_fast: bool,
    /// Whether a run has failed, with `fail_fast`.
    is_failing_fast: bool,
    /// Number of signals received when the runs were last asked to stop, if they were.
    passed_on: Option<usize>,
}

impl<'a> Stopping<'a> {
    /// Creates a sweep that goes on until something stops it; with `fail_fast`, a failed run does.
    pub fn new(signals: &'a Signals, fail_fast: bool) -> Self {
        Self { signals, failure: None, fail_fast, is_failing_fast: false, passed_on: None }
    }

    /// Whether further runs are started.
    pub fn goes_on(&self) -> bool {
        !self.signals.wants_stop() && self.failure.is_none() && !self.is_failing_fast
    }

    /// Stops the sweep with an error, once its runs have ended.
    pub fn give_up(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    /// Stops the other runs if `--fail-fast` says so, after run `index` has failed.
    pub fn fail_fast(&mut self, index: usize, runs: &mut Runs<'_>, display: &Display) {
        if self.fail_fast && !self.is_failing_fast {
            self.is_failing_fast = true;
            display.line(index, "--fail-fast: stopping the other runs");
            runs.children().for_each(|active| active.child.order(&Order::Stop(signals::STOP)));
        }
    }

    /// Passes a request to stop on to the runs: a deadline or the first signal asks them to save and stop,
    /// the second signal kills them.
    pub fn pass_on(&mut self, runs: &mut Runs<'_>) {
        let Some(stop) = self.signals.stop() else { return };
        let count = self.signals.count();
        if self.passed_on == Some(count) {
            return;
        }
        self.announce(&stop, count);
        for active in runs.children() {
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
    fn announce(&self, stop: &Stop, count: usize) {
        match (self.signals.received().filter(|_| count > 0), stop) {
            (None, Stop::Deadline(reason)) => {
                output::note(format!("{reason}: the runs finish their batch and save"));
            }
            (Some(signal), _) if self.passed_on.is_none_or(|before| before == 0) => {
                let name = signals::name(signal);
                output::note(format!(
                    "{name}: the runs finish their batch and save; a second signal stops at once"
                ));
            }
            _ => {}
        }
    }
}
