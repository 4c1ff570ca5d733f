//! Gradients of kernels and biases.

use super::Family;
use super::activation::Before;
use super::border::Border;
use super::buffer::Buffer;
use super::packing::Kernel;
use super::passes::{Pass, SMALL_KERNEL, group};
use super::pixels::whole_vectors;
use super::scratch::{self, Scratch};
use super::simd::outer::{Grid, Outer, Part, outer};
use super::simd::sums::{Sums, sums};
use super::simd::{lanes, rows_at_once};
use crate::arch::{ConvShape, Size};

/// Returns the distance between pixels in a copy whose windows begin `stride` pixels apart. Addresses 1 KiB
/// apart map to few sets of the L1 cache; an extra cache line per pixel spreads them.
fn pitch(stride: usize, channels: usize) -> usize {
    if (stride * channels).is_multiple_of(256) { channels + 16 } else { channels }
}

/// Values per strip of rows. If a small kernel takes several passes over the pixels, all passes run over one
/// strip before the next, so that the strip stays in the L1 cache.
const STRIP: usize = 8192;

/// The side that holds the pre-activation gradient, and where its sum over all pixels is accumulated.
pub(super) enum Bias<'a> {
    Large(&'a mut [f32]),
    Small(&'a mut [f32]),
}

impl Bias<'_> {
    /// Adds the bias gradient of some images.
    fn add(&mut self, family: Family, large: &[f32], small: &[f32]) {
        match self {
            Self::Large(gbias) => bias_gradient(family, large, gbias),
            Self::Small(gbias) => bias_gradient(family, small, gbias),
        }
    }
}

/// Adds the gradient of the kernel (h, w, large, small) to `out`, and that of the bias to `bias`. With
/// `outputs`, also runs the pass from the large side down to the small one with the given kernel, and
/// backpropagates its results through the preceding activation.
pub(super) fn kernel_gradient(
    family: Family,
    shape: &ConvShape,
    large: &[f32],
    small: &[f32],
    outputs: Option<(Kernel<'_>, Before<'_>, &mut [f32])>,
    out: &mut [f32],
    mut bias: Bias<'_>,
) {
    let pass = Pass::down(family, shape);
    let in_pairs = pass.gradient_saves();
    let mut shared = None;
    if let Some((kernel, before, outputs)) = outputs {
        match kernel.kept() {
            Some(packed) if in_pairs => shared = Some((packed, before, outputs)),
            _ => pass.run_back(large, kernel, before, outputs),
        }
    }
    if in_pairs {
        bias.add(family, large, small);
        return pass.add_gradient(large, small, shared, out);
    }
    let pitch = pitch(shape.cols.stride, shape.large_channels);
    if shape.kernel_len() <= SMALL_KERNEL && pitch == shape.large_channels {
        few_weights(family, shape, large, small, out, bias);
    } else {
        many_weights(family, shape, pitch, large, small, out, bias);
    }
}

/// Splits both sides into groups of images that are padded and copied together.
fn groups<'a>(
    shape: &ConvShape,
    pitch: usize,
    large: &'a [f32],
    small: &'a [f32],
) -> impl Iterator<Item = (usize, &'a [f32], &'a [f32])> {
    let (size, to) = (shape.large().len(), shape.small().len());
    let group = group(shape, Border::large(shape).len(pitch), large.len() / size);
    let images = large.chunks(group * size).zip(small.chunks(group * to));
    images.map(move |(large, small)| (large.len() / size, large, small))
}

/// [`kernel_gradient`] for a small kernel. Accumulates in a buffer beside `out`; if the bias gradient is the
/// sum over the small side, it is computed as one more row of that buffer.
fn few_weights(
    family: Family,
    shape: &ConvShape,
    large: &[f32],
    small: &[f32],
    out: &mut [f32],
    mut bias: Bias<'_>,
) {
    let (border, size) = (Border::large(shape), shape.large());
    let sum = matches!(bias, Bias::Small(_));
    scratch::with(|Scratch { source, pixels, weights, .. }| {
        let sums = weights.take(out.len() + if sum { shape.small_channels } else { 0 });
        sums.fill(0.0);
        for (images, large, small) in groups(shape, size.channels, large, small) {
            if !sum {
                bias.add(family, large, small);
            }
            let copies = source.take(images * border.len(size.channels));
            border.copy(family, large, size, size.channels, copies);
            add_strips(family, shape, images, (copies, small), pixels, sum, sums);
        }
        let (kernel, sum) = sums.split_at(out.len());
        add(kernel, out);
        if let Bias::Small(gbias) = bias {
            add(sum, gbias);
        }
    });
}

/// [`kernel_gradient`] for any other kernel.
fn many_weights(
    family: Family,
    shape: &ConvShape,
    pitch: usize,
    large: &[f32],
    small: &[f32],
    out: &mut [f32],
    mut bias: Bias<'_>,
) {
    let (border, Size { height, width, channels }) = (Border::large(shape), shape.small());
    let wide = channels.next_multiple_of(lanes(family));
    scratch::with(|Scratch { source, pixels, .. }| {
        for (images, large, small) in groups(shape, pitch, large, small) {
            bias.add(family, large, small);
            let left = source.take(images * border.len(pitch));
            border.copy(family, large, shape.large(), pitch, left);
            let right = whole_vectors(small, channels, wide, pixels);
            let part = Part { images, rows: height, cols: width, left, right };
            add_products(family, shape, pitch, wide, part, false, out);
        }
    });
}

fn add(values: &[f32], sums: &mut [f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// Runs [`add_products`] on some images of both sides, the large ones padded: all at once if one pass is
/// enough, otherwise strip by strip.
fn add_strips(
    family: Family,
    shape: &ConvShape,
    images: usize,
    (left, small): (&[f32], &[f32]),
    pixels: &mut Buffer,
    sum: bool,
    sums: &mut [f32],
) {
    let Size { height, width, channels } = shape.small();
    let pitch = shape.large_channels;
    let wide = channels.next_multiple_of(lanes(family));
    if wide == channels && shape.taps() * pitch <= rows_at_once(family, channels) {
        let part = Part { images, rows: height, cols: width, left, right: small };
        return add_products(family, shape, pitch, wide, part, sum, sums);
    }
    let border = Border::large(shape);
    let strip = (STRIP / (width * channels)).clamp(1, height);
    let step = strip * shape.rows.stride * border.cols * pitch;
    let images = small.chunks(height * width * channels).zip(left.chunks(border.len(pitch)));
    for (small, left) in images {
        for (i, small) in small.chunks(strip * width * channels).enumerate() {
            let right = whole_vectors(small, channels, wide, pixels);
            let rows = small.len() / (width * channels);
            let part = Part { images: 1, rows, cols: width, left: &left[i * step..], right };
            add_products(family, shape, pitch, wide, part, sum, sums);
        }
    }
}

/// Adds the products of some rows of pixels: windows of the large side, `pitch` values per pixel, times
/// pixels of the small side, `wide` values each. With `sum`, the sum over the small side follows the
/// products.
fn add_products(
    family: Family,
    shape: &ConvShape,
    pitch: usize,
    wide: usize,
    part: Part<'_>,
    sum: bool,
    out: &mut [f32],
) {
    let (border, small) = (Border::large(shape), shape.small());
    let line = border.cols * pitch;
    // A window's rows are evenly spaced contiguous runs unless there are gaps between their pixels.
    let (taps, runs, run) = if pitch == shape.large_channels {
        (shape.rows.kernel, 1, shape.cols.kernel * pitch)
    } else {
        (1, shape.cols.kernel, shape.large_channels)
    };
    let rows = taps * run + usize::from(sum);
    for (i, out) in out.chunks_exact_mut(rows * small.channels).enumerate() {
        let job = Outer {
            parts: &[part],
            left: Grid {
                start: i / runs * line + i % runs * pitch,
                image: border.len(pitch),
                row: shape.rows.stride * line,
                col: shape.cols.stride * pitch,
            },
            taps,
            tap_stride: line,
            run,
            sum,
            add: true,
            right: Grid {
                start: 0,
                image: small.height * small.width * wide,
                row: small.width * wide,
                col: wide,
            },
            channels: small.channels,
        };
        outer(family, &job, out);
    }
}

/// Adds the gradient with respect to the bias to `gbias`: the sum over all pixels of `gz`, the gradient
/// with respect to the pre-activation, which has as many channels as the bias.
///
/// # Panics
///
/// When the length of `gz` is not a multiple of the channels.
pub fn bias_gradient(family: Family, gz: &[f32], gbias: &mut [f32]) {
    sums(family, &Sums { pixels: gz, channels: gbias.len() }, gbias);
}
