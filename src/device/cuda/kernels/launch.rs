//! The kernels on a GPU: launches, and the memory that they work on.

use super::{
    kernel::{Kernel, NAMES, has},
    memory::{Buffer, Pool, View},
};
use crate::device::footprint::MOST_VALUES;
use cudarc::{
    cublas::CudaBlas,
    driver::{
        CudaDevice, result,
        sys::{CUfunction, CUmodule},
    },
};
use dfdx::tensor::CudaError;
use std::{
    ffi::{CString, c_void},
    sync::Arc,
};

/// The kernels compiled by build.rs.
const IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernels.fatbin"));

/// Threads per block.
pub const THREADS: u32 = 256;
const _: () = assert!(has("SUMMING = 256;"), "reductions sum over blocks of as many threads");
/// The most blocks of a reduction; one block sums their results.
pub const SUMS: usize = 256;
/// The most blocks of an elementwise kernel.
const MOST_BLOCKS: usize = 1 << 16;
/// The number of threads that occupies any GPU.
const MOST_THREADS: u32 = 1 << 19;

/// Converts a number of values, rows or columns to the type that kernels take.
///
/// # Panics
/// When it is as large as [`MOST_VALUES`] or larger, which [`Shares`](crate::device::Shares) rule out.
pub fn count(number: usize) -> u32 {
    assert!(number < MOST_VALUES, "kernels count to 2^31, and these are {number} values");
    number as u32
}

/// Returns the grid for this many consecutive values.
pub fn blocks(values: usize) -> (u32, u32) {
    (values.div_ceil(THREADS as usize).clamp(1, MOST_BLOCKS) as u32, 1)
}

/// Returns the grid for `rows` rows of `values` values each. With very many values, each thread processes
/// several rows, and computes the offset within a row only once.
pub fn blocks_of_rows(values: usize, rows: usize) -> (u32, u32) {
    let blocks = blocks(values).0;
    let most = (MOST_THREADS / (blocks * THREADS)).max(1) as usize;
    (blocks, rows.clamp(1, most) as u32)
}

/// The kernels on one GPU, with cuBLAS and a memory pool.
#[derive(Debug)]
pub struct Kernels {
    context: Arc<CudaDevice>,
    pub(super) blas: CudaBlas,
    module: CUmodule,
    functions: Vec<CUfunction>,
    pool: Arc<Pool>,
}

impl Drop for Kernels {
    fn drop(&mut self) {
        // If waiting fails, the GPU is lost, and the module with it.
        if self.wait().is_ok() {
            // SAFETY: the module is loaded, and none of its kernels is running.
            let _ = unsafe { result::module::unload(self.module) };
        }
    }
}

impl Kernels {
    /// Loads the kernels; `context` must be current on the calling thread.
    ///
    /// # Errors
    /// When the GPU cannot run them.
    pub fn new(context: Arc<CudaDevice>) -> Result<Self, CudaError> {
        let blas = CudaBlas::new(context.clone())?;
        // An image may be text, which ends with a zero.
        let image: Vec<u8> = IMAGE.iter().copied().chain([0]).collect();
        // SAFETY: the image was made by nvcc, is complete and ends with a zero.
        let module = unsafe { result::module::load_data(image.as_ptr().cast()) }?;
        let mut loaded = Self {
            pool: Arc::new(Pool::new(context.clone())),
            context,
            blas,
            module,
            functions: Vec::with_capacity(NAMES.len()),
        };
        for name in NAMES {
            let name = CString::new(*name).unwrap_or_default();
            // SAFETY: the module was just loaded.
            loaded.functions.push(unsafe { result::module::get_function(module, name) }?);
        }
        Ok(loaded)
    }

    /// Launches `kernel`.
    ///
    /// # Safety
    ///
    /// `arguments` must match the kernel's parameters, and the memory that they point to must be large enough.
    ///
    /// # Errors
    /// When the GPU is lost.
    pub unsafe fn launch(
        &self,
        kernel: Kernel,
        (blocks, rows): (u32, u32),
        (x, y): (u32, u32),
        arguments: &mut [*mut c_void],
    ) -> Result<(), CudaError> {
        let function = self.functions[kernel as usize];
        let stream = *self.context.cu_stream();
        // SAFETY: the function belongs to a loaded module; the caller vouches for the arguments.
        unsafe {
            result::launch_kernel(function, (blocks, rows, 1), (x, y, 1), 0, stream, arguments)
        }?;
        Ok(())
    }

    /// Allocates memory for `len` values with unspecified contents.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn buffer(&self, len: usize) -> Result<Buffer, CudaError> {
        Ok(self.pool.take(len)?)
    }

    /// Allocates `len` zeros.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn zeros(&self, len: usize) -> Result<Buffer, CudaError> {
        let buffer = self.buffer(len)?;
        let stream = *self.context.cu_stream();
        // SAFETY: the buffer has this many bytes, and zero bytes are valid floats.
        unsafe { result::memset_d8_async(buffer.all().pointer(), 0, 4 * len, stream) }?;
        Ok(buffer)
    }

    /// Copies values to the GPU.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn upload(&self, values: &[f32]) -> Result<Buffer, CudaError> {
        let buffer = self.buffer(values.len())?;
        self.write(buffer.all(), values)?;
        Ok(buffer)
    }

    /// Replaces values on the GPU.
    ///
    /// # Errors
    /// When the GPU is lost.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn write(&self, to: View<'_>, values: &[f32]) -> Result<(), CudaError> {
        assert_eq!(to.len(), values.len());
        let stream = *self.context.cu_stream();
        // SAFETY: the lengths match, and `values` outlives the copy because of the wait.
        unsafe { result::memcpy_htod_async(to.pointer(), values, stream) }?;
        self.wait()
    }

    /// Copies values from the GPU, after all earlier work.
    ///
    /// # Errors
    /// When the GPU is lost.
    pub fn read(&self, from: View<'_>) -> Result<Vec<f32>, CudaError> {
        let mut values = vec![0.0; from.len()];
        let stream = *self.context.cu_stream();
        // SAFETY: the lengths match, and `values` is not read before the wait.
        unsafe { result::memcpy_dtoh_async(&mut values, from.pointer(), stream) }?;
        self.wait()?;
        Ok(values)
    }

    /// Waits until the GPU has completed all submitted work.
    ///
    /// # Errors
    /// When the GPU is lost.
    pub fn wait(&self) -> Result<(), CudaError> {
        // SAFETY: the stream lives as long as the context.
        Ok(unsafe { result::stream::synchronize(*self.context.cu_stream()) }?)
    }
}
