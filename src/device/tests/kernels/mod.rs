//! Tests of our own CUDA kernels: layers, losses and optimizers against the CPU.

mod losses;
mod networks;
mod optimizers;

use super::{
    SATURATED, assert_close, cases, doubles, numbers, optimizer_kinds, predictions, weights,
};
use crate::device::cuda::{Gpu, kernels::Kernels};

/// The kernels on the first GPU.
pub fn kernels() -> Kernels {
    let gpu = Gpu::open(0).expect("an NVIDIA GPU");
    Kernels::new(gpu.context()).expect("kernels that this GPU can run")
}
