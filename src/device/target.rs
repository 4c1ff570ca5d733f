//! The device that a run computes on: requested and available ones.

use super::{footprint::GpuBackend, gpu_info::GpuInfo};
use crate::{
    arch::Architecture,
    nn::NetworkError,
    spec::{Device, DeviceKind, Experiment},
    train::{Engine, Samples},
};
#[cfg(feature = "cuda")]
use std::sync::OnceLock;
use std::{env, fmt};

/// The device that a run computes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU with this ordinal.
    Gpu(usize),
}

impl Target {
    /// Resolves an experiment's device on this machine; none if it is misspelt.
    pub fn of(device: &Device) -> Option<Self> {
        Some(match device.kind()? {
            DeviceKind::Auto if gpus().is_ok() => Self::Gpu(0),
            DeviceKind::Auto | DeviceKind::Cpu => Self::Cpu,
            DeviceKind::Cuda(ordinal) => Self::Gpu(ordinal),
        })
    }
}

impl From<Target> for DeviceKind {
    fn from(target: Target) -> Self {
        match target {
            Target::Cpu => Self::Cpu,
            Target::Gpu(ordinal) => Self::Cuda(ordinal),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DeviceKind::from(*self).fmt(f)
    }
}

/// Returns the GPUs of this machine that this program can use. The driver is asked only once: a sweep may
/// have thousands of runs.
///
/// # Errors
/// Why there are none, and what to do.
#[cfg(feature = "cuda")]
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    static GPUS: OnceLock<Result<Vec<GpuInfo>, String>> = OnceLock::new();
    GPUS.get_or_init(super::cuda::gpus).clone()
}

/// Returns the GPUs of this machine that this program can use.
///
/// # Errors
/// Always: this program was built without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    Err("this program was built without CUDA; for NVIDIA GPUs build it with `cargo install --path . \
         --features cuda`, see README.md"
        .to_owned())
}

/// Returns why no GPU is used, on a machine that is meant to have one because it has a driver.
#[cfg(feature = "cuda")]
pub fn unusable_gpus() -> Option<String> {
    gpus().err().filter(|_| super::cuda::has_driver())
}

/// Returns `None`: programs built without CUDA do not look for drivers.
#[cfg(not(feature = "cuda"))]
pub fn unusable_gpus() -> Option<String> {
    None
}

/// Returns the versions of what GPUs compute with besides this program.
#[cfg(feature = "cuda")]
pub fn gpu_libraries() -> String {
    super::cuda::libraries()
}

/// Returns the versions of what GPUs compute with besides this program; unused in builds without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn gpu_libraries() -> String {
    String::new()
}

/// Returns a warning for each environment variable that makes NVIDIA's libraries compute in another precision.
pub fn precision_warnings() -> Vec<String> {
    let changed =
        |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let warning = |name| {
        format!(
            "{name} is set, so products of matrices may be computed in another precision than float32, and the \
             results may not repeat; unset it unless that is meant"
        )
    };
    let names =
        ["NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATE_SINGLE_PRECISION", "CUBLAS_EMULATION_STRATEGY"];
    names.into_iter().filter(changed).map(warning).collect()
}

/// Returns the backend that trains an experiment on a GPU.
#[cfg(feature = "cuda")]
pub fn gpu_backend(experiment: &Experiment) -> GpuBackend {
    super::cuda::backend(experiment)
}

/// Returns the backend that trains an experiment on a GPU; unused in builds without CUDA.
#[cfg(not(feature = "cuda"))]
pub fn gpu_backend(_: &Experiment) -> GpuBackend {
    GpuBackend::Operations
}

/// Creates the engine that trains on the GPU with this ordinal.
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

/// Creates the engine that trains on the GPU with this ordinal.
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
    use super::{Device, DeviceKind, Target, gpus};

    #[test]
    fn targets_and_devices_of_experiments_correspond() {
        for target in [Target::Cpu, Target::Gpu(0), Target::Gpu(3)] {
            let device = Device::from(DeviceKind::from(target));
            assert_eq!(Target::of(&device), Some(target));
            assert_eq!(target.to_string(), device.as_str());
        }
        let first = if gpus().is_ok() { Target::Gpu(0) } else { Target::Cpu };
        assert_eq!(Target::of(&DeviceKind::Auto.into()), Some(first));
        assert_eq!(Target::of(&"gpu".to_owned().into()), None);
    }
}
