//! What both convolutions are made of: from the large side down to the small one, and back up.
//!
//! Sources are copied behind a border of zeros, so that a window's row is one contiguous run. Upwards
//! every residue of the output position modulo the stride (a phase) meets its own taps of the kernel;
//! within a phase neighbouring outputs read neighbouring inputs, so nothing is scattered.

use super::Family;
use super::border::Border;
use super::packing::{Kernel, Layout, Packed};
use super::scratch::{self, Buffer, Scratch};
use super::simd::gather::{Clip, Finish, Gather, Weights, gather};
use crate::arch::{ConvShape, Window};

/// Pictures are copied behind their border up to so many values at a time: the copies are read again
/// and again, and should be found in the cache.
const GROUP: usize = 1 << 16;

/// How many pictures, of `len` values each behind its border, are copied at a time: of a `batch` as
/// even parts as can be, which have as many values as the kernel that each of them walks through, if
/// that has more.
pub(super) fn group(shape: &ConvShape, len: usize, batch: usize) -> usize {
    let most = GROUP.max(shape.kernel_len());
    let parts = (batch * len).div_ceil(most).max(1);
    batch.div_ceil(parts).max(1)
}

/// How [`down`] reads the kernel, unless it reads it as it is.
fn down_layout(family: Family, shape: &ConvShape) -> (Layout, bool) {
    let layout =
        Layout::new(family, shape.kernel_len() / shape.small_channels, shape.small_channels);
    (layout, layout.serves())
}

/// Packs a kernel for [`down`].
pub(super) fn pack_down(family: Family, shape: &ConvShape, kernel: &[f32], packed: &mut Packed) {
    match down_layout(family, shape) {
        (_, true) => packed.clear(),
        (layout, false) => layout.pack_columns(kernel, packed.take(layout.len())),
    }
}

/// From the large side to the small one: `out` is overwritten.
pub(super) fn down(
    family: Family,
    shape: &ConvShape,
    large_pictures: &[f32],
    kernel: Kernel<'_>,
    bias: Option<&[f32]>,
    finish: Finish,
    out: &mut [f32],
) {
    let (border, large, small) = (Border::large(shape), shape.large().len(), shape.small().len());
    let bordered = border.len(shape.large_channels);
    let group = group(shape, bordered, large_pictures.len() / large);
    scratch::with(|Scratch { source, weights, .. }| {
        let source = source.take(group * bordered);
        let weights = down_weights(family, shape, kernel, weights);
        let pictures = large_pictures.chunks(group * large);
        for (pictures, out) in pictures.zip(out.chunks_mut(group * small)) {
            border.copy(pictures, shape.large(), source);
            let count = pictures.len() / large;
            down_bordered(family, shape, (source, count), weights, bias, finish, out);
        }
    });
}

fn down_weights<'b>(
    family: Family,
    shape: &ConvShape,
    kernel: Kernel<'b>,
    buffer: &'b mut Buffer,
) -> Weights<'b> {
    match down_layout(family, shape) {
        (layout, true) => layout.unpacked(kernel.values),
        (layout, false) => {
            let pack = |packed: &mut [f32]| layout.pack_columns(kernel.values, packed);
            layout.weights(kernel.packed(buffer, layout.len(), pack))
        }
    }
}

/// [`down`] for so many pictures behind their borders.
fn down_bordered(
    family: Family,
    shape: &ConvShape,
    (source, pictures): (&[f32], usize),
    weights: Weights<'_>,
    bias: Option<&[f32]>,
    finish: Finish,
    out: &mut [f32],
) {
    let (channels, small) = (shape.large_channels, shape.small());
    let border = Border::large(shape);
    let line = border.cols * channels;
    let job = Gather {
        source,
        clip: None,
        start: 0,
        taps: shape.rows.kernel,
        tap_stride: line,
        run: shape.cols.kernel * channels,
        pictures,
        picture_stride: border.len(channels),
        rows: small.height,
        row_stride: shape.rows.stride * line,
        cols: small.width,
        col_stride: shape.cols.stride * channels,
        weights,
        bias,
        channels: small.channels,
        finish,
        out_start: 0,
        out_picture_stride: small.len(),
        out_row_stride: small.width * small.channels,
        out_col_stride: small.channels,
    };
    gather(family, &job, out);
}

/// One axis of a phase: the outputs whose window starts share a residue, and the taps they meet.
#[derive(Clone, Copy)]
struct Phase {
    /// First output and how many there are, a stride apart.
    first: usize,
    count: usize,
    /// The kernel's taps `residue`, `residue + stride`, ...: so many of them.
    residue: usize,
    taps: usize,
    /// Where the first output's run starts in the bordered source.
    start: usize,
}

impl Phase {
    fn new(window: &Window, residue: usize) -> Self {
        let Window { input, kernel, stride, pad, .. } = *window;
        let first = (residue + stride - pad % stride) % stride;
        let count = input.saturating_sub(first).div_ceil(stride);
        let taps = kernel.saturating_sub(residue).div_ceil(stride);
        let front = kernel.div_ceil(stride) - 1;
        // Output `first` meets input `(first + pad) / stride` through its first tap and those
        // before it through the others; without taps any start inside the border will do.
        let start = (front + (first + pad) / stride + 1).saturating_sub(taps.max(1));
        Self { first, count, residue, taps, start }
    }
}

/// All phases that have outputs.
fn phases(shape: &ConvShape) -> impl Iterator<Item = (Phase, Phase)> {
    let axis = |window: Window| {
        (0..window.stride).map(move |r| Phase::new(&window, r)).filter(|phase| phase.count > 0)
    };
    let cols = shape.cols;
    axis(shape.rows).flat_map(move |v| axis(cols).map(move |h| (v, h)))
}

/// The kernel's matrices (large, small) that a phase meets, in the order of its inputs: the last tap
/// meets the first input.
fn taps<'k>(
    shape: &ConvShape,
    v: Phase,
    h: Phase,
    kernel: &'k [f32],
) -> impl Iterator<Item = &'k [f32]> {
    let (rows, cols) = (shape.rows, shape.cols);
    let len = shape.large_channels * shape.small_channels;
    (0..v.taps).rev().flat_map(move |ty| {
        (0..h.taps).rev().map(move |tx| {
            let (ky, kx) = (v.residue + ty * rows.stride, h.residue + tx * cols.stride);
            &kernel[(ky * cols.kernel + kx) * len..][..len]
        })
    })
}

/// How [`up`] reads the part of the kernel that a phase meets.
fn up_layout(family: Family, shape: &ConvShape, v: Phase, h: Phase) -> Layout {
    Layout::new(family, v.taps * h.taps * shape.small_channels, shape.large_channels)
}

/// Values that [`up`] reads, over all phases.
fn up_len(family: Family, shape: &ConvShape) -> usize {
    phases(shape).map(|(v, h)| up_layout(family, shape, v, h).len()).sum()
}

/// Packs a kernel for [`up`].
pub(super) fn pack_up(family: Family, shape: &ConvShape, kernel: &[f32], packed: &mut Packed) {
    pack_phases(family, shape, kernel, packed.take(up_len(family, shape)));
}

fn pack_phases(family: Family, shape: &ConvShape, kernel: &[f32], mut rest: &mut [f32]) {
    for (v, h) in phases(shape) {
        let layout = up_layout(family, shape, v, h);
        let part;
        (part, rest) = rest.split_at_mut(layout.len());
        layout.pack_rows(shape.small_channels, taps(shape, v, h, kernel), part);
    }
}

/// From the small side to the large one: `out` is overwritten.
pub(super) fn up(
    family: Family,
    shape: &ConvShape,
    small: &[f32],
    kernel: Kernel<'_>,
    bias: Option<&[f32]>,
    finish: Finish,
    out: &mut [f32],
) {
    let (size, large) = (shape.small(), shape.large());
    let border = Border::small(shape);
    let weights_len = up_len(family, shape);
    // With a few channels a copy behind a border would take longer than the arithmetic.
    let clips = phases(shape).all(|(v, h)| up_layout(family, shape, v, h).in_rows());
    let (line, len) = if clips {
        (size.width * size.channels, size.len())
    } else {
        (border.cols * size.channels, border.len(size.channels))
    };
    let count = small.len() / size.len();
    let group = if clips { count } else { group(shape, len, count) };
    scratch::with(|Scratch { source, weights: buffer, .. }| {
        let copies = source.take(if clips { 0 } else { group * len });
        let pack = |packed: &mut [f32]| pack_phases(family, shape, kernel.values, packed);
        let packed = kernel.packed(buffer, weights_len, pack);
        let pictures = small.chunks(group * size.len());
        for (pictures, out) in pictures.zip(out.chunks_mut(group * large.len())) {
            if !clips {
                border.copy(pictures, size, copies);
            }
            let mut rest = packed;
            for (v, h) in phases(shape) {
                let layout = up_layout(family, shape, v, h);
                let part;
                (part, rest) = rest.split_at(layout.len());
                let clip = Clip {
                    top: v.start.cast_signed() - border.top.cast_signed(),
                    height: size.height,
                    left: h.start.cast_signed() - border.left.cast_signed(),
                    width: size.width,
                };
                let start = v.start * line + h.start * size.channels;
                let corner = border.top * line + border.left * size.channels;
                let job = Gather {
                    source: if clips { pictures } else { &*copies },
                    clip: clips.then_some(clip),
                    start: if clips { start.wrapping_sub(corner) } else { start },
                    taps: v.taps,
                    tap_stride: line,
                    run: h.taps * size.channels,
                    pictures: pictures.len() / size.len(),
                    picture_stride: len,
                    rows: v.count,
                    row_stride: line,
                    cols: h.count,
                    col_stride: size.channels,
                    weights: layout.weights(part),
                    bias,
                    channels: large.channels,
                    finish,
                    out_start: (v.first * large.width + h.first) * large.channels,
                    out_picture_stride: large.len(),
                    out_row_stride: shape.rows.stride * large.width * large.channels,
                    out_col_stride: shape.cols.stride * large.channels,
                };
                gather(family, &job, out);
            }
        }
    });
}
