//! Exit statuses, and the errors that lead to them.

use crate::{record::Status, run};
use std::{error::Error, fmt, process::ExitCode};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a run, or a command other than a run, failed.
    Failed,
    /// 2: the command line or an experiment file is wrong, or the data cannot be read; nothing was started.
    Usage,
    /// 3: of several runs (a sweep, or several files), one or more failed or diverged.
    SomeFailed,
    /// 4: training diverged.
    Diverged,
    /// 124, as with `timeout`: stopped by `--for` or `--until` before all was done, after a checkpoint.
    TimeUp,
    /// 128 + signal: interrupted, after a checkpoint.
    Signal(u8),
}

impl Exit {
    /// Returns the exit status for a single run that ended with `status`.
    pub fn of_run(status: Status) -> Self {
        match status {
            Status::Diverged => Self::Diverged,
            Status::Failed => Self::Failed,
            // For its sweep, a pruned run is done.
            _ => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::SomeFailed => 3,
            Exit::Diverged => 4,
            Exit::TimeUp => 124,
            Exit::Signal(signal) => 128 + signal,
        })
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
}

/// The result of a command.
pub type Result<T = Exit> = std::result::Result<T, Failure>;

impl Failure {
    /// Creates a failure for a wrong command line or experiment file.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, ..Self::failed(message) }
    }

    /// Creates a failure for any other reason.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Failed, message: message.to_string() }
    }

    /// Returns the exit status.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns what went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Converts errors for `?`: the message is that of the error and the status [`Exit::Failed`], or
/// [`Exit::Usage`] if [`run::Error::is_mistake`] says so. Use [`Failure::usage`] for any other user mistake.
impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let of_run = (&error as &dyn Error).downcast_ref::<run::Error>();
        if of_run.is_some_and(run::Error::is_mistake) {
            Self::usage(error)
        } else {
            Self::failed(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    #[test]
    fn an_error_of_a_run_keeps_its_message_and_gets_its_status() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let device = || run::Error::Device { device: "tpu".into(), reason: "no such".into() };
        let failure = Failure::from(device().in_run(folder));
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.message(), device().to_string());

        let busy = || record::Error::Busy { folder: folder.to_path_buf(), by: None };
        let failure = Failure::from(run::Error::from(busy()));
        assert_eq!(failure.exit, Exit::Failed);
        assert_eq!(failure.message(), busy().to_string());
    }
}
