//! Gradients of kernels and biases.

use super::Family;
use super::border::Border;
use super::passes::group;
use super::scratch::{self, Buffer, Scratch};
use super::simd::lanes;
use super::simd::outer::{Grid, Outer, outer};
use super::simd::sums::{Sums, sums};
use crate::arch::{ConvShape, Size};

/// How far apart pixels are laid whose windows begin `stride` pixels apart. The first cache keeps
/// values a kibibyte apart in a few of its places only; a line between pixels spreads them.
fn pitch(stride: usize, channels: usize) -> usize {
    if (stride * channels).is_multiple_of(256) { channels + 16 } else { channels }
}

/// The gradient of the kernel (h, w, large, small), added to `out`.
pub(super) fn kernel_gradient(
    family: Family,
    shape: &ConvShape,
    large: &[f32],
    small: &[f32],
    out: &mut [f32],
) {
    let (size, Size { height, width, channels }) = (shape.large(), shape.small());
    let border = Border::large(shape);
    let pitch = pitch(shape.cols.stride, size.channels);
    let line = border.cols * pitch;
    // A window's row is one run unless its pixels lie apart.
    let (runs, run) = if pitch == size.channels {
        (1, shape.cols.kernel * pitch)
    } else {
        (shape.cols.kernel, size.channels)
    };
    scratch::with(|Scratch { source, pixels, .. }| {
        let (right, wide) = whole_vectors(family, small, channels, pixels);
        let bordered = border.len(pitch);
        let group = group(shape, bordered, large.len() / size.len());
        let source = source.take(group * bordered);
        let pictures = large.chunks(group * size.len());
        for (pictures, right) in pictures.zip(right.chunks(group * height * width * wide)) {
            border.copy_apart(pictures, size, pitch, source);
            for (i, out) in out.chunks_exact_mut(run * channels).enumerate() {
                let job = Outer {
                    pictures: pictures.len() / size.len(),
                    rows: height,
                    cols: width,
                    left: source,
                    left_grid: Grid {
                        start: i / runs * line + i % runs * pitch,
                        picture: bordered,
                        row: shape.rows.stride * line,
                        col: shape.cols.stride * pitch,
                    },
                    run,
                    right,
                    right_grid: Grid {
                        start: 0,
                        picture: height * width * wide,
                        row: width * wide,
                        col: wide,
                    },
                    channels,
                };
                outer(family, &job, out);
            }
        }
    });
}

/// Pixels of whole vectors, and how many values that makes: a copy where the channels do not fill
/// them.
pub(super) fn whole_vectors<'a>(
    family: Family,
    values: &'a [f32],
    channels: usize,
    buffer: &'a mut Buffer,
) -> (&'a [f32], usize) {
    let wide = channels.next_multiple_of(lanes(family));
    if wide == channels {
        return (values, wide);
    }
    let copy = buffer.take(values.len() / channels * wide);
    for (to, pixel) in copy.chunks_exact_mut(wide).zip(values.chunks_exact(channels)) {
        to[..channels].copy_from_slice(pixel);
        to[channels..].fill(0.0);
    }
    (copy, wide)
}

/// Adds the gradient with respect to the bias to `gbias`: the sum over all pixels of `gz`, the one
/// with respect to the pre-activation, which has as many channels as the bias.
///
/// # Panics
///
/// When a pixel is not whole.
pub fn bias_gradient(family: Family, gz: &[f32], gbias: &mut [f32]) {
    sums(family, &Sums { pixels: gz, channels: gbias.len() }, gbias);
}
