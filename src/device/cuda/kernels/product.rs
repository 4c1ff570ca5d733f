//! Matrix products, by cuBLAS.

use super::{
    launch::{Kernels, count},
    memory::View,
};
use cudarc::cublas::{
    result::{sgemm, sgemm_strided_batched},
    sys::cublasOperation_t as Operation,
};
use dfdx::tensor::CudaError;

/// cuBLAS's `alpha` and `beta`.
static ONE: f32 = 1.0;
static ZERO: f32 = 0.0;

/// A factor of a matrix product: a row-major matrix or its transpose.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a> {
    values: View<'a>,
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Factor<'a> {
    /// A matrix with this many columns.
    pub fn new(values: View<'a>, columns: usize) -> Self {
        Self { values, rows: values.len() / columns, columns, transposed: false }
    }

    /// Returns the transpose, without copying.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// Returns the number of rows.
    pub fn rows(self) -> usize {
        self.rows
    }

    fn operation(self) -> Operation {
        if self.transposed { Operation::CUBLAS_OP_T } else { Operation::CUBLAS_OP_N }
    }

    /// Returns the leading dimension: the length of a row in memory.
    fn stride(self) -> i32 {
        count(if self.transposed { self.rows } else { self.columns }).cast_signed()
    }
}

impl Kernels {
    /// Writes `a` times `b` to `out`.
    ///
    /// # Errors
    /// When cuBLAS fails.
    ///
    /// # Panics
    /// When the shapes do not match.
    pub fn product(&self, a: Factor<'_>, b: Factor<'_>, out: View<'_>) -> Result<(), CudaError> {
        let (m, k, n) = (a.rows, a.columns, b.columns);
        assert!(b.rows == k && out.len() == m * n, "{m} x {k} times {} x {n}", b.rows);
        let [a_values, b_values, out] = [a.values, b.values, out].map(|view| view.pointer());
        // cuBLAS is column-major: it sees the transposes of these matrices, and the transpose of a product
        // is the product of the transposes in reverse order.
        // SAFETY: the pointers belong to views of these sizes.
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

    /// Computes the partial products of split-K: `slices` equal slices of the rows of `a` and `b`, the
    /// transpose of one times the other, consecutively in `out`.
    ///
    /// # Errors
    /// When cuBLAS fails.
    ///
    /// # Panics
    /// When the shapes do not match.
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
        // SAFETY: as above; slices are consecutive.
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
}
