//! What every operation on a device is composed of: matrices, and dfdx's own operations on them.
//!
//! Of those, only such as add in a fixed order are used: gathering rows, matrix products, operations
//! value by value, and sums over a few neighbours. dfdx's gradients of indexing and broadcasting, and
//! its long sums, add by atomic operations in whatever order the device comes to them, and would make
//! two trainings of one experiment differ. Nor is anything used that dfdx compiles when it is first
//! called: that would take a CUDA toolkit on the machine that trains.

#[allow(deprecated)] // its successor is compiled when it is first called
use dfdx::tensor_ops::TryConcat;
use dfdx::{
    prelude::*,
    tensor_ops::{ChooseFrom, TryAdd, TryMatMul, TryMul},
};
use std::collections::HashMap;

/// Rows and columns. Images are a row a pixel and a column a channel, codes a row each.
pub type Matrix<D> = Tensor<(usize, usize), f32, D>;
/// One number: a matrix of one row and column, since kernels get the sizes of what they work on as
/// a list, and those of a tensor without dimensions would be an empty one.
pub type Scalar<D> = Matrix<D>;
/// Numbers of rows.
pub type Index<D> = Tensor<(usize,), usize, D>;
/// Yes or no for each value of a matrix.
pub type Mask<D> = Tensor<(usize, usize), bool, D>;
/// The result of an operation on a device.
pub type DeviceResult<T, D> = Result<T, <D as HasErr>::Err>;

/// A dfdx device that a network can live on.
///
/// # Safety
///
/// Any thread may use the device and drop its tensors, wherever they were made, as long as no two do
/// so at once and each has come through [`Access::enter`](super::access::Access::enter).
pub unsafe trait SendDevice: Device<f32> {}

// SAFETY: it is a thread-safe type.
unsafe impl SendDevice for Cpu {}

/// A device, and the constants on it that operations need again and again.
#[derive(Debug)]
pub struct Kit<D: SendDevice> {
    /// The device.
    pub device: D,
    /// Ones in a row, by their number.
    ones: HashMap<usize, Matrix<D>>,
}

impl<D: SendDevice> Kit<D> {
    /// Everything needed on `device`.
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

    /// Copies numbers of rows to the device.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn index(&self, rows: Vec<usize>) -> DeviceResult<Index<D>, D> {
        let len = rows.len();
        self.device.try_tensor_from_vec(rows, (len,))
    }

    /// Zeros.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn zeros(&self, rows: usize, columns: usize) -> DeviceResult<Matrix<D>, D> {
        self.device.try_zeros_like(&(rows, columns))
    }

    /// `value` at every place of a matrix; it takes the memory of one number.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn everywhere(&self, value: f32, like: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        spread(self.matrix(vec![value], 1, 1)?, like)
    }

    /// `values` where `mask` is set, elsewhere 0.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn keep(&self, mask: Mask<D>, values: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        let zeros = self.everywhere(0.0, &values)?;
        mask.try_choose(values, zeros)
    }

    /// `len` ones in a row.
    fn ones(&mut self, len: usize) -> DeviceResult<Matrix<D>, D> {
        if let Some(ones) = self.ones.get(&len) {
            return Ok(ones.clone());
        }
        let ones = self.matrix(vec![1.0; len], 1, len)?;
        self.ones.insert(len, ones.clone());
        Ok(ones)
    }

    /// The sum of all rows, of which there are `groups` runs of equal length: first over runs, then
    /// over what is left, so that no sum in f32 is over very many numbers. (rows, c) to (1, c).
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

    /// The sum of all values.
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

/// A number at every place of a matrix; it takes no memory.
///
/// # Errors
/// None that is known.
pub fn spread<D: SendDevice>(number: Scalar<D>, like: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let number: Tensor<(), f32, D> = number.try_reshape_like(&())?;
    number.try_broadcast_like::<_, Axes2<0, 1>>(like.shape())
}

/// (m, k) times (k, n).
///
/// # Errors
/// When the device's memory is exhausted.
pub fn product<D: SendDevice>(a: &Matrix<D>, b: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    a.clone().try_matmul(b.clone())
}

/// Rows become columns; nothing moves, and the result is good for a [`product`] only.
///
/// # Errors
/// None that is known.
pub fn transposed<D: SendDevice>(x: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    x.clone().try_permute::<(usize, usize), Axes2<1, 0>>()
}

/// The same values in rows of another length; nothing moves.
///
/// # Errors
/// None that is known.
pub fn reshaped<D: SendDevice>(
    x: &Matrix<D>,
    rows: usize,
    columns: usize,
) -> DeviceResult<Matrix<D>, D> {
    x.clone().try_reshape_like(&(rows, columns))
}

/// The rows of `x` that `index` names, in its order.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn rows<D: SendDevice>(x: Matrix<D>, index: &Index<D>) -> DeviceResult<Matrix<D>, D> {
    x.try_gather(index.clone())
}

/// `x` with a row of zeros after its last.
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

/// The product value by value.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn times<D: SendDevice>(a: Matrix<D>, b: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    a.try_mul(b)
}

/// 1 - x.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn complement<D: SendDevice>(x: Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    x.try_mul(-1.0)?.try_add(1.0)
}
