//! The job behind forward passes and input gradients: every output pixel gathers a sum over runs of
//! the source.
//!
//! ```text
//! out[n][y][x][c] = finish(bias[c] + sums[..][n][y][x][c] + sum over t, k of
//!                   source[start + n * picture_stride + y * row_stride + x * col_stride + t * tap_stride + k]
//!                   * weight(t * run + k, c))
//! ```
//!
//! `sums` are what other jobs found that several outputs share. Every output value has one accumulator and
//! one order of summation, whatever block it falls into.

use super::outer::Grid;
use super::{Simd, dot, end, entry_points, product, tile};
use crate::ops::Family;
use std::ops::Range;

/// What happens to a sum before it is written; the activations that cost an instruction or two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ops) enum Finish<'a> {
    /// Nothing.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// The factor below 0.
    Leaky(f32),
    /// The factor where the value at the same place of these is not above 0; with weights in columns only.
    Slope(f32, &'a [f32]),
}

impl Finish<'_> {
    /// The same for a part of the results.
    pub(in crate::ops) fn within(self, part: Range<usize>) -> Self {
        match self {
            Self::Slope(factor, values) => Finish::Slope(factor, &values[part]),
            other => other,
        }
    }

    /// Its value at `x`; NaN stays NaN.
    #[inline(always)]
    pub(super) fn apply(self, x: f32) -> f32 {
        match self {
            Self::Relu if x < 0.0 => 0.0,
            Self::Leaky(slope) if x < 0.0 => slope * x,
            _ => x,
        }
    }
}

/// How the weights lie in memory, which decides what is a vector.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) enum Weights<'a> {
    /// Vectors of channels, in pairs: row `k` of tap `t` of pair `p` begins at
    /// `p * pair + t * tap + k * stride`.
    Columns { values: &'a [f32], stride: usize, tap: usize, pair: usize },
    /// Vectors along the sum, for few channels or long runs: channel `c` begins at `c * stride`.
    Rows { values: &'a [f32], stride: usize },
}

impl Weights<'_> {
    /// Where the last value read ends, and how many there are. Pairs must not lie so close to one another that
    /// an earlier one ends behind the last.
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

/// The part of the pixels' windows that exists, for images without a border: in both directions the
/// position of the first window, and the size of an image. Steps between windows are one pixel.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Clip {
    pub top: isize,
    pub height: usize,
    pub left: isize,
    pub width: usize,
}

impl Clip {
    /// Of `taps` from `first` on those inside `len`: how many come before, and how many there are.
    #[inline(always)]
    pub(super) const fn inside(first: isize, taps: usize, len: usize) -> (usize, usize) {
        let before = if first < 0 { first.unsigned_abs() } else { 0 };
        let end = len.saturating_add_signed(-first);
        let end = if end < taps { end } else { taps };
        (if before < taps { before } else { taps }, end.saturating_sub(before))
    }
}

/// Where pixels are gathered from and written to; lengths and strides in values.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Gather<'a> {
    /// What the runs are taken from.
    pub source: &'a [f32],
    /// Which of them exist, with weights in rows; without it, all.
    pub clip: Option<Clip>,
    /// Start of the first run of the first pixel; before the source, modulo 2^64, if that does not exist.
    pub start: usize,
    /// Runs of a pixel, and the step between them.
    pub taps: usize,
    pub tap_stride: usize,
    /// Values of a run.
    pub run: usize,
    /// Images, and the step between them in the source.
    pub pictures: usize,
    pub picture_stride: usize,
    /// Rows of an image's output pixels, and the step between them in the source.
    pub rows: usize,
    pub row_stride: usize,
    /// Pixels of a row, and the step between them in the source.
    pub cols: usize,
    pub col_stride: usize,
    /// `taps * run` weights a channel.
    pub weights: Weights<'a>,
    /// Added to every pixel, one value a channel.
    pub bias: Option<&'a [f32]>,
    /// Added as well, with weights in columns: a sum a pixel and channel from each of these, and where
    /// they lie.
    pub sums: &'a [&'a [f32]],
    pub sums_at: Grid,
    /// Channels of an output pixel.
    pub channels: usize,
    pub finish: Finish<'a>,
    /// Where the first pixel is written, and the steps between images, rows and pixels there.
    pub out_start: usize,
    pub out_picture_stride: usize,
    pub out_row_stride: usize,
    pub out_col_stride: usize,
}

impl Gather<'_> {
    /// Output pixels of all images.
    #[inline(always)]
    pub(super) const fn pixels(&self) -> usize {
        self.pictures * self.rows * self.cols
    }

    /// Where the first run of a pixel begins.
    #[inline(always)]
    pub(super) const fn source_at(&self, n: usize, y: usize, x: usize) -> usize {
        let step = n * self.picture_stride + y * self.row_stride + x * self.col_stride;
        self.start.wrapping_add(step)
    }

    /// Where a pixel is written.
    #[inline(always)]
    pub(super) const fn out_at(&self, n: usize, y: usize, x: usize) -> usize {
        self.out_start
            + n * self.out_picture_stride
            + y * self.out_row_stride
            + x * self.out_col_stride
    }

    /// Panics when the job would leave its slices.
    fn check(&self, family: Family, out: usize) {
        assert!(self.bias.is_none_or(|bias| bias.len() == self.channels), "a bias per channel");
        let Self { pictures, rows, cols, channels, .. } = *self;
        let values = product([pictures, rows, cols, channels]);
        if values == 0 {
            return;
        }
        assert!(values <= out, "{values} values for {out}");
        let places = (pictures, rows, cols);
        let grid = |start, picture, row, col| Grid { start, picture, row, col };
        let written =
            grid(self.out_start, self.out_picture_stride, self.out_row_stride, self.out_col_stride);
        let end = written.end(places, channels);
        assert!(end <= out, "the last pixel ends at {end} of {out}");
        if let Finish::Slope(_, values) = self.finish {
            assert!(end <= values.len(), "the last value ends at {end} of {}", values.len());
        }
        let end = self.sums_at.end(places, channels);
        assert!(self.sums.iter().all(|sums| end <= sums.len()), "the last sums end at {end}");
        let rows = matches!(self.weights, Weights::Rows { .. });
        let plain = self.sums.is_empty() && !matches!(self.finish, Finish::Slope(..));
        assert!(!rows || plain, "for weights in columns");
        if self.taps == 0 || self.run == 0 {
            return;
        }
        assert!(rows || self.clip.is_none(), "for weights in rows");
        let read = grid(self.start, self.picture_stride, self.row_stride, self.col_stride);
        let window = || super::end(0, [(self.taps, self.tap_stride)], self.run);
        let end =
            self.clip.map_or_else(|| read.end(places, window()), |clip| self.check_clip(clip));
        assert!(end <= self.source.len(), "the last run ends at {end} of {}", self.source.len());
        let (end, len) =
            self.weights.extent(self.taps, self.run, self.channels, super::lanes(family));
        assert!(end <= len, "the last weight ends at {end} of {len}");
    }
}

impl Gather<'_> {
    /// Where the last image ends. Panics when windows do not lie in the images as `clip` says.
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
        end(0, [(self.pictures, self.picture_stride)], product([height, line]))
    }
}

/// Writes every output pixel of the job.
pub(in crate::ops) fn gather(family: Family, job: &Gather<'_>, out: &mut [f32]) {
    // Apart, so that each is compiled by itself.
    match job.weights {
        Weights::Columns { .. } => columns(family, job, out),
        Weights::Rows { .. } => rows(family, job, out),
    }
}

entry_points! {
    /// A job with weights in columns.
    columns, Gather<'_>, columns_kernel
}

entry_points! {
    /// A job with weights in rows.
    rows, Gather<'_>, rows_kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn columns_kernel<S: Simd>(simd: S, job: &Gather<'_>, out: &mut [f32]) {
    let Weights::Columns { values, stride, tap, pair } = job.weights else { return };
    if job.pixels() > 0 {
        // SAFETY: the job is checked, and these are its weights.
        unsafe { tile::kernel(simd, job, (values, stride, tap, pair), out) }
    }
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn rows_kernel<S: Simd>(simd: S, job: &Gather<'_>, out: &mut [f32]) {
    let Weights::Rows { values, stride } = job.weights else { return };
    if job.pixels() > 0 {
        // SAFETY: the job is checked, and these are its weights.
        unsafe { dot::kernel(simd, job, values, stride, out) }
    }
}
