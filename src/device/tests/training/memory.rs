//! Compares estimates of memory with its actual use; other tests must not allocate at the same time.

use super::*;
use crate::{
    device::{Shares, access::Access, cuda::Gpu},
    train::Engine,
};
use std::io::Write;

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_training_takes_the_estimated_memory() {
    takes_the_estimated_memory(&crate::device::tests::cuda);
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_training_by_kernels_takes_the_estimated_memory() {
    takes_the_estimated_memory(&crate::device::tests::trainer::Kernels);
}

fn free() -> u64 {
    let gpu = Gpu::open(0).expect("an NVIDIA GPU");
    gpu.enter().unwrap();
    gpu.free_memory().unwrap()
}

fn takes_the_estimated_memory<T: Trainer>(trainer: &T) {
    // The workspace of each cuBLAS handle, 32 MiB on recent GPUs, and memory that the driver allocates in
    // larger steps and keeps for later.
    const OVERHEAD: u64 = 128 << 20;
    let text = DENOISING.replace("[4, 8]", "[32, 64]").replace("size = 16", "size = 128");
    let experiment = experiment(&text);
    let train = images(&experiment, 128, 1);
    let samples = Samples::for_training(&train, &experiment.task, 3);
    let arch = experiment.architecture();
    let batch: Vec<usize> = (0..128).collect();
    let stepped = || {
        let mut engine = trainer.engine(&experiment, &arch, samples);
        engine.step(&batch, 1, 0.001).unwrap();
        engine.losses(&mut Vec::new()).unwrap();
        engine
    };
    // The driver and cuBLAS allocate memory of their own once; cuBLAS also for its kernels, at the first
    // product.
    let _other = stepped();
    let before = free();
    let shares = Shares::new(&experiment, &arch, None, 128, T::BACKEND).unwrap();
    let _engine = stepped();
    let taken = before.saturating_sub(free());
    let estimate = shares.training;
    // Not `eprintln!`, whose output the test harness captures.
    let backend = T::BACKEND;
    let _ =
        writeln!(io::stderr(), "training by {backend}: {taken} bytes used, {estimate} estimated");
    assert!(taken <= estimate + OVERHEAD, "{taken} bytes used, {estimate} estimated");
    assert!(2 * taken >= estimate, "{taken} bytes used, {estimate} estimated");
}
