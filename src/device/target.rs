//! Where a run computes: what can be asked for, and what there is.

use super::Means;
use crate::{
    arch::Architecture,
    nn::NetworkError,
    spec::Experiment,
    train::{Engine, Samples},
};
use std::fmt;

/// Where a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The processor.
    Cpu,
    /// The NVIDIA GPU of that number.
    Gpu(usize),
}

impl Target {
    /// What `experiment.device` says: `cpu`, `cuda` (the first GPU), `cuda:N`, or `auto`, which takes
    /// the first GPU if there is one.
    pub fn parse(device: &str) -> Option<Self> {
        match device {
            "auto" => Some(if gpus().is_ok() { Self::Gpu(0) } else { Self::Cpu }),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Gpu(0)),
            _ => device.strip_prefix("cuda:")?.parse().ok().map(Self::Gpu),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(0) => f.write_str("cuda"),
            Self::Gpu(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

/// A GPU of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuInfo {
    /// Its number, from 0.
    pub ordinal: usize,
    /// What its maker calls it.
    pub name: String,
    /// Bytes of its memory.
    pub memory: u64,
    /// Its generation, such as 8.6.
    pub compute_capability: String,
}

/// The GPUs of this machine that this program can compute on.
///
/// # Errors
/// Why there is none, and what to do.
#[cfg(feature = "cuda")]
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    super::cuda::gpus()
}

/// The GPUs of this machine that this program can compute on.
///
/// # Errors
/// Always: this program was built without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    Err("this program was built without CUDA; for NVIDIA GPUs build it with `cargo install --path . \
         --features cuda`, see README.md"
        .to_owned())
}

/// What trains an experiment on a GPU.
#[cfg(feature = "cuda")]
pub fn means_on_gpu(experiment: &Experiment) -> Means {
    if super::cuda::kernels::KernelWorker::covers(experiment) {
        Means::Kernels
    } else {
        Means::Operations
    }
}

/// What trains an experiment on a GPU: no program without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn means_on_gpu(_: &Experiment) -> Means {
    Means::Operations
}

/// The engine that trains on the GPU of that number.
///
/// # Errors
/// When there is no such GPU or its memory is too small.
#[cfg(feature = "cuda")]
pub fn gpu_engine<'a>(
    ordinal: usize,
    experiment: &'a Experiment,
    arch: &Architecture,
    train: Samples<'a>,
) -> Result<Box<dyn Engine + 'a>, NetworkError> {
    super::cuda::Gpu::open(ordinal)?.engine(experiment, arch, train)
}

/// The engine that trains on the GPU of that number.
///
/// # Errors
/// Always: this program was built without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn gpu_engine<'a>(
    _: usize,
    _: &'a Experiment,
    _: &Architecture,
    _: Samples<'a>,
) -> Result<Box<dyn Engine + 'a>, NetworkError> {
    Err(NetworkError::Device(gpus().err().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn names_are_read_back() {
        for (name, target) in
            [("cpu", Target::Cpu), ("cuda", Target::Gpu(0)), ("cuda:3", Target::Gpu(3))]
        {
            assert_eq!(Target::parse(name), Some(target));
            assert_eq!(target.to_string(), name);
        }
        assert_eq!(Target::parse("cuda:0"), Some(Target::Gpu(0)));
        assert!(
            ["", "gpu", "cuda:", "cuda:x", "cuda:-1"].iter().all(|n| Target::parse(n).is_none())
        );
    }
}
