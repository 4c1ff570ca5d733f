//! A run that is being trained by a child process.

use super::child::{Child, Death};
use crate::{
    record::{self, Status, log},
    sweep::protocol::{Event, Order},
};
use std::path::Path;

/// How many lines of its log are kept for a run that was killed.
const LAST: usize = 5;

/// A run that is being trained by a child process, and what the process has reported.
pub struct Active {
    /// The process.
    pub child: Child,
    /// The GPU assigned to it.
    pub device: Option<u16>,
    /// Whether it trains in a new folder beside an existing one.
    forces: bool,
    /// Whether it has reported its folder.
    has_folder: bool,
    /// The number of epochs after which it waits for a verdict; `None` if it trains.
    pub asks: Option<usize>,
    /// Epochs done.
    pub epochs: usize,
    /// How it ended, by its own account.
    end: Option<ChildEnd>,
}

/// How the process of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildEnd {
    /// Another process trains the run.
    Busy,
    /// The run is over; `skipped` if it already was before.
    Over { status: Status, skipped: bool },
    /// The run failed, with the error and, in a few words, `how`.
    Failed { how: String, error: String },
    /// It saved and stopped, or was ended from outside.
    Stopped { how: String },
}

impl Active {
    /// Wraps a process that has just started, on the GPU `device` if any. With `forces`, it trains in a new
    /// folder.
    pub fn new(child: Child, device: Option<u16>, forces: bool) -> Self {
        Self { child, device, forces, has_folder: false, asks: None, epochs: 0, end: None }
    }

    /// Whether the run has no folder of its own yet; an existing one belongs to an older run.
    pub fn has_no_folder(&self) -> bool {
        self.forces && !self.has_folder
    }

    /// Notes what the process reports.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Started { epoch, .. } => {
                self.epochs = *epoch;
                self.has_folder = true;
            }
            Event::Epoch { epoch, .. } => self.epochs = *epoch,
            Event::Asks { epoch } => self.asks = Some(*epoch),
            Event::Busy => self.end = Some(ChildEnd::Busy),
            Event::Ended { status, skipped, folder, error } => {
                // It may have failed before its training started.
                self.has_folder |= !folder.is_empty();
                self.end = own_end(*status, *skipped, error.as_deref());
            }
            Event::Progress { .. } | Event::Remark { .. } | Event::Warning { .. } => {}
        }
    }

    /// Answers the process, which waits for a verdict.
    pub fn answer(&mut self, verdict: &Order) {
        self.asks = None;
        self.child.order(verdict);
    }

    /// Waits for the process to end. Returns how it ended, and the last lines of what it wrote to stderr or, if
    /// there are none, of the log in the run's `folder`.
    pub fn wait(self, folder: &Path) -> (ChildEnd, String) {
        let has_log = !self.has_no_folder();
        let (death, mut tail) = self.child.wait();
        if tail.is_empty() && death.is_some() && has_log {
            // A killed process has written nothing to stderr, only its log.
            tail = log::tail(&folder.join(record::LOG), LAST);
        }
        (self.end.unwrap_or_else(|| end_by(death)), tail)
    }
}

/// Returns how a process ended by its own account; `None` if it stopped before the run was over.
fn own_end(status: Status, skipped: bool, error: Option<&str>) -> Option<ChildEnd> {
    match status {
        Status::Failed => {
            let error = error.unwrap_or_default().to_owned();
            Some(ChildEnd::Failed { how: "an error".to_owned(), error })
        }
        _ if status.is_over() => Some(ChildEnd::Over { status, skipped }),
        _ => None,
    }
}

/// Returns how a process ended that did not report the end of its run.
fn end_by(death: Option<Death>) -> ChildEnd {
    match death {
        Some(Death::Crashed(how)) => ChildEnd::Failed { error: how.clone(), how },
        Some(Death::Killed(how)) => ChildEnd::Stopped { how },
        None => ChildEnd::Stopped { how: "stopped by a signal".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_tells_no_end_is_judged_by_its_death() {
        let over = ChildEnd::Over { status: Status::Diverged, skipped: false };
        assert_eq!(own_end(Status::Diverged, false, None), Some(over));
        assert_eq!(own_end(Status::Interrupted, false, None), None, "its death tells why");
        let failed =
            |how: &str, error: &str| ChildEnd::Failed { how: how.into(), error: error.into() };
        let told = own_end(Status::Failed, false, Some("no images"));
        assert_eq!(told, Some(failed("an error", "no images")));
        let crashed = "crashed: a bug in runner";
        assert_eq!(end_by(Some(Death::Crashed(crashed.into()))), failed(crashed, crashed));
        let killed = "killed by SIGKILL";
        assert_eq!(
            end_by(Some(Death::Killed(killed.into()))),
            ChildEnd::Stopped { how: killed.into() }
        );
        assert_eq!(end_by(None), ChildEnd::Stopped { how: "stopped by a signal".into() });
    }
}
