//! What to gather, and where to write it.

use crate::ops::Family;
use crate::ops::simd::outer::Grid;
use crate::ops::simd::{self, end, lanes, product};
use std::ops::Range;

/// The epilogue applied to a sum before it is written: activations that cost an instruction or two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ops) enum Epilogue<'a> {
    /// Nothing.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// Multiplies negative values by the factor.
    Leaky(f32),
    /// Multiplies by the factor where the corresponding saved value is at most 0; only with weights in
    /// columns.
    Slope(f32, &'a [f32]),
}

impl Epilogue<'_> {
    /// Returns the epilogue for a part of the results.
    pub(in crate::ops) fn within(self, part: Range<usize>) -> Self {
        match self {
            Self::Slope(factor, values) => Epilogue::Slope(factor, &values[part]),
            other => other,
        }
    }

    /// Applies the epilogue to `x`; NaN stays NaN.
    #[inline(always)]
    pub(super) fn apply(self, x: f32) -> f32 {
        match self {
            Self::Relu if x < 0.0 => 0.0,
            Self::Leaky(slope) if x < 0.0 => slope * x,
            _ => x,
        }
    }
}

/// The memory layout of the weights, which determines what the vectors run along.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) enum Weights<'a> {
    /// Vectors of channels, in pairs: row `k` of tap `t` of pair `p` begins at
    /// `p * pair + t * tap + k * stride`.
    Columns { values: &'a [f32], stride: usize, tap: usize, pair: usize },
    /// Vectors along the reduction, for few channels or long runs: channel `c` begins at `c * stride`.
    Rows { values: &'a [f32], stride: usize },
}

impl Weights<'_> {
    /// Returns the end of the last value read, and the number of values. Panics when pairs are so close that
    /// an earlier one could end after the last.
    fn extent(&self, taps: usize, run: usize, channels: usize, lanes: usize) -> (usize, usize) {
        match *self {
            Self::Columns { values, stride, tap, pair } => {
                let last = channels.div_ceil(lanes) - 1;
                assert!(last < 2 || pair >= lanes, "pairs of vectors {pair} apart");
                let axes = [(taps, tap), (run, stride), (last / 2 + 1, pair)];
                (end(0, axes, (last % 2 + 1) * lanes), values.len())
            }
            Self::Rows { values, stride } => {
                (end(0, [(channels, stride)], product([taps, run])), values.len())
            }
        }
    }
}

/// Clips windows to the image, for images that are not padded: the position of the first window and the size
/// of an image in both directions. Windows are one pixel apart.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Clip {
    pub top: isize,
    pub height: usize,
    pub left: isize,
    pub width: usize,
}

impl Clip {
    /// Clips `taps` taps from position `first` on to `0..len`: returns how many are cut off at the start, and
    /// how many are inside.
    #[inline(always)]
    pub(super) const fn inside(first: isize, taps: usize, len: usize) -> (usize, usize) {
        let before = if first < 0 { first.unsigned_abs() } else { 0 };
        let end = len.saturating_add_signed(-first);
        let end = if end < taps { end } else { taps };
        (if before < taps { before } else { taps }, end.saturating_sub(before))
    }
}

/// Where pixels are gathered from and written to. Lengths and strides are in values.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Gather<'a> {
    /// The values that the runs are read from.
    pub source: &'a [f32],
    /// Clips runs to the image; only with weights in rows. Without it, all runs are inside the source.
    pub clip: Option<Clip>,
    /// Start of the first run of the first pixel. With a clip it may lie before the source, modulo 2^64.
    pub start: usize,
    /// Runs of a pixel, and the step between them.
    pub taps: usize,
    pub tap_stride: usize,
    /// Values per run.
    pub run: usize,
    /// Images, and the step between them in the source.
    pub images: usize,
    pub image_stride: usize,
    /// Rows of an image's output pixels, and the step between them in the source.
    pub rows: usize,
    pub row_stride: usize,
    /// Pixels per row, and the step between them in the source.
    pub cols: usize,
    pub col_stride: usize,
    /// `taps * run` weights per channel.
    pub weights: Weights<'a>,
    /// Added to every pixel, one value per channel.
    pub bias: Option<&'a [f32]>,
    /// Partial sums to add, one per pixel and channel in each slice, and their layout; only with weights in
    /// columns.
    pub sums: &'a [&'a [f32]],
    pub sums_at: Grid,
    /// Channels of an output pixel.
    pub channels: usize,
    pub epilogue: Epilogue<'a>,
    /// Where the first pixel is written, and the steps between images, rows and pixels there.
    pub out_start: usize,
    pub out_image_stride: usize,
    pub out_row_stride: usize,
    pub out_col_stride: usize,
}

impl Gather<'_> {
    /// Returns the number of output pixels of all images.
    #[inline(always)]
    pub(super) const fn pixels(&self) -> usize {
        self.images * self.rows * self.cols
    }

    /// Returns where the first run of a pixel begins.
    #[inline(always)]
    pub(super) const fn source_at(&self, n: usize, y: usize, x: usize) -> usize {
        let step = n * self.image_stride + y * self.row_stride + x * self.col_stride;
        self.start.wrapping_add(step)
    }

    /// Returns where a pixel is written.
    #[inline(always)]
    pub(super) const fn out_at(&self, n: usize, y: usize, x: usize) -> usize {
        self.out_start
            + n * self.out_image_stride
            + y * self.out_row_stride
            + x * self.out_col_stride
    }

    /// Panics when the job would access memory outside its slices.
    pub(super) fn check(&self, family: Family, out: usize) {
        assert!(self.bias.is_none_or(|bias| bias.len() == self.channels), "one bias per channel");
        let Self { images, rows, cols, channels, .. } = *self;
        let values = product([images, rows, cols, channels]);
        if values == 0 {
            return;
        }
        assert!(values <= out, "{values} values for {out}");
        let places = (images, rows, cols);
        let grid = |start, image, row, col| Grid { start, image, row, col };
        let written =
            grid(self.out_start, self.out_image_stride, self.out_row_stride, self.out_col_stride);
        let end = written.end(places, channels);
        assert!(end <= out, "the last pixel ends at {end} of {out}");
        if let Epilogue::Slope(_, values) = self.epilogue {
            assert!(end <= values.len(), "the last value ends at {end} of {}", values.len());
        }
        let end = self.sums_at.end(places, channels);
        assert!(self.sums.iter().all(|sums| end <= sums.len()), "the last sums end at {end}");
        let rows = matches!(self.weights, Weights::Rows { .. });
        let plain = self.sums.is_empty() && !matches!(self.epilogue, Epilogue::Slope(..));
        assert!(!rows || plain, "partial sums and slopes need weights in columns");
        if self.taps == 0 || self.run == 0 {
            return;
        }
        assert!(rows || self.clip.is_none(), "a clip needs weights in rows");
        let read = grid(self.start, self.image_stride, self.row_stride, self.col_stride);
        let window = || simd::end(0, [(self.taps, self.tap_stride)], self.run);
        let end =
            self.clip.map_or_else(|| read.end(places, window()), |clip| self.check_clip(clip));
        assert!(end <= self.source.len(), "the last run ends at {end} of {}", self.source.len());
        let (end, len) = self.weights.extent(self.taps, self.run, self.channels, lanes(family));
        assert!(end <= len, "the last weight ends at {end} of {len}");
    }

    /// Returns where the last image ends. Panics when the strides do not match the clip.
    fn check_clip(&self, clip: Clip) -> usize {
        let Clip { top, height, left, width } = clip;
        let (pixel, line) = (self.col_stride, self.row_stride);
        assert!(
            self.run.is_multiple_of(pixel) && line == product([width, pixel]),
            "whole pixels and rows"
        );
        assert!(self.tap_stride == line, "taps are a row apart");
        let start = top
            .wrapping_mul(line.cast_signed())
            .wrapping_add(left.wrapping_mul(pixel.cast_signed()));
        assert_eq!(self.start, start.cast_unsigned(), "the first window");
        end(0, [(self.images, self.image_stride)], product([height, line]))
    }
}
