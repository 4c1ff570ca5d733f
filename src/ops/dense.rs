//! The dense layer: a matrix product plus a bias. The kernel is (in, out), the bias (out).

use super::activation::Before;
use super::packing::{Kernel, Layout, Packed, single};
use super::pixels::widen;
use super::scratch::{self, Scratch};
use super::simd::gather::{Epilogue, Gather, Weights, gather};
use super::simd::lanes;
use super::simd::narrow::{Narrow, narrow};
use super::simd::outer::{Grid, Outer, Part, outer};
use super::simd::rows::{Images, RowProducts, row_products};
use super::{Family, activation};
use crate::arch::Activation;
use crate::reuse::emptied;
use std::ops::RangeInclusive;
use std::{iter, mem};

/// Values of the kernel gradient per task, so that they take up only part of the L1 cache ...
const TASK: usize = 1 << 12;
/// ... within these bounds: with fewer rows, reading all of `gz` in each task does not pay; with more, there
/// are too few tasks to distribute.
const TASK_ROWS: RangeInclusive<usize> = 48..=576;
/// Multiples of this many rows fill the register blocks.
const WHOLE_ROWS: usize = 24;

/// The smallest number of rows of an unpacked kernel for which repacking `gz` pays off.
const COPY_ROWS: usize = 16;
/// Values per repacked piece of `gz`, over all images, so that it takes up only part of the L1 cache ...
const PIECE: usize = 1 << 12;
/// ... but at least this many per image, since shorter sums would be dominated by the reduction over lanes.
const PIECE_RUN: usize = 256;

/// A dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dense {
    /// Values per input vector.
    pub inputs: usize,
    /// Values per output vector.
    pub outputs: usize,
}

impl Dense {
    /// Packs `kernel` for [`Self::forward`].
    pub fn pack_forward(&self, family: Family, kernel: &[f32], packed: &mut Packed) {
        match self.forward_layout(family) {
            (_, true) => packed.clear(),
            (layout, false) => self.pack_columns(layout, kernel, packed.take(layout.len())),
        }
    }

    /// Packs `kernel` for [`Self::input_gradient`].
    pub fn pack_backward(&self, family: Family, kernel: &[f32], packed: &mut Packed) {
        match self.backward_layout(family) {
            (_, true) => packed.clear(),
            (layout, false) => self.pack_rows(layout, kernel, packed.take(layout.len())),
        }
    }

    /// Writes `activation(x kernel + bias)` to `y`: (batch, inputs) becomes (batch, outputs).
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape.
    pub fn forward(
        &self,
        family: Family,
        batch: usize,
        x: &[f32],
        kernel: Kernel<'_>,
        bias: &[f32],
        activation: Activation,
        y: &mut [f32],
    ) {
        let Self { inputs, outputs } = *self;
        self.check(batch, x.len(), kernel.values.len(), y.len());
        assert_eq!(bias.len(), outputs, "dense: bias of {inputs} to {outputs}");
        let (epilogue, rest) = activation::split(activation);
        scratch::with(|Scratch { weights, .. }| {
            let weights = match self.forward_layout(family) {
                (layout, true) => layout.unpacked(kernel.values, 0),
                (layout, false) => {
                    let pack =
                        |packed: &mut [f32]| self.pack_columns(layout, kernel.values, packed);
                    layout.weights(kernel.packed(weights, || layout.len(), pack))
                }
            };
            product(family, batch, (x, inputs), weights, Some(bias), epilogue, (y, outputs));
        });
        activation::forward(family, rest, y);
    }

    /// Computes the gradient with respect to `x`, or to the input of the activation `before` it, from `gz`,
    /// the gradient with respect to the pre-activation, and writes it to `gx`.
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape.
    pub fn input_gradient(
        &self,
        family: Family,
        batch: usize,
        gz: &[f32],
        kernel: Kernel<'_>,
        before: Before<'_>,
        gx: &mut [f32],
    ) {
        let Self { inputs, outputs } = *self;
        self.check(batch, gx.len(), kernel.values.len(), gz.len());
        scratch::with(|Scratch { source, weights, .. }| {
            let (layout, long) = self.backward_layout(family);
            let (epilogue, rest) = before.split(!long && !layout.in_rows());
            if !long {
                let pack = |packed: &mut [f32]| self.pack_rows(layout, kernel.values, packed);
                let weights = layout.weights(kernel.packed(weights, || layout.len(), pack));
                product(family, batch, (gz, outputs), weights, None, epilogue, (gx, inputs));
                return rest.backward(family, gx);
            }
            if inputs < COPY_ROWS || !Images::enough(family, batch) {
                let weights = Weights::Rows { values: kernel.values, stride: outputs };
                product(family, batch, (gz, outputs), weights, None, epilogue, (gx, inputs));
                return rest.backward(family, gx);
            }
            // A piece of all images stays in the L1 cache while the rows of the kernel stream past.
            let piece = outputs.div_ceil(outputs.div_ceil((PIECE / batch).max(PIECE_RUN)));
            for first in (0..outputs).step_by(piece) {
                let run = piece.min(outputs - first);
                let images = Images::copy(family, &gz[first..], (outputs, run), source);
                let rows = &kernel.values[first..];
                let job = RowProducts { images, rows, stride: outputs, add: first > 0 };
                row_products(family, &job, gx);
            }
            rest.backward(family, gx);
        });
    }

    /// Returns the best number of rows to give to one call of [`Self::kernel_gradient`].
    pub fn rows_of_task(&self) -> usize {
        // The more outputs, the longer a task takes to copy `gz`, if it has to.
        let rows = (TASK / self.outputs).max(self.outputs / 32);
        rows.clamp(*TASK_ROWS.start(), *TASK_ROWS.end()).next_multiple_of(WHOLE_ROWS)
    }

    /// Writes the gradient with respect to the kernel's rows from `first` on to `rows`.
    ///
    /// The batch comes in `chunks`, each with inputs `x` and gradients `gz`. Every row is the product of one
    /// column of `x` and `gz`, so rows can be distributed over threads.
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape, or the rows are outside the kernel.
    pub fn kernel_gradient(
        &self,
        family: Family,
        chunks: &[(&[f32], &[f32])],
        first: usize,
        rows: &mut [f32],
    ) {
        let Self { inputs, outputs } = *self;
        let run = rows.len() / outputs;
        assert_eq!(rows.len(), run * outputs, "dense: whole rows of {inputs} to {outputs}");
        assert!(first + run <= inputs, "dense: rows {first} to {} of {inputs}", first + run);
        let mut batch = 0;
        for (x, gz) in chunks {
            let images = x.len() / inputs;
            self.check(images, x.len(), inputs * outputs, gz.len());
            batch += images;
        }
        if batch == 0 {
            rows.fill(0.0);
        } else if Narrow::supports(family, (inputs, outputs), run) {
            narrow(family, &Narrow { chunks, inputs, outputs, first }, rows);
        } else {
            self.wide_gradient(family, chunks, batch, first, rows);
        }
    }

    /// [`Self::kernel_gradient`] for many outputs.
    fn wide_gradient(
        &self,
        family: Family,
        chunks: &[(&[f32], &[f32])],
        batch: usize,
        first: usize,
        rows: &mut [f32],
    ) {
        let Self { inputs, outputs } = *self;
        let (lanes, run) = (lanes(family), rows.len() / outputs);
        let mut wide = outputs.next_multiple_of(lanes);
        if wide.is_multiple_of(1024) {
            // Addresses 4 KiB apart map to the same few sets of the L1 cache.
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
                parts.push(Part { images: 1, rows: 1, cols, left, right });
            }
            let grid = |start, col| Grid { start, image: 0, row: 0, col };
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

    /// Returns the packed layout for [`Self::forward`], and whether it reads the kernel unpacked instead.
    fn forward_layout(&self, family: Family) -> (Layout, bool) {
        let layout = Layout::new(family, self.inputs, self.outputs);
        (layout, layout.readable_unpacked())
    }

    /// Returns the packed layout for [`Self::input_gradient`], and whether it reads the kernel unpacked
    /// instead: a row of the kernel holds the weights of one input, and if it is long enough, the final
    /// reduction over lanes is negligible.
    fn backward_layout(&self, family: Family) -> (Layout, bool) {
        (Layout::new(family, self.outputs, self.inputs), self.outputs >= 8 * lanes(family))
    }

    fn pack_columns(&self, layout: Layout, kernel: &[f32], packed: &mut [f32]) {
        layout.pack_columns(self.inputs, iter::once(single(kernel)), packed);
    }

    fn pack_rows(&self, layout: Layout, kernel: &[f32], packed: &mut [f32]) {
        layout.pack_rows(self.outputs, iter::once(single(kernel)), packed);
    }

    fn check(&self, batch: usize, x: usize, kernel: usize, y: usize) {
        let Self { inputs, outputs } = *self;
        assert_eq!(x, batch * inputs, "dense: {batch} inputs of {inputs} to {outputs}");
        assert_eq!(kernel, inputs * outputs, "dense: kernel of {inputs} to {outputs}");
        assert_eq!(y, batch * outputs, "dense: {batch} outputs of {inputs} to {outputs}");
    }
}

/// Runs the matrix product as a gather: the batch is one row of pixels, each with a single run.
fn product(
    family: Family,
    batch: usize,
    (source, run): (&[f32], usize),
    weights: Weights<'_>,
    bias: Option<&[f32]>,
    epilogue: Epilogue<'_>,
    (out, channels): (&mut [f32], usize),
) {
    let job = Gather {
        source,
        clip: None,
        start: 0,
        taps: 1,
        tap_stride: 0,
        run,
        images: 1,
        image_stride: 0,
        rows: 1,
        row_stride: 0,
        cols: batch,
        col_stride: run,
        weights,
        bias,
        sums: &[],
        sums_at: Grid::default(),
        channels,
        epilogue,
        out_start: 0,
        out_image_stride: 0,
        out_row_stride: 0,
        out_col_stride: channels,
    };
    gather(family, &job, out);
}
