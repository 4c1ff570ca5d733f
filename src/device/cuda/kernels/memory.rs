//! Memory of a GPU that is used again and again.

use cudarc::driver::{
    CudaDevice, CudaSlice, DevicePtr, DriverError,
    sys::{CUdeviceptr, CUresult},
};
use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

/// Memory that nobody uses now, by its length: asking the driver for some takes as long as a kernel.
#[derive(Debug)]
pub struct Pool {
    context: Arc<CudaDevice>,
    free: Mutex<HashMap<usize, Vec<CudaSlice<f32>>>>,
}

impl Pool {
    /// Nothing yet of the memory of `context`.
    pub fn new(context: Arc<CudaDevice>) -> Self {
        Self { context, free: Mutex::default() }
    }

    /// `len` values, whatever they were before.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn take(self: &Arc<Self>, len: usize) -> Result<Buffer, DriverError> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: any bytes are a float, and what reads these before it wrote them is a mistake that
        // the tests find: memory is full of NaN there.
        let allocate = || unsafe { self.context.alloc(len) };
        let slice = match free.get_mut(&len).and_then(Vec::pop).map_or_else(allocate, Ok) {
            // Of other lengths there may be enough that nobody uses, as before an epoch's last batch. It
            // is free when the GPU has come so far.
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

/// Values in a GPU's memory.
#[derive(Debug)]
pub struct Buffer {
    /// None only while it is dropped.
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

/// So that nobody finds what was there before.
#[cfg(test)]
fn fill_with_nan(context: &CudaDevice, slice: &CudaSlice<f32>) {
    use cudarc::driver::{DeviceSlice, result};
    let (pointer, bytes) = (*slice.device_ptr(), slice.num_bytes());
    // SAFETY: so many bytes are there.
    let _ = unsafe { result::memset_d8_async(pointer, 0xff, bytes, *context.cu_stream()) };
}

impl Buffer {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// All of it.
    pub fn all(&self) -> View<'_> {
        let pointer = self.slice.as_ref().map_or(0, |slice| *slice.device_ptr());
        View { pointer, len: self.len, buffer: PhantomData }
    }
}

/// Some of the values of a buffer. Who computes with it takes care that nobody else writes there: the
/// GPU does one thing after the other.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pointer: CUdeviceptr,
    len: usize,
    buffer: PhantomData<&'a Buffer>,
}

impl View<'_> {
    /// No values, which a kernel is told by a null pointer.
    pub const NONE: View<'static> = View { pointer: 0, len: 0, buffer: PhantomData };

    /// Where the first value lies.
    pub fn pointer(&self) -> CUdeviceptr {
        self.pointer
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// `len` values from `start` on.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn part(self, start: usize, len: usize) -> Self {
        assert!(start + len <= self.len, "values from {start} to {} of {}", start + len, self.len);
        Self { pointer: self.pointer + 4 * start as CUdeviceptr, len, ..self }
    }
}
