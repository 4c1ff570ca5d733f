//! What is said of memory, of which other tests must not take some meanwhile.

use super::*;
use crate::device::{Shares, access::Access, cuda::Gpu};
use std::io::Write;

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_training_takes_what_is_said() {
    takes_what_is_said(&crate::device::tests::cuda);
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_training_by_kernels_takes_what_is_said() {
    takes_what_is_said(&crate::device::tests::trainer::Kernels);
}

fn free() -> u64 {
    let gpu = Gpu::open(0).expect("an NVIDIA GPU");
    gpu.enter().unwrap();
    gpu.free_memory().unwrap()
}

fn takes_what_is_said<T: Trainer>(trainer: &T) {
    // What cuBLAS takes for each handle, and the driver's granularity.
    const OVERHEAD: u64 = 64 << 20;
    let text = DENOISING.replace("[4, 8]", "[32, 64]").replace("size = 16", "size = 128");
    let experiment = experiment(&text);
    let train = pictures(&experiment, 128, 1);
    let samples = Samples::for_training(&train, &experiment.task, 3);
    let arch = experiment.architecture();
    let batch: Vec<usize> = (0..128).collect();
    let stepped = || {
        let mut engine = trainer.engine(&experiment, &arch, samples);
        engine.step(&batch, 1, 0.001).unwrap();
        engine.losses(&mut Vec::new()).unwrap();
        engine
    };
    // Driver and cuBLAS take memory for their own, once; cuBLAS also for its kernels, when it first
    // multiplies.
    let _other = stepped();
    let before = free();
    let shares = Shares::new(&experiment, &arch, None, 128, T::BACKEND).unwrap();
    let _engine = stepped();
    let taken = before.saturating_sub(free());
    let said = shares.training;
    // Not by a macro that keeps what a test says to itself unless it fails.
    let backend = T::BACKEND;
    let _ = writeln!(io::stderr(), "a training by {backend} takes {taken} bytes; {said} were said");
    assert!(taken <= said + OVERHEAD, "{taken} bytes, not {said}");
    assert!(2 * taken >= said, "{taken} bytes, and {said} were said");
}
