//! Errors about files: each says where it happened and what to do.

use rustix::io::Errno;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Advice for when the system refuses to start a thread.
pub(crate) const THREADS_ADVICE: &str =
    "; raise the limit on threads (`ulimit -u unlimited`), or end other programs";

/// Advice for when a file system lacks what is needed, such as locks.
const UNABLE: &str =
    "; its file system cannot do this: choose a folder on another one with --runs-dir";

/// Result of operations on a run's folder.
pub type Result<T> = std::result::Result<T, Error>;

/// An error about a run's folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}{}", path.display(), advice(source))]
    Io {
        /// The operation, as in "cannot {action} {path}".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Another process is training this run.
    #[error(
        "{} is being trained by another process{}; wait for it, stop it, or use --force to train again in a new folder",
        folder.display(),
        by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default()
    )]
    Busy {
        /// The run's folder.
        folder: PathBuf,
        /// The process, if known: "process 4711 on anna".
        by: Option<String>,
    },
    /// Another process has been choosing a folder for too long.
    #[error(
        "{} has been locked by another process{} for {seconds} s; stop the process that hangs, or use another --runs-dir",
        path.display(),
        by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default()
    )]
    RunsLocked {
        /// The lock file of the runs folder.
        path: PathBuf,
        /// The process, if known.
        by: Option<String>,
        /// Seconds spent waiting.
        seconds: u64,
    },
    /// A name that cannot become a folder.
    #[error("the run's name {name:?} cannot name a folder: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The contents of a file are not as expected.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to fix it.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error(
        "{} was written by a newer version of this program, in format {found} (this version reads up to {known}); use \
         that version",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program reads.
        known: u32,
    },
}

impl Error {
    /// Builds a closure for `map_err` that adds the operation and the path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }

    /// The contents of a file are not as expected.
    pub(crate) fn broken(path: &Path, reason: impl Into<String>) -> Self {
        Self::Broken { path: path.to_path_buf(), reason: reason.into() }
    }
}

/// Returns advice to append to the system's own message.
fn advice(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::MFILE) => {
            return "; raise the limit (`ulimit -n 4096`), and run the same command again";
        }
        Some(Errno::NOLCK) => return UNABLE,
        _ => {}
    }
    match error.kind() {
        Kind::StorageFull => {
            "; the disk is full: free some space, or choose another disk with --runs-dir, and run the same command again"
        }
        Kind::FileTooLarge => {
            "; it grows beyond a limit of the system or the disk: raise it (`ulimit -f unlimited`), and run the same command again"
        }
        Kind::QuotaExceeded => {
            "; your quota is used up: free some space, or choose another disk with --runs-dir, and run the same command again"
        }
        Kind::ReadOnlyFilesystem => {
            "; the disk is mounted read-only: choose a folder on another one with --runs-dir"
        }
        Kind::PermissionDenied => {
            "; check who owns it and its permissions, or choose another folder with --runs-dir"
        }
        Kind::Unsupported => UNABLE,
        Kind::WouldBlock => THREADS_ADVICE,
        Kind::NotADirectory => "; a part of this path is a file where a folder is needed",
        Kind::InvalidFilename => "; choose a shorter name",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_system_come_with_advice() {
        for (errno, told) in [
            (Errno::MFILE, "`ulimit -n"),
            (Errno::AGAIN, "`ulimit -u"),
            // What locking gives on a network's file system without locks.
            (Errno::NOLCK, "--runs-dir"),
            (Errno::OPNOTSUPP, "--runs-dir"),
        ] {
            let source = io::Error::from_raw_os_error(errno.raw_os_error());
            let error = Error::io("open", Path::new("x"))(source).to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
