//! Sizes of images, and the geometry of convolutions.

use std::fmt;

/// Height, width and channels of one image or feature map; tensors are channels-last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Size {
    /// Creates a size of `height` rows, `width` columns and `channels` channels.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// Returns the number of values in an image of this size.
    pub const fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether an image of this size has no values.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many images of this size to process at once: as many as fit into 64 MiB of `f32` values,
    /// but at least 1 and at most `most`.
    pub fn at_once(&self, most: usize) -> usize {
        ((1 << 24) / self.len().max(1)).min(most).max(1)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.height, self.width, self.channels)
    }
}

/// One axis of a "same"-padded convolution: `output = ceil(input / stride)`.
///
/// The padding is TensorFlow's rule: `max((output - 1) * stride + kernel - input, 0)` zeros in all,
/// the odd one at the end. Stride 2 over an even size with a 3-wide kernel therefore pads the
/// bottom and right only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Length of the axis before the convolution.
    pub input: usize,
    /// Length of the axis after it.
    pub output: usize,
    /// Kernel length on this axis.
    pub kernel: usize,
    /// Step between adjacent windows.
    pub stride: usize,
    /// Zeros before the first input value; window `o` starts at `o * stride - pad`.
    pub pad: usize,
}

impl Window {
    /// Creates the geometry of a "same"-padded convolution over `input` values.
    ///
    /// # Panics
    ///
    /// If `input`, `kernel` or `stride` is 0.
    pub const fn same(input: usize, kernel: usize, stride: usize) -> Self {
        assert!(
            input >= 1 && kernel >= 1 && stride >= 1,
            "input, kernel and stride are at least 1"
        );
        let output = input.div_ceil(stride);
        let total = ((output - 1) * stride + kernel).saturating_sub(input);
        Self { input, output, kernel, stride, pad: total / 2 }
    }

    /// Returns the index of the input value under tap `tap` of window `output`, or `None` for padding.
    pub const fn reads(&self, output: usize, tap: usize) -> Option<usize> {
        let place = output * self.stride + tap;
        if place < self.pad || place - self.pad >= self.input {
            return None;
        }
        Some(place - self.pad)
    }

    /// Returns the number of zeros after the last input value that the last window covers.
    pub const fn pad_end(&self) -> usize {
        self.reach().saturating_sub(self.pad + self.input)
    }

    /// Returns the number of input values after the last window, which a kernel shorter than the stride can
    /// leave; fewer than a stride.
    pub const fn unseen(&self) -> usize {
        (self.pad + self.input).saturating_sub(self.reach())
    }

    /// Returns the distance from the start of the first window to the end of the last.
    pub const fn reach(&self) -> usize {
        (self.output - 1) * self.stride + self.kernel
    }
}

/// The shape of a convolution: the geometry of both axes and the channels on either side.
///
/// The transposed convolution is the adjoint of the convolution with the same `ConvShape`: it maps
/// `output` back to `input`, so 7 rows under stride 2 become exactly 14 when they came from 14,
/// and exactly 13 when they came from 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvShape {
    /// The vertical axis.
    pub rows: Window,
    /// The horizontal axis.
    pub cols: Window,
    /// Channels on the large (convolution input) side.
    pub large_channels: usize,
    /// Channels on the small (convolution output) side.
    pub small_channels: usize,
}

impl ConvShape {
    /// Creates the shape of a "same"-padded convolution with a square kernel over images of size `large`.
    pub const fn same(large: Size, small_channels: usize, kernel: usize, stride: usize) -> Self {
        Self {
            rows: Window::same(large.height, kernel, stride),
            cols: Window::same(large.width, kernel, stride),
            large_channels: large.channels,
            small_channels,
        }
    }

    /// Returns the size that a convolution reads and a transposed convolution writes.
    pub const fn large(&self) -> Size {
        Size::new(self.rows.input, self.cols.input, self.large_channels)
    }

    /// Returns the size that a convolution writes and a transposed convolution reads.
    pub const fn small(&self) -> Size {
        Size::new(self.rows.output, self.cols.output, self.small_channels)
    }

    /// Returns the number of pixels in a kernel.
    pub const fn taps(&self) -> usize {
        self.rows.kernel * self.cols.kernel
    }

    /// Returns the number of values in a window.
    pub const fn window_len(&self) -> usize {
        self.taps() * self.large_channels
    }

    /// Returns the number of values in all windows over an image, counting a value once for each window.
    pub const fn windows_len(&self) -> usize {
        self.rows.output * self.cols.output * self.window_len()
    }

    /// Returns the number of kernel weights.
    pub const fn kernel_len(&self) -> usize {
        self.window_len() * self.small_channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_padded_axis_consists_of_its_windows_and_the_unseen_rest() {
        for (input, kernel, stride) in
            (1..20).flat_map(|i| (1..7).flat_map(move |k| (1..9).map(move |s| (i, k, s))))
        {
            let window = Window::same(input, kernel, stride);
            let padded = window.pad + input + window.pad_end();
            assert_eq!((padded - kernel) / stride + 1, window.output, "{window:?}");
            let covered = (window.output - 1) * stride + kernel;
            assert_eq!(covered + window.unseen(), padded, "{window:?}");
            assert!(window.unseen() < stride, "{window:?}");
            // Keras pads bottom and right only where the stride is 2 and the size even.
            if (input % 2, kernel, stride) == (0, 3, 2) {
                assert_eq!((window.pad, window.pad_end()), (0, 1));
            }
        }
    }
}
