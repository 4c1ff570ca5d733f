//! Copies of images, padded with a border of zeros.

use super::Family;
use super::simd::bordered::{Bordered, bordered};
use crate::arch::{ConvShape, Size};

/// A padded copy of one side: the length of each axis, and the offset of the image in it.
#[derive(Clone, Copy)]
pub(super) struct Border {
    pub rows: usize,
    pub cols: usize,
    pub top: usize,
    pub left: usize,
}

impl Border {
    /// The padding of the large side: exactly what the windows cover.
    pub const fn large(shape: &ConvShape) -> Self {
        Self {
            rows: shape.rows.reach(),
            cols: shape.cols.reach(),
            top: shape.rows.pad,
            left: shape.cols.pad,
        }
    }

    /// Returns the number of values of a padded image with this many channels.
    pub const fn len(&self, channels: usize) -> usize {
        self.rows * self.cols * channels
    }

    /// Copies images of `size`, with pixels `pitch` values apart. The gaps between pixels are left
    /// unchanged; pixels beyond the padded size are dropped.
    pub fn copy(
        self,
        family: Family,
        images: &[f32],
        size: Size,
        pitch: usize,
        copies: &mut [f32],
    ) {
        let Self { rows, cols, top, left } = self;
        bordered(family, &Bordered { images, size, pitch, rows, cols, top, left }, copies);
    }
}
