//! Forward and backward passes of the layers, composed of the operations of [`super::tensor`].
//!
//! A convolution gathers each window into a row (im2col) and multiplies by the kernel. A transposed
//! convolution multiplies first and then sums the contributions to each pixel (col2im). Each is the other's
//! input gradient, as in [`crate::ops`].

use super::{
    taps::Taps,
    tensor::{
        DeviceResult, Kit, Matrix, SendDevice, add_row, product, reshaped, rows, transposed,
        zero_row,
    },
};
use dfdx::prelude::*;

/// Kernel and bias of a layer, or their gradients.
///
/// The kernel is a matrix: (in, out) for a dense layer, (taps * large channels, small channels) for either
/// convolution, with taps in row-major order; these are Keras's layouts. The bias is a row.
#[derive(Debug, Clone)]
pub struct Weights<D: SendDevice> {
    /// The kernel.
    pub kernel: Matrix<D>,
    /// The bias.
    pub bias: Matrix<D>,
}

/// The gradients of a layer: of its weights, and of its input if it is needed.
pub type Gradients<D> = (Weights<D>, Option<Matrix<D>>);

/// im2col, one window per row: (large pixels, l) to (small pixels, taps * l).
fn unfold<D: SendDevice>(
    kit: &Kit<D>,
    taps: &Taps<D>,
    large: Matrix<D>,
) -> DeviceResult<Matrix<D>, D> {
    let channels = large.shape().1;
    let windows = rows(zero_row(kit, large)?, &taps.large)?;
    reshaped(&windows, windows.shape().0 / taps.count, taps.count * channels)
}

/// col2im, the adjoint of [`unfold`]: sums the contributions of all windows to each pixel.
/// (small pixels + 1, taps * l), with zeros in the last row, to (large pixels, l).
fn fold<D: SendDevice>(taps: &Taps<D>, windows: &Matrix<D>) -> DeviceResult<Matrix<D>, D> {
    let &(places, wide) = windows.shape();
    let channels = wide / taps.count;
    let pairs = reshaped(windows, places * taps.count, channels)?;
    let mut sums: Option<Matrix<D>> = None;
    for (meeting, len) in &taps.meeting {
        let met = rows(pairs.clone(), meeting)?;
        let pixels = met.shape().0 / len;
        let part = if *len == 1 {
            met
        } else {
            let met: Tensor<(usize, usize, usize), f32, D> =
                met.try_reshape_like(&(pixels, *len, channels))?;
            met.try_sum::<(usize, usize), Axis<1>>()?
        };
        match &mut sums {
            None => sums = Some(part),
            Some(sums) => sums.try_axpy(1.0, &part, 1.0)?,
        }
    }
    // There is always at least one list: every pixel has a slot, if only for a zero.
    Ok(sums.unwrap_or(pairs))
}

/// The convolution, from the large side to the small one; also returns the windows for [`conv_backward`].
///
/// # Errors
/// When the device's memory is exhausted.
pub fn conv<D: SendDevice>(
    kit: &Kit<D>,
    taps: &Taps<D>,
    x: Matrix<D>,
    weights: &Weights<D>,
) -> DeviceResult<(Matrix<D>, Matrix<D>), D> {
    let windows = unfold(kit, taps, x)?;
    let z = add_row(product(&windows, &weights.kernel)?, &weights.bias)?;
    Ok((z, windows))
}

/// Returns the gradients of [`conv`] over `batch` images: `windows` are its windows, `gz` is the gradient of its
/// result. The input gradient is only computed if `passes_on`.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn conv_backward<D: SendDevice>(
    kit: &mut Kit<D>,
    taps: &Taps<D>,
    batch: usize,
    windows: &Matrix<D>,
    weights: &Weights<D>,
    gz: Matrix<D>,
    passes_on: bool,
) -> DeviceResult<Gradients<D>, D> {
    let kernel = product(&transposed(windows)?, &gz)?;
    let bias = kit.sum_rows(&gz, batch)?;
    let gx = if passes_on {
        let gradients = product(&zero_row(kit, gz)?, &transposed(&weights.kernel)?)?;
        Some(fold(taps, &gradients)?)
    } else {
        None
    };
    Ok((Weights { kernel, bias }, gx))
}

/// The transposed convolution, from the small side to the large one.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn conv_transpose<D: SendDevice>(
    kit: &Kit<D>,
    taps: &Taps<D>,
    x: Matrix<D>,
    weights: &Weights<D>,
) -> DeviceResult<Matrix<D>, D> {
    // `fold` needs a row of zeros after the data; appending it to `x` is cheaper than to the windows.
    let windows = product(&zero_row(kit, x)?, &transposed(&weights.kernel)?)?;
    add_row(fold(taps, &windows)?, &weights.bias)
}

/// Returns the gradients of [`conv_transpose`] over `batch` images `x`, where `gz` is the gradient of its
/// result. The input gradient is only computed if `passes_on`.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn conv_transpose_backward<D: SendDevice>(
    kit: &mut Kit<D>,
    taps: &Taps<D>,
    batch: usize,
    x: &Matrix<D>,
    weights: &Weights<D>,
    gz: Matrix<D>,
    passes_on: bool,
) -> DeviceResult<Gradients<D>, D> {
    let bias = kit.sum_rows(&gz, batch)?;
    let windows = unfold(kit, taps, gz)?;
    let kernel = product(&transposed(&windows)?, x)?;
    let gx = if passes_on { Some(product(&windows, &weights.kernel)?) } else { None };
    Ok((Weights { kernel, bias }, gx))
}

/// The dense layer: (batch, in) to (batch, out).
///
/// # Errors
/// When the device's memory is exhausted.
pub fn dense<D: SendDevice>(x: &Matrix<D>, weights: &Weights<D>) -> DeviceResult<Matrix<D>, D> {
    add_row(product(x, &weights.kernel)?, &weights.bias)
}

/// Returns the gradients of [`dense`]; the input gradient is only computed if `passes_on`.
///
/// # Errors
/// When the device's memory is exhausted.
pub fn dense_backward<D: SendDevice>(
    kit: &mut Kit<D>,
    x: &Matrix<D>,
    weights: &Weights<D>,
    gz: &Matrix<D>,
    passes_on: bool,
) -> DeviceResult<Gradients<D>, D> {
    let kernel = product(&transposed(x)?, gz)?;
    let bias = kit.sum_rows(gz, gz.shape().0)?;
    let gx = if passes_on { Some(product(gz, &transposed(&weights.kernel)?)?) } else { None };
    Ok((Weights { kernel, bias }, gx))
}
