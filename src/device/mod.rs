//! Training on a device: the whole of a step runs where the data lie.
//!
//! The layers, losses and optimisers of [`crate::nn`] and [`crate::train`] once more, in two forms:
//! composed of dfdx's own operations on whole batches ([`tensor`]), and so for any device that dfdx has,
//! tested in every build on its CPU device against the kernels of [`crate::ops`]; and as CUDA kernels of
//! our own (`cuda::kernels`), which a GPU trains by wherever they have all that an experiment asks for.
//!
//! Shapes are those of an [`Architecture`](crate::arch::Architecture), checked when it is made. The
//! same architecture is also a network type on the CPU, which rustc checks if the file stands under
//! `experiments/`.

pub mod access;
pub mod activation;
#[cfg(feature = "cuda")]
pub mod cuda;
mod data;
mod engine;
mod footprint;
pub mod loss;
pub mod network;
pub mod optimizer;
pub mod passes;
mod ssim;
pub mod taps;
mod target;
pub mod tensor;
mod worker;

pub use engine::{DeviceEngine, Worker};
pub use footprint::{GpuBackend, Shares};
pub use target::{GpuInfo, Target, gpu_backend, gpu_engine, gpus};
pub use worker::ComposedWorker;

#[cfg(test)]
mod tests;
