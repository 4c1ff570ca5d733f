//! NVIDIA GPUs: lists them and trains on one.

pub mod kernels;
mod load;
mod status;

use super::{
    access::Access,
    engine::{DeviceEngine, Worker},
    footprint::{GpuBackend, Shares},
    gpu_info::GpuInfo,
    tensor::SendDevice,
    worker::ComposedWorker,
};
use crate::{
    arch::Architecture,
    nn::NetworkError,
    spec::Experiment,
    train::{Engine, Samples},
};
use cudarc::{
    cublas::{result::CublasError, sys::cublasStatus_t},
    driver::{
        CudaDevice, DriverError, result,
        sys::{self, CUdevice_attribute_enum as Attribute, CUmemPool_attribute_enum, CUresult},
    },
};
use dfdx::tensor::{Cache, Cuda, CudaError};
use kernels::KernelWorker;
use std::{ffi::CStr, ptr, sync::Arc};

/// Returns the GPUs of this machine in order of their ordinals, subject to `CUDA_VISIBLE_DEVICES`.
///
/// # Errors
/// Why this program can use none, and what to do.
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    load::driver().map_err(|error| {
        format!(
            "there is no NVIDIA driver ({error}); install it, or in a container pass the GPU through \
             (docker run --gpus all)"
        )
    })?;
    let found = result::init().and_then(|()| result::device::get_count());
    let count = found.map_err(|error| match error.0 {
        CUresult::CUDA_ERROR_NO_DEVICE => {
            "the NVIDIA driver finds no GPU; check nvidia-smi and CUDA_VISIBLE_DEVICES".to_owned()
        }
        _ => format!("the NVIDIA driver failed to start: {}; check nvidia-smi", name(error)),
    })?;
    let gpus =
        (0..count).map(|ordinal| info(ordinal).map_err(name)).collect::<Result<Vec<_>, _>>()?;
    if gpus.is_empty() {
        return Err("the NVIDIA driver finds no GPU; check nvidia-smi".to_owned());
    }
    load::cublas().map_err(|error| {
        format!(
            "there is no cuBLAS ({error}); install it with the CUDA toolkit, and if it is still not found, \
             set CUDA_PATH to the toolkit or LD_LIBRARY_PATH to its lib64"
        )
    })?;
    Ok(gpus)
}

/// Whether there is an NVIDIA driver.
pub fn has_driver() -> bool {
    load::driver().is_ok()
}

/// Returns what GPUs compute with besides this program: the CUDA version of the driver, and that of cuBLAS.
pub fn libraries() -> String {
    let version = load::driver_version();
    let cublas = load::cublas_version();
    let cublas = cublas.as_deref().unwrap_or("of unknown version");
    format!("CUDA {}.{} and cuBLAS {cublas}", version / 1000, version % 1000 / 10)
}

fn info(ordinal: i32) -> Result<GpuInfo, DriverError> {
    let device = result::device::get(ordinal)?;
    // SAFETY: `device` was just returned by the driver; the same holds for the calls below.
    let memory = unsafe { result::device::total_mem(device) }?;
    // SAFETY: see above.
    let attribute = |attribute| unsafe { result::device::get_attribute(device, attribute) };
    let major = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
    let minor = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
    let mut text = [0_u8; 256];
    // SAFETY: `text` is longer than the given length, and the driver terminates it with a zero.
    unsafe { sys::cuDeviceGetName(text.as_mut_ptr().cast(), 255, device) }.result()?;
    let name = CStr::from_bytes_until_nul(&text).unwrap_or_default().to_string_lossy().into_owned();
    Ok(GpuInfo {
        ordinal: ordinal as usize,
        name,
        memory: memory as u64,
        compute_capability: format!("{major}.{minor}"),
    })
}

/// Returns the driver's name of an error, such as `CUDA_ERROR_OUT_OF_MEMORY`.
fn name(error: DriverError) -> String {
    match error.error_name() {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(_) => "an unknown error".to_owned(),
    }
}

/// Returns the backend that trains an experiment: our kernels if they support it, otherwise dfdx's operations.
pub fn backend(experiment: &Experiment) -> GpuBackend {
    if KernelWorker::covers(experiment) { GpuBackend::Kernels } else { GpuBackend::Operations }
}

// SAFETY: only the pointer of a stream keeps `Cuda` from being `Send` and `Sync`. Any thread may pass it to
// the driver; `Access::enter` makes the context current.
unsafe impl SendDevice for Cuda {}

/// An open GPU.
#[derive(Debug)]
pub struct Gpu {
    context: Arc<CudaDevice>,
    ordinal: usize,
}

impl Gpu {
    /// Opens the GPU with this ordinal.
    ///
    /// # Errors
    /// When it does not exist, or the driver fails.
    pub fn open(ordinal: usize) -> Result<Self, NetworkError> {
        let gpus = gpus().map_err(NetworkError::Device)?;
        if ordinal >= gpus.len() {
            return Err(NetworkError::Device(format!(
                "there is no cuda:{ordinal}; GPUs are counted from 0, and there are {}",
                gpus.len()
            )));
        }
        if cfg!(feature = "cuda-ci-check") {
            return Err(NetworkError::Device(
                "this program was built with the feature cuda-ci-check, which leaves out the \
                 kernels; build it with --features cuda"
                    .to_owned(),
            ));
        }
        // May still fail for lack of memory; everything else has been checked above.
        let context = CudaDevice::new(ordinal).map_err(|error| described(error.into()))?;
        Ok(Self { context, ordinal })
    }

    /// Returns the context shared by everything on this GPU.
    pub fn context(&self) -> Arc<CudaDevice> {
        self.context.clone()
    }

    /// Returns dfdx's device on this GPU, in the same context.
    ///
    /// # Errors
    /// When the driver fails.
    pub fn dfdx(&self) -> Result<Cuda, NetworkError> {
        let device = Cuda::try_build(self.ordinal, 0).map_err(described)?;
        device.enable_cache();
        self.keep_freed_memory();
        Ok(device)
    }

    /// Lets the driver keep some freed memory whenever the GPU is waited for: dfdx allocates the sizes that it
    /// passes to most kernels anew each time. Only costs time if it fails.
    fn keep_freed_memory(&self) {
        let (mut pool, mut bytes) = (ptr::null_mut(), 1_u64 << 24);
        let attribute = CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
        // SAFETY: the driver writes a handle to `pool`, and reads the attribute, 64 bits, from `bytes`.
        let _ = unsafe {
            match sys::cuDeviceGetDefaultMemPool(&raw mut pool, *self.context.cu_device()) {
                CUresult::CUDA_SUCCESS => {
                    sys::cuMemPoolSetAttribute(pool, attribute, (&raw mut bytes).cast())
                }
                failed => failed,
            }
        };
    }

    /// Creates the engine that trains an experiment on this GPU: with our kernels if they support it,
    /// otherwise with dfdx's operations.
    ///
    /// # Errors
    /// When the GPU's memory is too small.
    pub fn engine<'a>(
        self,
        experiment: &'a Experiment,
        arch: &Architecture,
        train: Samples<'a>,
    ) -> Result<Box<dyn Engine + 'a>, NetworkError> {
        let backend = backend(experiment);
        let free = self.free_memory();
        let shares = Shares::new(experiment, arch, free, train.len(), backend)?;
        let engine = DeviceEngine::new(shares, || -> Result<Box<dyn Worker + 'a>, _> {
            if backend == GpuBackend::Kernels {
                let worker = KernelWorker::new(self, experiment, arch, train, shares.data)?;
                return Ok(Box::new(worker));
            }
            let (device, access) = (self.dfdx()?, Box::new(self));
            let worker = ComposedWorker::new(device, access, experiment, arch, train, shares.data)?;
            Ok(Box::new(worker))
        })?;
        Ok(Box::new(engine))
    }
}

impl Access<Cuda> for Gpu {
    fn enter(&self) -> Result<(), NetworkError> {
        self.context.bind_to_thread().map_err(|error| described(error.into()))
    }

    fn wait(&self) -> Result<(), NetworkError> {
        self.context.synchronize().map_err(|error| described(error.into()))
    }

    fn describe(&self, error: CudaError) -> NetworkError {
        described(error)
    }

    fn free_memory(&self) -> Option<u64> {
        result::mem_get_info().ok().map(|(free, _)| free as u64)
    }

    fn release(&self, device: &Cuda) -> Result<(), NetworkError> {
        device.try_empty_cache().map_err(described)?;
        // The memory becomes available once the GPU has caught up.
        self.wait()
    }
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn described(error: CudaError) -> NetworkError {
    const MEMORY: &str = "the GPU's memory is exhausted; choose a smaller train.batch_size or model, \
                          stop other programs on the GPU (see nvidia-smi), or use --device cpu";
    let text = match error {
        CudaError::Driver(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY))
        | CudaError::Blas(CublasError(cublasStatus_t::CUBLAS_STATUS_ALLOC_FAILED)) => {
            MEMORY.to_owned()
        }
        CudaError::Cpu(error) => return error.into(),
        CudaError::Driver(
            error @ DriverError(
                CUresult::CUDA_ERROR_INVALID_PTX
                | CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION
                | CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU
                | CUresult::CUDA_ERROR_INVALID_SOURCE,
            ),
        ) => format!(
            "the GPU cannot run this program's kernels ({}): they were built for other GPUs, or with a \
             newer CUDA than its driver supports; install a newer driver, or build the program here with \
             a CUDA toolkit of the driver's version (see nvidia-smi)",
            name(error)
        ),
        CudaError::Driver(error) => format!("the GPU failed: {}", name(error)),
        CudaError::Blas(CublasError(cublasStatus_t::CUBLAS_STATUS_NOT_INITIALIZED)) => {
            format!("cuBLAS failed to start: either it does not match the driver, or {MEMORY}")
        }
        CudaError::Blas(CublasError(status)) => format!("cuBLAS failed: {status:?}"),
    };
    NetworkError::Device(text)
}
