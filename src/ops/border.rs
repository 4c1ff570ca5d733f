//! Copies of pictures behind a border of zeros.

use crate::arch::{ConvShape, Size, Window};

/// A bordered copy of one side: how long each axis is, and where its first value lies.
#[derive(Clone, Copy)]
pub(super) struct Border {
    pub rows: usize,
    pub cols: usize,
    pub top: usize,
    pub left: usize,
}

/// Bordered rows that are this short are copied here: calls of `memcpy` would take longer.
const SHORT: usize = 64;

/// Sets to 0 without a call what is usually a value or two.
fn clear(values: &mut [f32]) {
    match values {
        [] => {}
        [only] => *only = 0.0,
        several => several.fill(0.0),
    }
}

/// Copies as many values in overlapping pieces of one size.
fn copy_short(from: &[f32], to: &mut [f32]) {
    fn pieces<const N: usize>(from: &[f32], to: &mut [f32]) -> bool {
        let Some(last) = from.last_chunk::<N>() else { return false };
        for (from, to) in from.as_chunks::<N>().0.iter().zip(to.as_chunks_mut::<N>().0) {
            *to = *from;
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
        true
    }
    if !(pieces::<16>(from, to) || pieces::<4>(from, to)) {
        to.copy_from_slice(from);
    }
}

impl Border {
    /// Of the large side: exactly what the windows reach.
    pub const fn large(shape: &ConvShape) -> Self {
        const fn reach(w: &Window) -> usize {
            (w.output - 1) * w.stride + w.kernel
        }
        let (rows, cols) = (reach(&shape.rows), reach(&shape.cols));
        Self { rows, cols, top: shape.rows.pad, left: shape.cols.pad }
    }

    /// Values of a bordered picture of so many channels.
    pub const fn len(&self, channels: usize) -> usize {
        self.rows * self.cols * channels
    }

    /// Copies pictures of `size` into the border; what lies beyond it is dropped.
    pub fn copy(self, pictures: &[f32], size: Size, copies: &mut [f32]) {
        self.copy_apart(pictures, size, size.channels, copies);
    }

    /// Copies pictures of `size` into the border, pixels `pitch` values apart; between them stays what
    /// was there.
    pub fn copy_apart(self, pictures: &[f32], size: Size, pitch: usize, copies: &mut [f32]) {
        let line = self.cols * pitch;
        let width = size.width.min(self.cols - self.left);
        let height = size.height.min(self.rows - self.top);
        let left = self.left * pitch;
        let (pictures, copies) =
            (pictures.chunks_exact(size.len()), copies.chunks_exact_mut(self.rows * line));
        for (picture, copy) in pictures.zip(copies) {
            let (top, rest) = copy.split_at_mut(self.top * line);
            let (middle, bottom) = rest.split_at_mut(height * line);
            top.fill(0.0);
            bottom.fill(0.0);
            let rows = picture.chunks_exact(size.width * size.channels);
            for (row, to) in rows.zip(middle.chunks_exact_mut(line)) {
                let (before, rest) = to.split_at_mut(left);
                let (pixels, after) = rest.split_at_mut(width * pitch);
                clear(before);
                clear(after);
                if line <= SHORT {
                    copy_short(&row[..pixels.len()], pixels);
                    continue;
                }
                if pitch == size.channels {
                    pixels.copy_from_slice(&row[..pixels.len()]);
                    continue;
                }
                let values = row.chunks_exact(size.channels);
                for (value, pixel) in values.zip(pixels.chunks_exact_mut(pitch)) {
                    pixel[..size.channels].copy_from_slice(value);
                }
            }
        }
    }
}
