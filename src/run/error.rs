//! Errors of training a run, with messages that say what to do.

use crate::{
    data, nn, ops,
    record::{self, RunFolder},
    train,
    words::bytes,
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The result of operations that belong to training a run.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run could not be trained, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernels that `RUNNER_KERNELS` names are not available.
    #[error(transparent)]
    Kernels(#[from] ops::Error),
    /// The device that the experiment names is not available.
    #[error("device {device:?}: {reason}")]
    Device {
        /// Its name.
        device: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The GPUs of this machine cannot be queried.
    #[error("{0}")]
    Gpus(String),
    /// The threads cannot be started.
    #[error("cannot start {threads} threads: {source}{}", record::THREADS_ADVICE)]
    Threads {
        /// Number of threads.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// The data set cannot be read.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The images need more memory than is available, so the system would kill the program.
    #[error(
        "the images take {}, but only {} of memory are free; choose a smaller {smaller} or data.test_limit",
        bytes(*needed),
        bytes(*free)
    )]
    Memory {
        /// Bytes needed.
        needed: u64,
        /// Bytes available.
        free: u64,
        /// The keys to make smaller.
        smaller: &'static str,
    },
    /// The weights that `model.init` names cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Weights {
        /// Their file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What a planned run would train on is no longer what it was planned with.
    #[error(
        "{changed} changed since this sweep was started; the same command plans it anew, with {changed} as now"
    )]
    Changed {
        /// What may have changed, in the plural.
        changed: &'static str,
    },
    /// A file of the run that its training or its results need is missing, damaged or of another run.
    #[error("{problem}; {advice}")]
    Unusable {
        /// Which file, and what is wrong with it.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A run's folder cannot be read or written, or another process holds it.
    #[error(transparent)]
    Folder(#[from] record::Error),
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] nn::BuildError),
    /// The network cannot compute.
    #[error(transparent)]
    Network(#[from] nn::NetworkError),
    /// The training cannot continue.
    #[error(transparent)]
    Training(#[from] train::TrainError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] image::ImageError),
    /// The folder of a run is gone since its training began.
    #[error(
        "{} was moved or deleted while it trained ({error}); move it back to continue the training, or run \
         the same command again to start over",
        folder.display()
    )]
    Vanished {
        /// The run's folder.
        folder: PathBuf,
        /// What failed without it.
        error: Box<Self>,
    },
    /// Any other error, of a run that has a folder, where it is recorded as well.
    #[error("{error}")]
    InRun {
        /// The run's folder.
        folder: PathBuf,
        /// What went wrong.
        error: Box<Self>,
    },
}

impl Error {
    /// Creates an error about a file of a run, with `advice` unless only a newer version of this program can read
    /// it.
    pub(super) fn unusable(problem: record::Error, advice: &'static str) -> Self {
        match problem {
            record::Error::Newer { .. } => Self::Folder(problem),
            _ => Self::Unusable { problem: problem.to_string(), advice },
        }
    }

    /// Records the failure of a run in its `run.json`, and adds its folder.
    #[must_use]
    pub(super) fn recorded_in(self, folder: &mut RunFolder) -> Self {
        // The error itself matters more than a failure to record it.
        let _ = folder.fail("an error", &self.to_string());
        self.in_run(folder.path())
    }

    /// Adds the folder of the run that failed, and says so if it is gone.
    #[must_use]
    pub fn in_run(self, folder: &Path) -> Self {
        let (path, mut error) = (folder.to_path_buf(), self);
        if matches!(folder.try_exists(), Ok(false)) {
            error = Self::Vanished { folder: path.clone(), error: Box::new(error) };
        }
        Self::InRun { folder: path, error: Box::new(error) }
    }

    /// Returns the folder of the run that failed, if it had one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::InRun { folder, .. } => Some(folder),
            _ => None,
        }
    }

    /// Whether another process is training the run.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Folder(record::Error::Busy { .. }))
    }

    /// Whether this is a user mistake: the experiment or a variable names something that is not available.
    pub fn is_mistake(&self) -> bool {
        match self {
            Self::Kernels(_) | Self::Device { .. } | Self::Data(_) | Self::Weights { .. } => true,
            Self::InRun { error, .. } | Self::Vanished { error, .. } => error.is_mistake(),
            _ => false,
        }
    }
}
