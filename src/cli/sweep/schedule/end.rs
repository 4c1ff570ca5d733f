//! What follows when the process of a run has ended.

use super::{Schedule, active::ChildEnd, runs::Place};
use crate::record::{RunFolder, Status};

impl Schedule<'_> {
    /// Handles the end of a process, after its last event.
    pub(super) fn end(&mut self, index: usize) {
        let Some(active) = self.runs.take(index) else { return };
        let has_no_folder = active.has_no_folder();
        let (end, tail) = active.wait(&self.runs.path(index));
        self.display.end(index);
        match end {
            ChildEnd::Busy => {
                // The other process may finish at any moment; the folder exists by now.
                self.runs.put(index, Place::Elsewhere);
                return;
            }
            ChildEnd::Over { status, skipped } => self.over(index, status, skipped),
            ChildEnd::Failed { how, error } => {
                self.failed(index, &how, with_tail(&error, &tail), has_no_folder);
            }
            ChildEnd::Stopped { how } => self.stopped(index, &how, &tail, has_no_folder),
        }
        self.tables.want();
    }

    fn over(&mut self, index: usize, status: Status, skipped: bool) {
        self.outcomes.print(&self.runs.path(index), skipped);
        if status == Status::Diverged {
            self.fail(index, "training diverged".to_owned());
        } else {
            self.display.done(index);
        }
    }

    /// Handles a run that stopped before its end: it is resumed, now or by another sweep, unless it was
    /// killed too often.
    fn stopped(&mut self, index: usize, how: &str, tail: &str, has_no_folder: bool) {
        if !self.stopping.goes_on() {
            self.runs.put(index, Place::Queued);
            return;
        }
        let times = self.runs.count_kill(index);
        let retries = self.sweep.file.settings.retries;
        if times <= retries {
            self.display.line(index, &format!("{how}; trying again ({times} of {retries})"));
            if has_no_folder {
                self.runs.force_again(index);
            }
            self.runs.put(index, Place::Queued);
            return;
        }
        let how = if times > 1 { format!("{how}, {times} times") } else { how.to_owned() };
        self.failed(index, &how, with_tail(&how, tail), has_no_folder);
    }

    /// Handles a failed run; records the failure in its folder unless the run has done so itself.
    fn failed(&mut self, index: usize, how: &str, mut error: String, has_no_folder: bool) {
        let path = self.runs.path(index);
        if has_no_folder {
            self.runs.without_folder.insert(index);
        } else if path.exists()
            && let Err(unwritten) = RunFolder::abandon(&path, how, &error)
        {
            let unwritten = unwritten.to_string();
            // The reason why it cannot be written may be the reason why the run failed.
            if !error.contains(&unwritten) {
                error = format!("{error}\n{unwritten}");
            }
        }
        self.outcomes.print_failed(index, (!has_no_folder).then_some(&path), &error);
        self.fail(index, error);
    }

    fn fail(&mut self, index: usize, why: String) {
        let first = why.lines().next().unwrap_or_default();
        self.display.done(index);
        self.display.line(index, &format!("failed: {first}"));
        self.outcomes.fail(index, why);
        self.stopping.fail_fast(index, &mut self.runs, &self.display);
    }
}

fn with_tail(error: &str, tail: &str) -> String {
    if tail.is_empty() { error.to_owned() } else { format!("{error}\n{tail}") }
}
