//! Training by kernels of our own, for what takes dfdx's operations too many launches.
//!
//! A step of dfdx's operations ([`crate::device::network`]) asks the driver for something some 600
//! times and copies sizes to the GPU before most of its kernels, so that small batches wait for that
//! and not for arithmetic. Here a step is about 50 launches and no copy: parameters, their gradients and
//! the optimiser's slots lie in one piece each, and bias, activation, loss and sums are fused with what
//! is read anyway. Matrix products are those of cuBLAS.

mod data;
mod kernel;
mod launch;
mod layers;
mod loss;
mod memory;
mod optimizer;
mod passes;
mod worker;

pub use worker::KernelWorker;

#[cfg(test)]
pub(in crate::device) use {
    launch::Kernels, layers::Layers, loss::Loss, memory::Buffer, optimizer::Optimizer,
};
