//! Structural similarity of a batch and its gradient; see [`crate::train::loss::Ssim`].
//!
//! The window's weights are separable, so the filters along rows and columns are products with banded
//! matrices. Variances are differences of nearly equal numbers in f32: where an image is flat, similarities
//! are accurate to about four digits.

use super::tensor::{
    DeviceResult, Kit, Matrix, Scalar, SendDevice, product, reshaped, times, transposed,
};
use crate::{
    arch::Size,
    train::loss::{SSIM_C1, SSIM_C2, Ssim as Windows},
};
use dfdx::{
    prelude::*,
    tensor_ops::{TryAdd, TryDiv, TryMatMul, TryMul, TrySub},
};

/// The structural similarity of images of one size.
#[derive(Debug)]
pub struct Ssim<D: SendDevice> {
    size: Size,
    /// The filter along rows: (width * channels, places * channels).
    along_rows: Matrix<D>,
    /// The filter along columns: (height, places).
    along_columns: Matrix<D>,
}

impl<D: SendDevice> Ssim<D> {
    /// Creates the measure for images of `size`.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(kit: &Kit<D>, size: Size) -> DeviceResult<Self, D> {
        let windows = Windows::new(size);
        let kernel = windows.kernel();
        let Size { height, width, channels: c } = size;
        let places = |side: usize| side + 1 - kernel.len();
        let mut rows = vec![0.0; width * c * places(width) * c];
        let mut columns = vec![0.0; height * places(height)];
        for (offset, &weight) in kernel.iter().enumerate() {
            for place in 0..places(width) {
                for channel in 0..c {
                    let (from, to) = ((place + offset) * c + channel, place * c + channel);
                    rows[from * places(width) * c + to] = weight as f32;
                }
            }
            for place in 0..places(height) {
                columns[(place + offset) * places(height) + place] = weight as f32;
            }
        }
        Ok(Self {
            size,
            along_rows: kit.matrix(rows, width * c, places(width) * c)?,
            along_columns: kit.matrix(columns, height, places(height))?,
        })
    }

    /// Returns the sum over a batch of 1 - similarity, and its gradient with respect to `x`; images have one
    /// row each.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn dissimilarity(
        &self,
        kit: &mut Kit<D>,
        x: &Matrix<D>,
        y: &Matrix<D>,
    ) -> DeviceResult<(Scalar<D>, Matrix<D>), D> {
        let batch = x.shape().0;
        let squares = x.clone().try_square()?.try_add(y.clone().try_square()?)?;
        let mean_x = self.filter(x)?;
        let mean_y = self.filter(y)?;
        let squares = self.filter(&squares)?;
        let products = self.filter(&times(x.clone(), y.clone())?)?;

        let means = times(mean_x.clone(), mean_y.clone())?;
        let mean_squares = mean_x.clone().try_square()?.try_add(mean_y.clone().try_square()?)?;
        let variances = squares.try_sub(mean_squares.clone())?.try_add(SSIM_C2 as f32)?;
        let mean_squares = mean_squares.try_add(SSIM_C1 as f32)?;
        let structure = products.try_sub(means.clone())?.try_mul(2.0)?.try_add(SSIM_C2 as f32)?;
        let luminance = means.try_mul(2.0)?.try_add(SSIM_C1 as f32)?;
        let denominator = times(mean_squares.clone(), variances.clone())?;
        let similarity =
            times(luminance.clone(), structure.clone())?.try_div(denominator.clone())?;

        let windows = similarity.shape().1 as f32;
        let sum = kit.sum(&similarity)?.try_mul(-1.0 / windows)?.try_add(batch as f32)?;

        // Derivatives with respect to E[x], E[xx + yy] and E[xy], as on the CPU.
        let by_mean = times(mean_y, structure.try_sub(luminance.clone())?)?
            .try_div(denominator.clone())?
            .try_sub(times(
                times(mean_x, similarity.clone())?,
                mean_squares.try_recip()?.try_sub(variances.clone().try_recip()?)?,
            )?)?
            .try_mul(2.0)?;
        let by_squares = similarity.try_div(variances)?.try_negate()?;
        let by_products = luminance.try_mul(2.0)?.try_div(denominator)?;
        let slopes = self
            .spread(&by_mean)?
            .try_add(times(self.spread(&by_squares)?, x.clone().try_mul(2.0)?)?)?
            .try_add(times(self.spread(&by_products)?, y.clone())?)?;
        Ok((sum, slopes.try_mul(-1.0 / windows)?))
    }

    /// Filters images: (batch, image) to (batch, windows), with windows in column-major order.
    fn filter(&self, x: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        let Size { height, width, channels } = self.size;
        let batch = x.shape().0;
        let rows = product(&reshaped(x, batch * height, width * channels)?, &self.along_rows)?;
        along(&rows, batch, &self.along_columns)
    }

    /// The adjoint of the filter: (batch, windows) to (batch, image).
    fn spread(&self, windows: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
        let batch = windows.shape().0;
        let places = self.along_columns.shape().1;
        let columns = reshaped(windows, windows.shape().0 * windows.shape().1 / places, places)?;
        let columns = product(&columns, &transposed(&self.along_columns)?)?;
        along(&columns, batch, &transposed(&self.along_rows)?)
    }
}

/// Multiplies the transpose of each image's matrix by `matrix`: (batch * m, n) and (m, k) to (batch, n * k).
/// The images are the first factor because on a GPU, dfdx cannot broadcast the first factor of a batched
/// product.
fn along<D: SendDevice>(
    images: &Matrix<D>,
    batch: usize,
    matrix: &Matrix<D>,
) -> DeviceResult<Matrix<D>, D> {
    let (&(rows, n), &(m, k)) = (images.shape(), matrix.shape());
    debug_assert_eq!(rows, batch * m);
    let images: Tensor<(usize, usize, usize), f32, D> =
        images.clone().try_reshape_like(&(batch, m, n))?;
    let columns = images.try_permute::<(usize, usize, usize), Axes3<0, 2, 1>>()?;
    columns.try_matmul(matrix.clone())?.try_reshape_like(&(batch, n * k))
}
