//! Training on a device: whole steps run on the device that holds the data.
//!
//! The layers, losses and optimizers of [`crate::nn`] and [`crate::train`] are implemented twice more:
//! composed of dfdx's own operations on whole batches ([`tensor`]), which works on any dfdx device and is
//! tested in every build on its CPU device against [`crate::ops`]; and as our own CUDA kernels
//! (`cuda::kernels`), which a GPU uses whenever they support everything that an experiment uses.
//!
//! Shapes are those of an [`Architecture`](crate::arch::Architecture), which is checked at construction. On
//! the CPU, the same architecture is also a network type, which rustc checks if the file is under
//! `experiments/`.

pub mod access;
pub mod activation;
#[cfg(feature = "cuda")]
pub mod cuda;
mod data;
mod engine;
mod footprint;
mod gpu_info;
pub mod loss;
pub mod network;
pub mod optimizer;
pub mod passes;
mod slices;
mod ssim;
pub mod taps;
mod target;
pub mod tensor;
mod worker;

pub use engine::{DeviceEngine, Worker};
pub use footprint::{GpuBackend, Shares};
pub use gpu_info::GpuInfo;
pub use target::{
    Target, gpu_backend, gpu_engine, gpu_libraries, gpus, precision_warnings, unusable_gpus,
};
pub use worker::ComposedWorker;

#[cfg(test)]
mod tests;
