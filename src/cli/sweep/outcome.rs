//! Handles the end of a run's process.

use super::{
    child::Death,
    schedule::{Active, Schedule},
};
use crate::{
    cli::{outcome, output, signals},
    record::{self, RunFolder, RunSummary, Status, log},
    sweep::protocol::Order,
};
use std::path::Path;

/// How many lines of its log are kept for a run that was killed.
const LAST: usize = 5;

impl Schedule<'_> {
    /// Handles the end of a process, after its last event.
    pub(super) fn end(&mut self, index: usize) {
        let Some(active) = self.running.remove(&index) else { return };
        let Active { child, forces, started, ended, busy, .. } = active;
        // A forced run that had not started has no folder; the existing one belongs to an older run.
        let failed_to_start = forces && !started;
        let (death, mut tail) = child.wait();
        if tail.is_empty() && death.is_some() && !failed_to_start {
            // A killed process has written nothing to stderr, only its log.
            tail = log::tail(&self.sweep.folder.join(&self.folders[index]).join(record::LOG), LAST);
        }
        self.display.end(index);
        if busy {
            // The other process may finish at any moment; the folder exists by now.
            self.elsewhere.insert(index);
            return;
        }
        match (ended, death) {
            (Some((Status::Failed, _, error)), _) => {
                let error = with_tail(&error.unwrap_or_default(), &tail);
                self.failed(index, "an error", error, failed_to_start);
            }
            (Some((status, skipped, _)), _) if status.is_over() => {
                self.over(index, status, skipped);
            }
            (_, Some(Death::Crashed(how))) => {
                self.failed(index, &how, with_tail(&how, &tail), failed_to_start);
            }
            (_, Some(Death::Killed(how))) => self.was_killed(index, &how, &tail, failed_to_start),
            // It saved and stopped because of a signal that was sent to it alone.
            (_, None) if self.should_continue() => {
                self.was_killed(index, "stopped by a signal", &tail, failed_to_start);
            }
            // It is resumed another time.
            (_, None) => self.queue.insert(index),
        }
        self.write_tables();
    }

    /// Updates the tables. They are written again when the next run ends, after a minute, and at the end.
    pub(super) fn write_tables(&mut self) {
        if self.signals.is_urgent() || !self.tables.is_due() {
            return;
        }
        if let Err(failure) = self.tables.write(self.sweep, &self.failed_to_start) {
            self.warn(format!("{}; the sweep continues", failure.message()));
        }
    }

    /// Prints a warning, once for each cause.
    pub(super) fn warn(&mut self, warning: String) {
        if !self.warned.contains(&warning) {
            self.display.note(&format!("warning: {warning}"));
            self.warned.insert(warning);
        }
    }

    fn over(&mut self, index: usize, status: Status, skipped: bool) {
        self.report(index, skipped);
        if status == Status::Diverged {
            self.fail(index, "training diverged");
        } else {
            self.display.done(index);
        }
    }

    /// Handles a failed run; records the failure in its folder unless the run has done so itself.
    fn failed(&mut self, index: usize, how: &str, mut error: String, failed_to_start: bool) {
        let path = self.sweep.folder.join(&self.folders[index]);
        if failed_to_start {
            self.failed_to_start.insert(index);
        } else if path.exists()
            && let Err(unwritten) = RunFolder::abandon(&path, how, &error)
        {
            let unwritten = unwritten.to_string();
            // The reason why it cannot be written may be the reason why the run failed.
            if !error.contains(&unwritten) {
                error = format!("{error}\n{unwritten}");
            }
        }
        self.report_failed(index, (!failed_to_start).then_some(&path), &error);
        self.fail(index, &error);
    }

    fn was_killed(&mut self, index: usize, how: &str, tail: &str, failed_to_start: bool) {
        if !self.should_continue() {
            self.queue.insert(index);
            return;
        }
        let times = self.killed.entry(index).or_insert(0);
        *times += 1;
        let retries = self.sweep.file.settings.retries;
        if *times <= retries {
            let again = format!("{how}; trying again ({times} of {retries})");
            self.display.line(index, &again);
            if failed_to_start {
                self.forced.remove(&index);
            }
            self.queue.insert(index);
            return;
        }
        let times = *times;
        let how = if times > 1 { format!("{how}, {times} times") } else { how.to_owned() };
        self.failed(index, &how, with_tail(&how, tail), failed_to_start);
    }

    /// Prints the result of a run. A failure to print does not stop the training.
    pub(super) fn report(&mut self, index: usize, skipped: bool) {
        let path = self.sweep.folder.join(&self.folders[index]);
        let found = RunSummary::read(&path, None);
        let Some(info) = found.info() else { return };
        if let Err(failure) = outcome::print(&path, info, skipped, self.args.json) {
            self.print_failure.get_or_insert(failure);
        }
    }

    /// Prints a failed run in JSON mode; otherwise, stderr is enough.
    fn report_failed(&mut self, index: usize, folder: Option<&Path>, error: &str) {
        if self.args.json
            && let Err(failure) =
                outcome::print_failed(self.sweep.file.plans[index].name(), folder, error)
        {
            self.print_failure.get_or_insert(failure);
        }
    }

    pub(super) fn fail(&mut self, index: usize, why: &str) {
        let first = why.lines().next().unwrap_or_default().to_owned();
        self.display.done(index);
        self.display.line(index, &format!("failed: {first}"));
        self.failed.insert(index, why.to_owned());
        if self.args.fail_fast && !self.failing_fast {
            self.failing_fast = true;
            self.display.line(index, "--fail-fast: stopping the other runs");
            for active in self.running.values_mut() {
                active.child.order(&Order::Stop(signals::STOP));
            }
        }
    }

    /// Prints, at the end, what failed, with the tail of its log.
    pub(super) fn print_failures(&self) {
        for (index, why) in &self.failed {
            let name = self.sweep.file.plans[*index].name();
            output::note(format!("{name}: {}", why.trim_end().replace('\n', "\n  ")));
        }
    }
}

fn with_tail(error: &str, tail: &str) -> String {
    if tail.is_empty() { error.to_owned() } else { format!("{error}\n{tail}") }
}
