//! Why a run is not trained, in words that say where and what to do.

use crate::{data, nn, ops, record, spec::words::bytes, train};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The result of whatever belongs to training a run.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run is not trained, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernels that `RUNNER_KERNELS` asks for are not there.
    #[error(transparent)]
    Kernels(#[from] ops::Error),
    /// The device that the experiment names is not there.
    #[error("device {device:?}: {reason}")]
    Device {
        /// Its name.
        device: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The GPUs of this machine cannot be asked.
    #[error("{0}")]
    Gpus(String),
    /// The system refuses threads.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// So many were wanted.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// The data set cannot be read.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The images need more memory than there is: the system would kill the program over them.
    #[error(
        "the images take {}, and {} of memory are free; choose a smaller {smaller} or data.test_limit",
        bytes(*needed),
        bytes(*free)
    )]
    Memory {
        /// Bytes that they take.
        needed: u64,
        /// Bytes that can be had.
        free: u64,
        /// The keys that would help.
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
    /// A checkpoint is lost, damaged or another run's.
    #[error("{problem}; {advice}")]
    Checkpoint {
        /// Which, and what is wrong with it.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A run's folder cannot be read or written, or another process has it.
    #[error(transparent)]
    Folder(#[from] record::Error),
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] nn::BuildError),
    /// The network cannot compute.
    #[error(transparent)]
    Network(#[from] nn::NetworkError),
    /// The training cannot go on.
    #[error(transparent)]
    Training(#[from] train::TrainError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] image::ImageError),
    /// Any of these, of a run that has a folder, which says so as well.
    #[error("{error}")]
    InRun {
        /// The run's folder.
        folder: PathBuf,
        /// What went wrong.
        error: Box<Self>,
    },
}

impl Error {
    /// The same, of the run in this folder.
    #[must_use]
    pub fn in_run(self, folder: &Path) -> Self {
        Self::InRun { folder: folder.to_path_buf(), error: Box::new(self) }
    }

    /// The folder of the run that failed, if it had one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::InRun { folder, .. } => Some(folder),
            _ => None,
        }
    }

    /// Whether another process trains the run.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Folder(record::Error::Busy { .. }))
    }

    /// Whether the experiment or a variable asks for what is not there, as wrong usage does.
    pub fn is_mistake(&self) -> bool {
        match self {
            Self::Kernels(_) | Self::Device { .. } | Self::Weights { .. } => true,
            Self::InRun { error, .. } => error.is_mistake(),
            _ => false,
        }
    }
}
