//! Sizes of images, and what a convolution does to them.

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
    /// A size of `height` rows, `width` columns and `channels` channels.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// How many values an image of this size holds.
    pub const fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether the image has no values at all.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many images of this size are worked on together: as many as 64 MB of values hold, `most`
    /// at most, and one at least.
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
    /// Step between neighbouring windows.
    pub stride: usize,
    /// Zeros in front of the first input value; window `o` starts at `o * stride - pad`.
    pub pad: usize,
}

impl Window {
    /// The window of a "same" convolution over `input` values.
    ///
    /// # Panics
    ///
    /// When there is no value, or the kernel or the stride is 0.
    pub const fn same(input: usize, kernel: usize, stride: usize) -> Self {
        assert!(
            input >= 1 && kernel >= 1 && stride >= 1,
            "an axis, a kernel and a step of 1 or more"
        );
        let output = input.div_ceil(stride);
        let total = ((output - 1) * stride + kernel).saturating_sub(input);
        Self { input, output, kernel, stride, pad: total / 2 }
    }

    /// The input value that window `output` sees under its tap `tap`; none where it is padding.
    pub const fn reads(&self, output: usize, tap: usize) -> Option<usize> {
        let place = output * self.stride + tap;
        if place < self.pad || place - self.pad >= self.input {
            return None;
        }
        Some(place - self.pad)
    }

    /// Zeros behind the last input value, as far as the last window sees them.
    pub const fn pad_end(&self) -> usize {
        self.reach().saturating_sub(self.pad + self.input)
    }

    /// Input values behind the last window, which a kernel shorter than the stride leaves unseen: less
    /// than a stride.
    pub const fn unseen(&self) -> usize {
        (self.pad + self.input).saturating_sub(self.reach())
    }

    /// From the beginning of the first window to the end of the last.
    const fn reach(&self) -> usize {
        (self.output - 1) * self.stride + self.kernel
    }
}

/// What a convolution connects: the geometry of both axes and the channels on either side.
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
    /// A "same" convolution with a square kernel over images of size `large`.
    pub const fn same(large: Size, small_channels: usize, kernel: usize, stride: usize) -> Self {
        Self {
            rows: Window::same(large.height, kernel, stride),
            cols: Window::same(large.width, kernel, stride),
            large_channels: large.channels,
            small_channels,
        }
    }

    /// The side a convolution reads and a transposed convolution writes.
    pub const fn large(&self) -> Size {
        Size::new(self.rows.input, self.cols.input, self.large_channels)
    }

    /// The side a convolution writes and a transposed convolution reads.
    pub const fn small(&self) -> Size {
        Size::new(self.rows.output, self.cols.output, self.small_channels)
    }

    /// Pixels of a kernel.
    pub const fn taps(&self) -> usize {
        self.rows.kernel * self.cols.kernel
    }

    /// Values that a window sees.
    pub const fn window_len(&self) -> usize {
        self.taps() * self.large_channels
    }

    /// Values that all windows over an image see, each of them counted as often as it is seen.
    pub const fn windows_len(&self) -> usize {
        self.rows.output * self.cols.output * self.window_len()
    }

    /// Number of kernel weights.
    pub const fn kernel_len(&self) -> usize {
        self.window_len() * self.small_channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_at_both_ends_an_axis_has_just_its_windows_and_what_is_unseen() {
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
