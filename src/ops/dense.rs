//! The dense layer: a matrix product with bias. Kernel (in, out), bias (out).

use super::gradients::whole_vectors;
use super::packing::{Kernel, Layout, Packed};
use super::scratch::{self, Scratch};
use super::simd::gather::{Finish, Gather, Weights, gather};
use super::simd::lanes;
use super::simd::outer::{Grid, Outer, outer};
use super::simd::transpose::{Transpose, transpose};
use super::{Family, activation};
use crate::arch::Activation;
use std::ops::RangeInclusive;

/// With so few outputs, the kernel's gradient is computed with vectors of inputs.
const NARROW: usize = 8;

/// Values of a kernel's gradient that one task computes: they stay in the second-level cache.
const TASK: usize = 1 << 14;
/// Fewer rows would not fill a register block, more would leave threads without any.
const TASK_ROWS: RangeInclusive<usize> = 8..=512;

/// How many rows [`kernel_gradient`] is best given at a time.
pub fn rows_of_task(outputs: usize) -> usize {
    (TASK / outputs).clamp(*TASK_ROWS.start(), *TASK_ROWS.end())
}

/// How [`forward`] reads the kernel, unless it reads it as it is.
fn forward_layout(family: Family, inputs: usize, outputs: usize) -> (Layout, bool) {
    let layout = Layout::new(family, inputs, outputs);
    (layout, layout.serves())
}

/// How [`input_gradient`] reads the kernel, unless it reads it as it is: a row of the kernel is the
/// run of one input's sum, and may be long enough for the sum over lanes at its end not to matter.
fn backward_layout(family: Family, inputs: usize, outputs: usize) -> (Layout, bool) {
    (Layout::new(family, outputs, inputs), outputs >= 8 * lanes(family))
}

fn pack_rows(layout: Layout, outputs: usize, kernel: &[f32], packed: &mut [f32]) {
    layout.pack_rows(outputs, std::iter::once(kernel), packed);
}

/// Packs `kernel` for [`forward`].
pub fn pack_forward(
    family: Family,
    inputs: usize,
    outputs: usize,
    kernel: &[f32],
    packed: &mut Packed,
) {
    match forward_layout(family, inputs, outputs) {
        (_, true) => packed.clear(),
        (layout, false) => layout.pack_columns(kernel, packed.take(layout.len())),
    }
}

/// Packs `kernel` for [`input_gradient`].
pub fn pack_backward(
    family: Family,
    inputs: usize,
    outputs: usize,
    kernel: &[f32],
    packed: &mut Packed,
) {
    match backward_layout(family, inputs, outputs) {
        (_, true) => packed.clear(),
        (layout, false) => pack_rows(layout, outputs, kernel, packed.take(layout.len())),
    }
}

/// Writes `activation(x kernel + bias)` to `y`: (batch, inputs) becomes (batch, outputs).
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn forward(
    family: Family,
    inputs: usize,
    outputs: usize,
    batch: usize,
    x: &[f32],
    kernel: Kernel<'_>,
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    check(inputs, outputs, batch, x.len(), kernel.values.len(), y.len());
    assert_eq!(bias.len(), outputs, "dense: bias of {inputs} to {outputs}");
    let (finish, rest) = activation::split(activation);
    scratch::with(|Scratch { weights, .. }| {
        let weights = match forward_layout(family, inputs, outputs) {
            (layout, true) => layout.unpacked(kernel.values),
            (layout, false) => {
                let pack = |packed: &mut [f32]| layout.pack_columns(kernel.values, packed);
                layout.weights(kernel.packed(weights, layout.len(), pack))
            }
        };
        product(family, batch, (x, inputs), weights, Some(bias), finish, (y, outputs));
    });
    activation::forward(family, rest, y);
}

/// Writes the gradient with respect to `x` to `gx`, from `gz`, the one with respect to the
/// pre-activation.
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn input_gradient(
    family: Family,
    inputs: usize,
    outputs: usize,
    batch: usize,
    gz: &[f32],
    kernel: Kernel<'_>,
    gx: &mut [f32],
) {
    check(inputs, outputs, batch, gx.len(), kernel.values.len(), gz.len());
    scratch::with(|Scratch { weights, .. }| {
        let weights = match backward_layout(family, inputs, outputs) {
            (_, true) => Weights::Rows { values: kernel.values, stride: outputs },
            (layout, false) => {
                let pack = |packed: &mut [f32]| pack_rows(layout, outputs, kernel.values, packed);
                layout.weights(kernel.packed(weights, layout.len(), pack))
            }
        };
        product(family, batch, (gz, outputs), weights, None, Finish::Linear, (gx, inputs));
    });
}

/// Adds the gradient with respect to some rows of the kernel, those from `first` on, to `rows`.
///
/// Every row is the product of an input's column of `x` and `gz`, so rows can be shared out.
///
/// # Panics
///
/// When a slice is not as long as its shape, or the rows are not the kernel's.
pub fn kernel_gradient(
    family: Family,
    inputs: usize,
    outputs: usize,
    batch: usize,
    x: &[f32],
    gz: &[f32],
    first: usize,
    rows: &mut [f32],
) {
    check(inputs, outputs, batch, x.len(), inputs * outputs, gz.len());
    let run = rows.len() / outputs;
    assert_eq!(rows.len(), run * outputs, "dense: whole rows of {inputs} to {outputs}");
    assert!(first + run <= inputs, "dense: rows {first} to {} of {inputs}", first + run);
    // Side by side, the inputs of these rows stay in the first cache.
    let wide = run.next_multiple_of(lanes(family));
    let inputs_of_rows = |pitch: usize, out: &mut [f32]| {
        for (x, out) in x.chunks_exact(inputs).zip(out.chunks_exact_mut(pitch)) {
            out[..run].copy_from_slice(&x[first..first + run]);
            out[run..].fill(0.0);
        }
    };
    scratch::with(|Scratch { source, weights, pixels }| {
        if outputs > NARROW {
            let (right, pitch) = whole_vectors(family, gz, outputs, pixels);
            let left = source.take(batch * run);
            inputs_of_rows(run, left);
            products(family, batch, (left, run), (right, pitch, outputs), rows);
            return;
        }
        let right = source.take(batch * wide);
        inputs_of_rows(wide, right);
        let across = pixels.take(outputs * run);
        across.fill(0.0);
        products(family, batch, (gz, outputs), (right, wide, run), across);
        let down = weights.take(rows.len());
        let job =
            Transpose { from: across, stride: run, rows: outputs, cols: run, to_stride: outputs };
        transpose(family, &job, down);
        rows.iter_mut().zip(down).for_each(|(row, sum)| *row += *sum);
    });
}

/// Adds the products of the factors' vectors, picture by picture, to `out`: (left, right). Each factor
/// comes with the length of its vectors, the right one with their distance before that.
fn products(
    family: Family,
    batch: usize,
    (left, run): (&[f32], usize),
    (right, wide, channels): (&[f32], usize, usize),
    out: &mut [f32],
) {
    let grid = |col| Grid { start: 0, picture: 0, row: 0, col };
    let (left_grid, right_grid) = (grid(run), grid(wide));
    let job = Outer {
        pictures: 1,
        rows: 1,
        cols: batch,
        left,
        left_grid,
        run,
        right,
        right_grid,
        channels,
    };
    outer(family, &job, out);
}

/// The pictures of a batch are the pixels of one row, each with a single run.
fn product(
    family: Family,
    batch: usize,
    (source, run): (&[f32], usize),
    weights: Weights<'_>,
    bias: Option<&[f32]>,
    finish: Finish,
    (out, channels): (&mut [f32], usize),
) {
    let job = Gather {
        source,
        start: 0,
        taps: 1,
        tap_stride: 0,
        run,
        pictures: 1,
        picture_stride: 0,
        rows: 1,
        row_stride: 0,
        cols: batch,
        col_stride: run,
        weights,
        bias,
        channels,
        finish,
        out_start: 0,
        out_picture_stride: 0,
        out_row_stride: 0,
        out_col_stride: channels,
    };
    gather(family, &job, out);
}

fn check(inputs: usize, outputs: usize, batch: usize, x: usize, kernel: usize, y: usize) {
    assert_eq!(x, batch * inputs, "dense: {batch} inputs of {inputs} to {outputs}");
    assert_eq!(kernel, inputs * outputs, "dense: kernel of {inputs} to {outputs}");
    assert_eq!(y, batch * outputs, "dense: {batch} outputs of {inputs} to {outputs}");
}
