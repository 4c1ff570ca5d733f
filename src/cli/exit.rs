//! Exit statuses, and errors on their way to one.

use crate::{record::Status, run};
use std::{error::Error, fmt, process::ExitCode};

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a run, or a command other than a run, failed.
    Failed,
    /// 2: the command line or an experiment file is wrong; nothing was started.
    Usage,
    /// 3: a sweep ended with some runs failed.
    SweepPartlyFailed,
    /// 4: training diverged.
    Diverged,
    /// 124: `--for` or `--until` stopped it before all was done, after a checkpoint; as with `timeout`.
    TimeUp,
    /// 128 + signal: interrupted, after a checkpoint.
    Signal(u8),
}

impl Exit {
    /// The status to exit with if a run that ended so is the only one.
    pub fn of_run(status: Status) -> Self {
        match status {
            Status::Diverged => Self::Diverged,
            Status::Failed => Self::Failed,
            // A pruned run has done what its sweep wanted of it.
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
            Exit::SweepPartlyFailed => 3,
            Exit::Diverged => 4,
            Exit::TimeUp => 124,
            Exit::Signal(signal) => 128 + signal,
        })
    }
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
}

/// The result of a verb.
pub type Result<T = Exit> = std::result::Result<T, Failure>;

impl Failure {
    /// The command line or an experiment file is wrong.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, ..Self::failed(message) }
    }

    /// Something else is wrong.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Failed, message: message.to_string() }
    }

    /// Prints the message and gives the status to exit with.
    pub fn report(self) -> Exit {
        let message = self.message.trim_end();
        let plain = anstream::adapter::strip_str(message).to_string();
        let prefix = if plain.starts_with("error") { "" } else { "error: " };
        super::output::note(format!("{prefix}{message}"));
        self.exit
    }

    /// What went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// For `?`: what an error says is what the user reads, and the status is [`Exit::Failed`]. A mistake of
/// the user's is to be made one with [`Failure::usage`], unless training a run says that it is one.
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
    use std::path::Path;

    #[test]
    fn an_error_of_a_run_keeps_its_words_and_gets_its_status() {
        let folder = Path::new("runs/a");
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
