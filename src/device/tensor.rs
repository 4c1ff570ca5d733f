//! Matrices on a device, and the dfdx operations that everything else is composed of.
//!
//! Only operations with a fixed summation order are used: gathering rows, matrix products, elementwise
//! operations, and sums over a few neighbours. dfdx's gradients of indexing and broadcasting, and its long
//! sums, use atomic additions in an unspecified order, so that two trainings of one experiment would differ.
//! Nor are operations used that dfdx compiles at run time, since they need a CUDA toolkit on the machine that
//! trains.

#[allow(deprecated)] // its successor is compiled at run time
use dfdx::tensor_ops::TryConcat;
use dfdx::{
    prelude::*,
    tensor_ops::{ChooseFrom, TryAdd, TryMatMul, TryMul},
};
use std::collections::HashMap;

/// A matrix (rows, columns). Images have one row per pixel and one column per channel, codes one row each.
pub type Matrix<D> = Tensor<(usize, usize), f32, D>;
/// A single number, as a 1 x 1 matrix: dfdx copies a tensor's sizes to the device, and the list of a tensor
/// without dimensions would be empty.
pub type Scalar<D> = Matrix<D>;
/// Row indices.
pub type Index<D> = Tensor<(usize,), usize, D>;
/// A boolean for each value of a matrix.
pub type Mask<D> = Tensor<(usize, usize), bool, D>;
/// The result of an operation on a device.
pub type DeviceResult<T, D> = Result<T, <D as HasErr>::Err>;

/// A dfdx device that a network can be on.
///
/// # Safety
///
/// Any thread must be able to use the device and drop its tensors, whichever thread created them, as long as
/// no two do so at once and each has called [`Access::enter`](super::access::Access::enter).
pub unsafe trait SendDevice: Device<f32> {}

// SAFETY: the type is thread-safe.
unsafe impl SendDevice for Cpu {}

/// A device, and constants on it that operations use repeatedly.
#[derive(Debug)]
pub struct Kit<D: SendDevice> {
    /// The device.
    pub device: D,
    /// Rows of ones, by length.
    ones: HashMap<usize, Matrix<D>>,
}

impl<D: SendDevice> Kit<D> {
    /// A kit for `device`.
    pub fn new(device: D) -> Self {
        Self { device, ones: HashMap::new() }
    }

    /// Copies values to the device, row-major.
    ///
    /// # Errors
    /// When the device's memory is exhausted or `values` is not `rows` times `columns` long.
    pub fn matrix(
        &self,
        values: Vec<f32>,
        rows: usize,
        columns: usize,
    ) -> DeviceResult<Matrix<D>, D> {
        self.device.try_tensor_from_vec(values, (rows, columns))
    }

    /// Copies row indices to the device.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn index(&self, rows: Vec<usize>) -> DeviceResult<Index<D>, D> {
        let len = rows.len();
        self.device.try_tensor_from_vec(rows, (len,))
    }

    /// Returns a matrix of zeros.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn zeros(&self, rows: usize, columns: usize) -> DeviceResult<Matrix<D>, D> {
        self.device.try_zeros_like(&(rows, columns))
    }

    /// Broadcasts `value` to the shape of a matrix; takes the memory of a single number.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn everywhere(&self, value: f32, like: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        spread(self.matrix(vec![value], 1, 1)?, like)
    }

    /// Returns `values` where `mask` is set, and 0 elsewhere.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn keep(&self, mask: Mask<D>, values: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        let zeros = self.everywhere(0.0, &values)?;
        mask.try_choose(values, zeros)
    }

    /// Returns a row of `len` ones.
    fn ones(&mut self, len: usize) -> DeviceResult<Matrix<D>, D> {
        if let Some(ones) = self.ones.get(&len) {
            return Ok(ones.clone());
        }
        let ones = self.matrix(vec![1.0; len], 1, len)?;
        self.ones.insert(len, ones.clone());
        Ok(ones)
    }

    /// Returns the sum of all rows, which form `groups` groups of equal length: first across groups, then
    /// within one, so that no f32 sum has very many terms. (rows, c) to (1, c).
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn sum_rows(&mut self, x: &Matrix<D>, groups: usize) -> DeviceResult<Matrix<D>, D> {
        let &(rows, columns) = x.shape();
        let run = rows / groups;
        let x = reshaped(x, groups, run * columns)?;
        let sums = product(&self.ones(groups)?, &x)?;
        product(&self.ones(run)?, &reshaped(&sums, run, columns)?)
    }

    /// Returns the sum of all values.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn sum(&mut self, x: &Matrix<D>) -> DeviceResult<Scalar<D>, D> {
        let &(rows, columns) = x.shape();
        let sums = product(&self.ones(rows)?, x)?;
        let ones = transposed(&self.ones(columns)?)?;
        product(&sums, &ones)
    }
}

/// Broadcasts a number to the shape of a matrix, without allocating.
///
/// # Errors
/// None known.
pub fn spread<D: SendDevice>(number: Scalar<D>, like: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let number: Tensor<(), f32, D> = number.try_reshape_like(&())?;
    number.try_broadcast_like::<_, Axes2<0, 1>>(like.shape())
}

/// Returns the matrix product: (m, k) times (k, n).
///
/// # Errors
/// When the device's memory is exhausted.
pub fn product<D: SendDevice>(a: &Matrix<D>, b: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    a.clone().try_matmul(b.clone())
}

/// Returns the transpose, without copying; the result may only be used in a [`product`].
///
/// # Errors
/// None known.
pub fn transposed<D: SendDevice>(x: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    x.clone().try_permute::<(usize, usize), Axes2<1, 0>>()
}

/// Reshapes a matrix, without copying.
///
/// # Errors
/// None known.
pub fn reshaped<D: SendDevice>(
    x: &Matrix<D>,
    rows: usize,
    columns: usize,
) -> DeviceResult<Matrix<D>, D> {
    x.clone().try_reshape_like(&(rows, columns))
}

/// Gathers the rows of `x` given by `index`.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn rows<D: SendDevice>(x: Matrix<D>, index: &Index<D>) -> DeviceResult<Matrix<D>, D> {
    x.try_gather(index.clone())
}

/// Appends a row of zeros to `x`.
///
/// # Errors
/// When the device's memory is exhausted.
#[allow(deprecated)] // see the import
pub fn zero_row<D: SendDevice>(kit: &Kit<D>, x: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let columns = x.shape().1;
    x.try_concat(kit.zeros(1, columns)?)
}

/// Adds a row to every row of `x`.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn add_row<D: SendDevice>(x: Matrix<D>, row: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let &(rows, columns) = x.shape();
    let row: Tensor<(usize,), f32, D> = row.clone().try_reshape_like(&(columns,))?;
    x.try_add(row.try_broadcast_like::<_, Axis<0>>(&(rows, columns))?)
}

/// Returns the elementwise product.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn times<D: SendDevice>(a: Matrix<D>, b: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    a.try_mul(b)
}

/// Returns 1 - x.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn complement<D: SendDevice>(x: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    x.try_mul(-1.0)?.try_add(1.0)
}
