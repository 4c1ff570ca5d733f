//! Copies of images behind a border of zeros.

use super::Family;
use super::simd::bordered::{Bordered, bordered};
use crate::arch::{ConvShape, Size, Window};

/// A bordered copy of one side: how long each axis is, and where its first value lies.
#[derive(Clone, Copy)]
pub(super) struct Border {
    pub rows: usize,
    pub cols: usize,
    pub top: usize,
    pub left: usize,
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

    /// Values of a bordered image of so many channels.
    pub const fn len(&self, channels: usize) -> usize {
        self.rows * self.cols * channels
    }

    /// Copies images of `size` into the border, pixels `pitch` values apart; between them stays what
    /// was there, and what lies beyond the border is dropped.
    pub fn copy(
        self,
        family: Family,
        pictures: &[f32],
        size: Size,
        pitch: usize,
        copies: &mut [f32],
    ) {
        let Self { rows, cols, top, left } = self;
        bordered(family, &Bordered { pictures, size, pitch, rows, cols, top, left }, copies);
    }
}
