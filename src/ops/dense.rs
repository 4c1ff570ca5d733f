//! The dense layer: a matrix product with bias. Kernel (in, out), bias (out).

use super::activation::Before;
use super::gradients::widen;
use super::packing::{Kernel, Layout, Packed, alone};
use super::scratch::{self, Scratch};
use super::simd::gather::{Finish, Gather, Weights, gather};
use super::simd::lanes;
use super::simd::narrow::{Narrow, narrow};
use super::simd::outer::{Grid, Outer, Part, outer};
use super::simd::rows::{Pictures, RowProducts, row_products};
use super::{Family, activation};
use crate::arch::Activation;
use crate::reuse::emptied;
use std::mem;
use std::ops::RangeInclusive;

/// Values of a kernel's gradient that one task computes: a part of the first cache ...
const TASK: usize = 1 << 12;
/// ... unless that makes too few rows for what each task reads, all of `gz`, or too many to share out.
const TASK_ROWS: RangeInclusive<usize> = 48..=576;
/// Rows that are so many fill register blocks.
const WHOLE_ROWS: usize = 24;

/// From so many rows of a kernel on that is read as it is, a copy of `gz` as they meet it is worth its while.
const COPY_ROWS: usize = 16;
/// Values of such a copy, of all images together: a part of the first cache ...
const PIECE: usize = 1 << 12;
/// ... unless that leaves less of an image than this, for which sums over lanes would take too long.
const PIECE_RUN: usize = 256;

/// How many rows [`kernel_gradient`] is best given at a time.
pub fn rows_of_task(outputs: usize) -> usize {
    // The more outputs, the longer a task's copy of `gz` takes, if it needs one.
    let rows = (TASK / outputs).max(outputs / 32).clamp(*TASK_ROWS.start(), *TASK_ROWS.end());
    rows.next_multiple_of(WHOLE_ROWS)
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
    layout.pack_rows(outputs, std::iter::once(alone(kernel)), packed);
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
        (layout, false) => {
            layout.pack_columns(inputs, std::iter::once(alone(kernel)), packed.take(layout.len()));
        }
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
            (layout, true) => layout.unpacked(kernel.values, 0),
            (layout, false) => {
                let pack = |packed: &mut [f32]| {
                    layout.pack_columns(inputs, std::iter::once(alone(kernel.values)), packed);
                };
                layout.weights(kernel.packed(weights, || layout.len(), pack))
            }
        };
        product(family, batch, (x, inputs), weights, Some(bias), finish, (y, outputs));
    });
    activation::forward(family, rest, y);
}

/// Writes the gradient with respect to `x`, or to what was `before` it, to `gx`, from `gz`, the one with
/// respect to the pre-activation.
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
    before: Before<'_>,
    gx: &mut [f32],
) {
    check(inputs, outputs, batch, gx.len(), kernel.values.len(), gz.len());
    scratch::with(|Scratch { source, weights, .. }| {
        let (layout, long) = backward_layout(family, inputs, outputs);
        let (finish, rest) = before.split(!long && !layout.in_rows());
        if !long {
            let pack = |packed: &mut [f32]| pack_rows(layout, outputs, kernel.values, packed);
            let weights = layout.weights(kernel.packed(weights, || layout.len(), pack));
            product(family, batch, (gz, outputs), weights, None, finish, (gx, inputs));
            return rest.backward(family, gx);
        }
        if inputs < COPY_ROWS || !Pictures::enough(family, batch) {
            let weights = Weights::Rows { values: kernel.values, stride: outputs };
            product(family, batch, (gz, outputs), weights, None, finish, (gx, inputs));
            return rest.backward(family, gx);
        }
        // A piece of all images stays in the first cache while it meets the rows of the kernel.
        let piece = outputs.div_ceil(outputs.div_ceil((PIECE / batch).max(PIECE_RUN)));
        for first in (0..outputs).step_by(piece) {
            let run = piece.min(outputs - first);
            let pictures = Pictures::copy(family, &gz[first..], (outputs, run), source);
            let rows = &kernel.values[first..];
            row_products(
                family,
                &RowProducts { pictures, rows, stride: outputs, add: first > 0 },
                gx,
            );
        }
        rest.backward(family, gx);
    });
}

/// Writes the gradient with respect to some rows of the kernel, those from `first` on, to `rows`.
///
/// The batch comes in `chunks`, each with inputs `x` and `gz`. Every row is the product of an input's
/// column of `x` and `gz`, so rows can be shared out.
///
/// # Panics
///
/// When a slice is not as long as its shape, or the rows are not the kernel's.
pub fn kernel_gradient(
    family: Family,
    inputs: usize,
    outputs: usize,
    chunks: &[(&[f32], &[f32])],
    first: usize,
    rows: &mut [f32],
) {
    let run = rows.len() / outputs;
    assert_eq!(rows.len(), run * outputs, "dense: whole rows of {inputs} to {outputs}");
    assert!(first + run <= inputs, "dense: rows {first} to {} of {inputs}", first + run);
    let mut batch = 0;
    for (x, gz) in chunks {
        let pictures = x.len() / inputs;
        check(inputs, outputs, pictures, x.len(), inputs * outputs, gz.len());
        batch += pictures;
    }
    if batch == 0 {
        rows.fill(0.0);
    } else if Narrow::serves(family, (inputs, outputs), run) {
        narrow(family, &Narrow { chunks, inputs, outputs, first }, rows);
    } else {
        wide_gradient(family, (inputs, outputs), chunks, batch, first, rows);
    }
}

/// [`kernel_gradient`] of many outputs, over so many images.
fn wide_gradient(
    family: Family,
    (inputs, outputs): (usize, usize),
    chunks: &[(&[f32], &[f32])],
    batch: usize,
    first: usize,
    rows: &mut [f32],
) {
    let (lanes, run) = (lanes(family), rows.len() / outputs);
    let mut wide = outputs.next_multiple_of(lanes);
    if wide.is_multiple_of(1024) {
        // The first cache keeps values four kibibytes apart in a few of its places only.
        wide += lanes;
    }
    scratch::with(|Scratch { pixels, parts: kept, .. }| {
        let mut copies = pixels.take(if wide == outputs { 0 } else { batch * wide });
        let mut parts = emptied(mem::take(kept));
        for &(left, gz) in chunks.iter().filter(|(x, _)| !x.is_empty()) {
            let cols = left.len() / inputs;
            let mut right = gz;
            if wide > outputs {
                let (copy, rest) = mem::take(&mut copies).split_at_mut(cols * wide);
                widen(gz, outputs, wide, copy);
                (right, copies) = (copy, rest);
            }
            parts.push(Part { pictures: 1, rows: 1, cols, left, right });
        }
        let grid = |start, col| Grid { start, picture: 0, row: 0, col };
        let (left, right) = (grid(first, inputs), grid(0, wide));
        let job = Outer {
            parts: &parts,
            left,
            taps: 1,
            tap_stride: 0,
            run,
            sum: false,
            add: false,
            right,
            channels: outputs,
        };
        outer(family, &job, rows);
        *kept = emptied(parts);
    });
}

/// The images of a batch are the pixels of one row, each with a single run.
fn product(
    family: Family,
    batch: usize,
    (source, run): (&[f32], usize),
    weights: Weights<'_>,
    bias: Option<&[f32]>,
    finish: Finish<'_>,
    (out, channels): (&mut [f32], usize),
) {
    let job = Gather {
        source,
        clip: None,
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
        sums: &[],
        sums_at: Grid::default(),
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
