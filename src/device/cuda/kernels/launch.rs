//! Launching kernels and matrix products.

use super::{
    kernel::{Kernel, NAMES},
    memory::{Buffer, Pool, View},
};
use crate::device::footprint::MOST_VALUES;
use cudarc::{
    cublas::{
        CudaBlas,
        result::{sgemm, sgemm_strided_batched},
        sys::cublasOperation_t as Operation,
    },
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

/// The kernels as build.rs compiled them: a zero behind them ends what may be text.
const IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernels.fatbin"));

/// Threads of a block, as kernels.cu has them where that matters.
pub const THREADS: u32 = 256;
/// Blocks that sum up at most; one block sums what they give.
pub const SUMS: usize = 256;
/// Blocks of a kernel that goes through values one by one, at most.
const MOST_BLOCKS: usize = 1 << 16;
/// Threads that keep every GPU busy.
const MOST_THREADS: u32 = 1 << 19;

/// What cuBLAS multiplies products by, and what was there before.
static ONE: f32 = 1.0;
static ZERO: f32 = 0.0;

/// A number of values, rows or columns as kernels take it.
///
/// # Panics
/// When it is as large as [`MOST_VALUES`] or larger, which [`Shares`](crate::device::Shares) rule out.
pub fn count(number: usize) -> u32 {
    assert!(number < MOST_VALUES, "kernels count to 2^31, and these are {number} values");
    number as u32
}

/// Blocks for so many values, one after the other.
pub fn blocks(values: usize) -> (u32, u32) {
    (values.div_ceil(THREADS as usize).clamp(1, MOST_BLOCKS) as u32, 1)
}

/// Blocks for rows of so many values each. With very many values a thread goes through some rows, for
/// all of which it finds out once where they lie.
pub fn blocks_of_rows(values: usize, rows: usize) -> (u32, u32) {
    let blocks = blocks(values).0;
    let most = (MOST_THREADS / (blocks * THREADS)).max(1) as usize;
    (blocks, rows.clamp(1, most) as u32)
}

/// A factor of a matrix product: a matrix as it lies, or its transpose.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a> {
    values: View<'a>,
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Factor<'a> {
    /// A matrix of so many columns.
    pub fn new(values: View<'a>, columns: usize) -> Self {
        Self { values, rows: values.len() / columns, columns, transposed: false }
    }

    /// Rows become columns; nothing moves.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// How many rows it has.
    pub fn rows(self) -> usize {
        self.rows
    }

    fn operation(self) -> Operation {
        if self.transposed { Operation::CUBLAS_OP_T } else { Operation::CUBLAS_OP_N }
    }

    /// Length of a row as it lies.
    fn stride(self) -> i32 {
        count(if self.transposed { self.rows } else { self.columns }).cast_signed()
    }
}

/// The kernels on one GPU, with cuBLAS and memory.
#[derive(Debug)]
pub struct Kernels {
    context: Arc<CudaDevice>,
    blas: CudaBlas,
    module: CUmodule,
    functions: Vec<CUfunction>,
    pool: Arc<Pool>,
}

impl Drop for Kernels {
    fn drop(&mut self) {
        // If that fails the GPU is gone, and the module with it.
        if self.wait().is_ok() {
            // SAFETY: it was loaded, and nothing of it runs any more.
            let _ = unsafe { result::module::unload(self.module) };
        }
    }
}

impl Kernels {
    /// Loads the kernels; the calling thread may use `context`.
    ///
    /// # Errors
    /// When the GPU cannot run them.
    pub fn new(context: Arc<CudaDevice>) -> Result<Self, CudaError> {
        let blas = CudaBlas::new(context.clone())?;
        let image: Vec<u8> = IMAGE.iter().copied().chain([0]).collect();
        // SAFETY: it is what nvcc made, whole and with a zero behind it.
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
            // SAFETY: the module was loaded just now.
            loaded.functions.push(unsafe { result::module::get_function(module, name) }?);
        }
        Ok(loaded)
    }

    /// Launches `kernel`.
    ///
    /// # Safety
    /// `arguments` must be those that it has in kernels.cu, and what they point to as long as it uses.
    pub unsafe fn launch(
        &self,
        kernel: Kernel,
        (blocks, rows): (u32, u32),
        (x, y): (u32, u32),
        arguments: &mut [*mut c_void],
    ) -> Result<(), CudaError> {
        let function = self.functions[kernel as usize];
        let stream = *self.context.cu_stream();
        // SAFETY: the function is of a module that is loaded; the rest is the caller's promise.
        unsafe {
            result::launch_kernel(function, (blocks, rows, 1), (x, y, 1), 0, stream, arguments)
        }?;
        Ok(())
    }

    /// `a` times `b`.
    ///
    /// # Errors
    /// When cuBLAS gives up.
    ///
    /// # Panics
    /// When the three do not fit.
    pub fn product(&self, a: Factor<'_>, b: Factor<'_>, out: View<'_>) -> Result<(), CudaError> {
        let (m, k, n) = (a.rows, a.columns, b.columns);
        assert!(b.rows == k && out.len() == m * n, "{m} x {k} times {} x {n}", b.rows);
        let [a_values, b_values, out] = [a.values, b.values, out].map(|view| view.pointer());
        // cuBLAS counts column by column: to it these are the transposes of the matrices, and the
        // transpose of a product is that of the transposes in the other order.
        // SAFETY: pointers and sizes are of values that are there.
        unsafe {
            sgemm(
                *self.blas.handle(),
                b.operation(),
                a.operation(),
                count(n).cast_signed(),
                count(m).cast_signed(),
                count(k).cast_signed(),
                &raw const ONE,
                b_values as *const f32,
                b.stride(),
                a_values as *const f32,
                a.stride(),
                &raw const ZERO,
                out as *mut f32,
                count(n).cast_signed(),
            )
        }?;
        Ok(())
    }

    /// The transpose of `a` times `b` by slices of their rows: a product for each of `slices` equal parts,
    /// one after the other in `out`.
    ///
    /// # Errors
    /// When cuBLAS gives up.
    ///
    /// # Panics
    /// When the three do not fit.
    pub fn products_of_slices(
        &self,
        slices: usize,
        a: Factor<'_>,
        b: Factor<'_>,
        out: View<'_>,
    ) -> Result<(), CudaError> {
        let (m, k, n) = (a.columns, a.rows / slices, b.columns);
        assert!(
            !a.transposed && !b.transposed && a.rows == b.rows,
            "{} and {} rows",
            a.rows,
            b.rows
        );
        assert!(a.rows == slices * k && out.len() == slices * m * n, "{slices} of {} rows", a.rows);
        let [a_values, b_values, out] = [a.values, b.values, out].map(|view| view.pointer());
        // SAFETY: as above; what slices have is one after the other.
        unsafe {
            sgemm_strided_batched(
                *self.blas.handle(),
                b.operation(),
                a.transposed().operation(),
                count(n).cast_signed(),
                count(m).cast_signed(),
                count(k).cast_signed(),
                &raw const ONE,
                b_values as *const f32,
                b.stride(),
                i64::from(count(k * n)),
                a_values as *const f32,
                a.stride(),
                i64::from(count(k * m)),
                &raw const ZERO,
                out as *mut f32,
                count(n).cast_signed(),
                i64::from(count(m * n)),
                count(slices).cast_signed(),
            )
        }?;
        Ok(())
    }

    /// Memory for `len` values, which are anything.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn buffer(&self, len: usize) -> Result<Buffer, CudaError> {
        Ok(self.pool.take(len)?)
    }

    /// Memory for `len` zeros.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn zeros(&self, len: usize) -> Result<Buffer, CudaError> {
        let buffer = self.buffer(len)?;
        let stream = *self.context.cu_stream();
        // SAFETY: so many bytes are there, and zeros are floats.
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
    /// When the GPU is gone.
    ///
    /// # Panics
    /// When `to` is not as long.
    pub fn write(&self, to: View<'_>, values: &[f32]) -> Result<(), CudaError> {
        assert_eq!(to.len(), values.len());
        let stream = *self.context.cu_stream();
        // SAFETY: as many are there, and `values` live until the stream has come here.
        unsafe { result::memcpy_htod_async(to.pointer(), values, stream) }?;
        self.wait()
    }

    /// Copies values from the GPU, when it has done all before.
    ///
    /// # Errors
    /// When the GPU is gone.
    pub fn read(&self, from: View<'_>) -> Result<Vec<f32>, CudaError> {
        let mut values = vec![0.0; from.len()];
        let stream = *self.context.cu_stream();
        // SAFETY: as many are there, and nobody reads `values` before the stream has come here.
        unsafe { result::memcpy_dtoh_async(&mut values, from.pointer(), stream) }?;
        self.wait()?;
        Ok(values)
    }

    /// Waits until the GPU has done all that it was asked for.
    ///
    /// # Errors
    /// When the GPU is gone.
    pub fn wait(&self) -> Result<(), CudaError> {
        // SAFETY: the stream lives as long as the context.
        Ok(unsafe { result::stream::synchronize(*self.context.cu_stream()) }?)
    }
}
