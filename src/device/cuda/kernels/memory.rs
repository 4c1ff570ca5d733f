//! A pool of GPU memory.

use cudarc::driver::{
    CudaDevice, CudaSlice, DevicePtr, DriverError,
    sys::{CUdeviceptr, CUresult},
};
use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

/// Free buffers by their length: an allocation by the driver takes as long as a kernel.
#[derive(Debug)]
pub struct Pool {
    context: Arc<CudaDevice>,
    free: Mutex<HashMap<usize, Vec<CudaSlice<f32>>>>,
}

impl Pool {
    /// An empty pool of the memory of `context`.
    pub fn new(context: Arc<CudaDevice>) -> Self {
        Self { context, free: Mutex::default() }
    }

    /// Takes a buffer of `len` values with unspecified contents.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn take(self: &Arc<Self>, len: usize) -> Result<Buffer, DriverError> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: any bits are a valid float. Reading them before writing would be a bug, which the tests
        // detect because they fill free memory with NaN.
        let allocate = || unsafe { self.context.alloc(len) };
        let slice = match free.get_mut(&len).and_then(Vec::pop).map_or_else(allocate, Ok) {
            // There may be enough free buffers of other lengths, such as before an epoch's last batch. Their
            // memory becomes available once the GPU has caught up.
            Err(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                free.clear();
                self.context.synchronize()?;
                allocate()?
            }
            taken => taken?,
        };
        Ok(Buffer { slice: Some(slice), len, pool: self.clone() })
    }
}

/// Values in GPU memory.
#[derive(Debug)]
pub struct Buffer {
    /// None only while being dropped.
    slice: Option<CudaSlice<f32>>,
    len: usize,
    pool: Arc<Pool>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(slice) = self.slice.take() {
            #[cfg(test)]
            fill_with_nan(&self.pool.context, &slice);
            let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
            free.entry(self.len).or_default().push(slice);
        }
    }
}

/// Overwrites a freed buffer, so that reading uninitialized memory shows.
#[cfg(test)]
fn fill_with_nan(context: &CudaDevice, slice: &CudaSlice<f32>) {
    use cudarc::driver::{DeviceSlice, result};
    let (pointer, bytes) = (*slice.device_ptr(), slice.num_bytes());
    // SAFETY: the slice has this many bytes.
    let _ = unsafe { result::memset_d8_async(pointer, 0xff, bytes, *context.cu_stream()) };
}

impl Buffer {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns a view of the whole buffer.
    pub fn all(&self) -> View<'_> {
        let pointer = self.slice.as_ref().map_or(0, |slice| *slice.device_ptr());
        View { pointer, len: self.len, buffer: PhantomData }
    }
}

/// A view of some values of a buffer. Views may alias: all work runs in order on a single stream.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pointer: CUdeviceptr,
    len: usize,
    buffer: PhantomData<&'a Buffer>,
}

impl View<'_> {
    /// An empty view, passed to kernels as a null pointer.
    pub const NONE: View<'static> = View { pointer: 0, len: 0, buffer: PhantomData };

    /// Returns the device address of the first value.
    pub fn pointer(&self) -> CUdeviceptr {
        self.pointer
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns a view of `len` values from `start` on.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn part(self, start: usize, len: usize) -> Self {
        assert!(start + len <= self.len, "values from {start} to {} of {}", start + len, self.len);
        Self { pointer: self.pointer + 4 * start as CUdeviceptr, len, ..self }
    }
}
