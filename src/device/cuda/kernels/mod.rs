//! Training with our own CUDA kernels, which need far fewer launches than dfdx's operations.
//!
//! A step composed of dfdx's operations ([`crate::device::network`]) makes some 600 driver calls and copies
//! sizes to the GPU before most of its kernels, so small batches are bound by launch latency. Here a step is
//! about 50 launches and no copy: parameters, their gradients and the optimizer's slots are contiguous, and
//! bias, activation, loss and sums are fused into kernels that read the data anyway. Matrix products use
//! cuBLAS.

mod data;
mod kernel;
mod launch;
mod layers;
mod loss;
mod memory;
mod optimizer;
mod passes;
mod product;
mod worker;

pub use worker::KernelWorker;

#[cfg(test)]
pub(in crate::device) use {
    launch::Kernels, layers::Layers, loss::Loss, memory::Buffer, optimizer::Optimizer,
};
