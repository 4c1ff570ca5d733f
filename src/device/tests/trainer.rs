//! The implementations of training on a device.

use super::Opened;
use crate::{
    arch::Architecture,
    device::{ComposedWorker, DeviceEngine, GpuBackend, Shares, tensor::SendDevice},
    spec::Experiment,
    train::Samples,
};

/// An implementation of training on a device.
pub trait Trainer {
    const BACKEND: GpuBackend;

    fn engine<'a>(
        &self,
        experiment: &'a Experiment,
        arch: &Architecture,
        train: Samples<'a>,
    ) -> DeviceEngine<'a>;
}

/// Trains with dfdx's operations.
impl<D: SendDevice, F: Fn() -> Opened<D>> Trainer for F {
    const BACKEND: GpuBackend = GpuBackend::Operations;

    fn engine<'a>(
        &self,
        experiment: &'a Experiment,
        arch: &Architecture,
        train: Samples<'a>,
    ) -> DeviceEngine<'a> {
        let (device, access) = self();
        let free = access.free_memory();
        let shares = Shares::new(experiment, arch, free, train.len(), Self::BACKEND).unwrap();
        let make = || ComposedWorker::new(device, access, experiment, arch, train, shares.data);
        DeviceEngine::new(shares, || Ok(Box::new(make()?))).unwrap()
    }
}

/// Trains with our own kernels.
#[cfg(feature = "cuda")]
pub struct Kernels;

#[cfg(feature = "cuda")]
impl Trainer for Kernels {
    const BACKEND: GpuBackend = GpuBackend::Kernels;

    fn engine<'a>(
        &self,
        experiment: &'a Experiment,
        arch: &Architecture,
        train: Samples<'a>,
    ) -> DeviceEngine<'a> {
        use crate::device::cuda::{Gpu, kernels::KernelWorker};
        let gpu = Gpu::open(0).expect("an NVIDIA GPU");
        let free = crate::device::access::Access::free_memory(&gpu);
        let shares = Shares::new(experiment, arch, free, train.len(), Self::BACKEND).unwrap();
        assert!(KernelWorker::covers(experiment));
        let make = || KernelWorker::new(gpu, experiment, arch, train, shares.data);
        DeviceEngine::new(shares, || Ok(Box::new(make()?))).unwrap()
    }
}

/// Runs tests that take a [`Trainer`] with every implementation in this build.
macro_rules! by_every_trainer {
    ($($test:ident),* $(,)?) => {
        on_every_device!($($test),*);
        #[cfg(feature = "cuda")]
        mod on_cuda_by_kernels {
            $(#[test]
            #[ignore = "needs an NVIDIA GPU: make test-cuda"]
            fn $test() {
                super::$test(&crate::device::tests::trainer::Kernels);
            })*
        }
    };
}
pub(super) use by_every_trainer;
