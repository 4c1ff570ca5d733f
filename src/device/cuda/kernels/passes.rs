//! The building blocks of layers besides matrix products, one kernel each.

use super::{
    kernel::{has, launch, layout},
    launch::{Kernels, THREADS, blocks, blocks_of_rows, count},
    memory::{Buffer, View},
    product::Factor,
};
use crate::{
    arch::{Activation, ConvShape},
    device::slices::slices,
    ops::activation::{ABOVE_ZERO, BELOW_ONE, LEAKY_SLOPE},
};
use dfdx::tensor::CudaError;

/// The most strips of rows that are summed separately: enough blocks for a large GPU, and few enough for one
/// block to sum their results.
const STRIPS: usize = 512;

/// `Geometry` in cu/convolution.cuh.
#[repr(C)]
struct Geometry {
    height: u32,
    width: u32,
    small_height: u32,
    small_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    pad_y: u32,
    pad_x: u32,
    channels: u32,
}
layout!(Geometry is Geometry, 44, height: 0, width: 4, small_height: 8, small_width: 12, kernel_height: 16, kernel_width: 20, stride_y: 24, stride_x: 28, pad_y: 32, pad_x: 36, channels: 40);

impl Geometry {
    fn new(shape: &ConvShape) -> Self {
        let (rows, cols) = (shape.rows, shape.cols);
        Self {
            height: count(rows.input),
            width: count(cols.input),
            small_height: count(rows.output),
            small_width: count(cols.output),
            kernel_height: count(rows.kernel),
            kernel_width: count(cols.kernel),
            stride_y: count(rows.stride),
            stride_x: count(cols.stride),
            pad_y: count(rows.pad),
            pad_x: count(cols.pad),
            channels: count(shape.large_channels),
        }
    }
}

// The kernels number activations in the order of the enum, and have constants of their own.
const _: () = {
    use Activation::{Elu, Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    const ORDER: [Activation; 8] = [Linear, Relu, LeakyRelu, Elu, Gelu, Silu, Tanh, Sigmoid];
    let mut number = 0;
    while number < ORDER.len() {
        assert!(ORDER[number] as usize == number, "the number of an activation");
        number += 1;
    }
    assert!(has("{ LINEAR, RELU, LEAKY_RELU, ELU, GELU, SILU, TANH, SIGMOID };"), "activations");
    assert!(has("LEAKY_SLOPE = 0.3f;") && LEAKY_SLOPE.to_bits() == 0.3_f32.to_bits(), "slope");
    assert!(has("ABOVE_ZERO = 1e-30f;") && ABOVE_ZERO.to_bits() == 1e-30_f32.to_bits(), "bound");
    assert!(
        has("BELOW_ONE = 0.99999994f;") && BELOW_ONE.to_bits() == 0.999_999_94_f32.to_bits(),
        "bound"
    );
};

/// Adds a row to every row of `z` and applies the function, in place.
///
/// # Errors
/// When the GPU is lost.
pub fn add_bias(
    kernels: &Kernels,
    z: &Buffer,
    bias: View<'_>,
    function: Activation,
) -> Result<(), CudaError> {
    assert!(z.len().is_multiple_of(bias.len()));
    let (values, row) = (z.all().pointer(), bias.pointer());
    let (columns, len, function) = (count(bias.len()), count(z.len()), function as i32);
    let grid = blocks(z.len());
    launch!(kernels, AddBias, grid, (THREADS, 1), values, row, columns, len, function)
}

/// Applies the function to every value.
///
/// # Errors
/// When the GPU's memory is exhausted.
pub fn activate(kernels: &Kernels, z: &Buffer, function: Activation) -> Result<Buffer, CudaError> {
    let y = kernels.buffer(z.len())?;
    let (from, to) = (z.all().pointer(), y.all().pointer());
    let (len, function, grid) = (count(z.len()), function as i32, blocks(z.len()));
    launch!(kernels, Activate, grid, (THREADS, 1), from, to, len, function)?;
    Ok(y)
}

/// im2col: (pixels, channels) of each image to (small pixels, taps * channels).
///
/// # Errors
/// When the GPU's memory is exhausted.
pub fn unfold(
    kernels: &Kernels,
    shape: &ConvShape,
    batch: usize,
    large: &Buffer,
) -> Result<Buffer, CudaError> {
    assert_eq!(large.len(), batch * shape.large().len());
    let windows = kernels.buffer(batch * shape.windows_len())?;
    let (from, to) = (large.all().pointer(), windows.all().pointer());
    let (geometry, images) = (Geometry::new(shape), count(batch));
    let len = shape.windows_len();
    if shape.large_channels.is_multiple_of(4) {
        let grid = blocks_of_rows(len / 4, batch);
        launch!(kernels, UnfoldVec4, grid, (THREADS, 1), geometry, images, from, to)?;
    } else {
        let grid = blocks_of_rows(len, batch);
        launch!(kernels, Unfold, grid, (THREADS, 1), geometry, images, from, to)?;
    }
    Ok(windows)
}

/// col2im, the adjoint of [`unfold`], then adds the bias, if any, and applies the function.
///
/// # Errors
/// When the GPU is lost.
pub fn fold(
    kernels: &Kernels,
    shape: &ConvShape,
    batch: usize,
    windows: &Buffer,
    bias: View<'_>,
    function: Activation,
    large: &Buffer,
) -> Result<(), CudaError> {
    assert_eq!(windows.len(), batch * shape.windows_len());
    assert_eq!(large.len(), batch * shape.large().len());
    assert!([0, shape.large_channels].contains(&bias.len()));
    let (from, to) = (windows.all().pointer(), large.all().pointer());
    let (geometry, images) = (Geometry::new(shape), count(batch));
    let (bias, function, len) = (bias.pointer(), function as i32, shape.large().len());
    let block = (THREADS, 1);
    if shape.large_channels.is_multiple_of(4) {
        let grid = blocks_of_rows(len / 4, batch);
        launch!(kernels, FoldVec4, grid, block, geometry, images, from, bias, function, to)
    } else {
        let grid = blocks_of_rows(len, batch);
        launch!(kernels, Fold, grid, block, geometry, images, from, bias, function, to)
    }
}

/// Backpropagates the gradient `g` through a function, in place, and sums its columns to `sums`.
///
/// # Errors
/// When the GPU's memory is exhausted.
pub fn activation_backward(
    kernels: &Kernels,
    function: Activation,
    saved: &Buffer,
    g: &Buffer,
    sums: View<'_>,
) -> Result<(), CudaError> {
    assert_eq!(saved.len(), g.len());
    let columns = sums.len();
    let rows = g.len() / columns;
    let (x, chunks) = side_by_side(columns);
    let y = THREADS / x;
    let strip = rows.div_ceil(STRIPS).next_multiple_of(4 * y as usize);
    let strips = rows.div_ceil(strip);
    let parts = if strips > 1 { Some(kernels.buffer(strips * columns)?) } else { None };
    let to = parts.as_ref().map_or(sums, Buffer::all).pointer();
    let (saved, g, function) = (saved.all().pointer(), g.all().pointer(), function as i32);
    let (rows, columns, strip) = (count(rows), count(columns), count(strip));
    let grid = (chunks, count(strips));
    launch!(
        kernels,
        ActivationBackward,
        grid,
        (x, y),
        saved,
        g,
        rows,
        columns,
        strip,
        function,
        to
    )?;
    parts.map_or(Ok(()), |parts| sum_rows(kernels, &parts, sums))
}

/// Sums the columns of a few rows.
///
/// # Errors
/// When the GPU is lost.
fn sum_rows(kernels: &Kernels, parts: &Buffer, sums: View<'_>) -> Result<(), CudaError> {
    let columns = sums.len();
    let rows = count(parts.len() / columns);
    // A single strip, with as many threads as a block can have.
    let (x, chunks) = side_by_side(columns);
    let (grid, block) = ((chunks, 1), (x, 1024 / x));
    let (from, to) = (parts.all().pointer(), sums.pointer());
    let (columns, linear) = (count(columns), Activation::Linear as i32);
    launch!(kernels, ActivationBackward, grid, block, from, from, rows, columns, rows, linear, to)
}

/// Returns how many columns a block sums, at most one per thread of a warp so that loads are coalesced, and
/// the number of blocks along the columns.
fn side_by_side(columns: usize) -> (u32, u32) {
    let x = columns.next_power_of_two().min(32);
    (x as u32, count(columns.div_ceil(x)))
}

/// Computes the transpose of `a` times `b`, a kernel's gradient, with split-K if they have many rows.
///
/// # Errors
/// When the GPU's memory is exhausted, or cuBLAS fails.
pub fn product_over_rows(
    kernels: &Kernels,
    a: Factor<'_>,
    b: Factor<'_>,
    out: View<'_>,
) -> Result<(), CudaError> {
    let slices = slices(out.len(), a.rows());
    if slices == 1 {
        return kernels.product(a.transposed(), b, out);
    }
    let parts = kernels.buffer(slices * out.len())?;
    kernels.products_of_slices(slices, a, b, parts.all())?;
    sum_rows(kernels, &parts, out)
}
