//! Compares everything on a device with the CPU's own implementation.
//!
//! Each test is written once for any device. It runs on dfdx's CPU device in every build, and on an NVIDIA
//! GPU with `make test-cuda`, where whole trainings also run with our own kernels.

mod activations;
#[cfg(feature = "cuda")]
mod data;
#[cfg(feature = "cuda")]
mod kernels;
mod layers;
mod losses;
mod network;
mod optimizers;
mod trainer;
mod training;

use super::{
    access::Access,
    tensor::{Kit, Matrix, SendDevice},
};
use crate::{
    arch::Parameter,
    nn::NetworkError,
    ops::activation::{ABOVE_ZERO, BELOW_ONE},
    spec::{LossTerms, Optimizer as Spec},
};
use dfdx::tensor::{Cpu, CpuError};
use proptest::prelude::ProptestConfig;

/// Runs tests that take a function for an [`Opened`] device on every device of this build.
macro_rules! on_every_device {
    ($($test:ident),* $(,)?) => {
        mod on_cpu {
            $(#[test]
            fn $test() {
                super::$test(&crate::device::tests::cpu);
            })*
        }
        #[cfg(feature = "cuda")]
        mod on_cuda {
            $(#[test]
            #[ignore = "needs an NVIDIA GPU: make test-cuda"]
            fn $test() {
                super::$test(&crate::device::tests::cuda);
            })*
        }
    };
}
use on_every_device;

/// A device and its access.
type Opened<D> = (D, Box<dyn Access<D>>);

fn cpu() -> Opened<Cpu> {
    (Cpu::default(), Box::new(HostMemory))
}

/// dfdx's CPU device: any thread may use it.
struct HostMemory;

impl Access<Cpu> for HostMemory {
    fn enter(&self) -> Result<(), NetworkError> {
        Ok(())
    }

    fn wait(&self) -> Result<(), NetworkError> {
        Ok(())
    }

    fn describe(&self, error: CpuError) -> NetworkError {
        error.into()
    }

    fn free_memory(&self) -> Option<u64> {
        None
    }

    fn release(&self, _: &Cpu) -> Result<(), NetworkError> {
        Ok(())
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Opened<dfdx::tensor::Cuda> {
    let gpu = super::cuda::Gpu::open(0).expect("an NVIDIA GPU");
    (gpu.dfdx().expect("dfdx's device on it"), Box::new(gpu))
}

/// Enters a device on the calling thread and creates its kit.
fn kit<D: SendDevice>((device, access): Opened<D>) -> Kit<D> {
    access.enter().unwrap();
    // Leaked, because the thread of a test ends.
    Box::leak(Box::new(access));
    Kit::new(device)
}

/// Random numbers between -1 and 1, different for every `salt`.
fn numbers(len: usize, salt: u64) -> Vec<f32> {
    use rand::RngExt;
    let mut rng = crate::rng::stream(salt, crate::rng::Purpose::Weights, 0, 0);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Random weights, scaled by fan-in so that sums of products stay near 1: activations do not saturate, and no
/// sum cancels badly.
fn weights(parameter: &Parameter, salt: u64) -> Vec<f32> {
    let scale = parameter.fans.map_or(0.5, |(fan, _)| (fan as f32).powf(-0.5));
    numbers(parameter.len(), salt).iter().map(|value| scale * value).collect()
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// The values of a matrix.
fn values<D: SendDevice>(x: &Matrix<D>) -> Vec<f32> {
    x.as_vec()
}

/// Predictions at the ends of a sigmoid's range, with wrong and correct targets.
const SATURATED: [(f32, f32); 7] = [
    (0.0, 1.0),
    (0.0, 0.0),
    (ABOVE_ZERO, 0.5),
    (1e-12, 1.0),
    (BELOW_ONE, 0.0),
    (BELOW_ONE, 1.0),
    (1.0, 0.0),
];

/// Predictions near `target`, some outside 0..1; with cross-entropy all inside, since its derivative outside
/// would dwarf all others.
fn predictions(target: &[f32], terms: &[(LossTerms, f64)]) -> Vec<f32> {
    let entropy = terms.iter().any(|(term, _)| *term == LossTerms::Bce);
    let (least, most) = if entropy { (0.02, 0.98) } else { (-1.0, 2.0) };
    let moved = target.iter().zip(numbers(target.len(), 6));
    moved.map(|(t, n)| (t + 0.3 * n).clamp(least, most)).collect()
}

/// Every kind of optimizer.
fn optimizer_kinds() -> Vec<Spec> {
    let (learning_rate, beta1, beta2, epsilon) = (0.01, 0.9, 0.999, 1e-7);
    let mut kinds = vec![
        Spec::Adam { learning_rate, beta1, beta2, epsilon },
        Spec::Adamw { learning_rate, beta1, beta2, epsilon, weight_decay: 0.1 },
    ];
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
        kinds.push(Spec::Sgd { learning_rate, momentum, nesterov });
    }
    for momentum in [0.0, 0.5] {
        kinds.push(Spec::Rmsprop { learning_rate, rho: 0.9, momentum, epsilon });
    }
    kinds
}

/// Configures a test over random inputs. Failures are not written to files next to the source; their seed
/// reproduces them.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..crate::ops::tests::cases(count) }
}

/// Asserts that every value is within `tolerance`, absolute below 1 and relative above.
#[track_caller]
fn assert_close(ours: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), expected.len(), "length of {what}");
    for (i, (&a, &b)) in ours.iter().zip(expected).enumerate() {
        let error = (f64::from(a) - b).abs();
        assert!(error <= tolerance * b.abs().max(1.0), "{what} at {i}: {a}, not {b}");
    }
}
