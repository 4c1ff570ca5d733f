//! The gather kernel with vectors along the reduction: one vector accumulator per pixel and channel, reduced
//! over its lanes at the end.

mod block;
mod three;

use super::job::{Clip, Gather};
use crate::ops::simd::{Blocks, Simd, Subroutine};
use block::Place;

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: &[f32],
    stride: usize,
    out: &mut [f32],
) {
    // With depth 0 no weight is read, and `wrapping_add` may point anywhere.
    let weights = weights.as_ptr();
    if let (Some(clip), true) = (job.clip, three::supports::<S>(job)) {
        // SAFETY: the job is checked and supported.
        return unsafe { three::kernel(simd, job, clip, weights, out) };
    }
    let most = if fits::<S, 6>(1) { 6 } else { 4 };
    let groups = Blocks::new(job.channels, most);
    for group in 0..groups.count {
        let (channel, size) = groups.get(group);
        let weights = weights.wrapping_add(channel * stride);
        let rows = Rows { weights, stride, channel };
        // SAFETY: the job is checked, and these channels are its own.
        unsafe {
            match size {
                1 => pixels::<S, 1>(simd, job, rows, out),
                2 => pixels::<S, 2>(simd, job, rows, out),
                3 => pixels::<S, 3>(simd, job, rows, out),
                4 => pixels::<S, 4>(simd, job, rows, out),
                5 if const { fits::<S, 5>(1) } => pixels::<S, 5>(simd, job, rows, out),
                6 if const { fits::<S, 6>(1) } => pixels::<S, 6>(simd, job, rows, out),
                _ => unreachable!("groups have at most {most} channels"),
            }
        }
    }
}

/// Whether a block of this many pixels by `C` channels fits into the registers. Evaluated in `const` blocks,
/// so that blocks that do not fit are not even compiled.
const fn fits<S: Simd, const C: usize>(pixels: usize) -> bool {
    pixels <= S::DOT_PIXELS[C - 1]
}

/// The weights of some channels from `channel` on, rows `stride` apart.
#[derive(Clone, Copy)]
struct Rows {
    weights: *const f32,
    stride: usize,
    channel: usize,
}

/// Computes all pixels of `C` channels.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const C: usize>(simd: S, job: &Gather<'_>, rows: Rows, out: &mut [f32]) {
    // Without a clip, a run is treated as a single pixel that is always inside.
    let pixel = if job.clip.is_some() { job.col_stride } else { job.run };
    let taps = |y: usize| match job.clip {
        Some(clip) => Clip::inside(clip.top + y.cast_signed(), job.taps, clip.height),
        None => (0, job.taps),
    };
    let runs = |x: usize| match job.clip {
        Some(clip) => Clip::inside(clip.left + x.cast_signed(), job.run / pixel, clip.width),
        None => (0, 1),
    };
    // Group rows, and then columns, whose windows have the same part inside the image.
    let (mut top, mut bottom) = (0, 0);
    while bottom < job.rows {
        let (tap, taps_inside) = taps(top);
        while bottom < job.rows && taps(bottom) == (tap, taps_inside) {
            bottom += 1;
        }
        let (mut left, mut right) = (0, 0);
        while right < job.cols {
            let (first, count) = runs(left);
            while right < job.cols && runs(right) == (first, count) {
                right += 1;
            }
            let window =
                Window { tap, taps: taps_inside, start: first * pixel, run: count * pixel };
            let area = Area { rows: (top, bottom), cols: (left, right), window };
            // SAFETY: `check` found the last pixel, run and weight within their slices.
            unsafe { simd.call(Lines::<C> { job, area, rows, out: out.as_mut_ptr() }) };
            left = right;
        }
        top = bottom;
    }
}

/// The part of a window that is summed: which taps, and which values of their runs.
#[derive(Clone, Copy)]
struct Window {
    tap: usize,
    taps: usize,
    start: usize,
    run: usize,
}

/// Pixels with the same part of their windows inside the image.
#[derive(Clone, Copy)]
struct Area {
    rows: (usize, usize),
    cols: (usize, usize),
    window: Window,
}

/// The pixels of an area in all images, for `C` channels. The window must be inside the source for all pixels.
struct Lines<'a, const C: usize> {
    job: &'a Gather<'a>,
    area: Area,
    rows: Rows,
    out: *mut f32,
}

impl<S: Simd, const C: usize> Subroutine<S> for Lines<'_, C> {
    #[inline(always)]
    unsafe fn run(self, simd: S) {
        let Self { job, area, rows, out } = self;
        let Area { rows: (top, bottom), cols: (left, right), window } = area;
        let (height, width) = (bottom - top, right - left);
        // Register blocks run along the longer side.
        let down = width < 4 && height > width;
        let (lines, len, step, out_step) = if down {
            (width, height, job.row_stride, job.out_row_stride)
        } else {
            (height, width, job.col_stride, job.out_col_stride)
        };
        let most = const { S::DOT_PIXELS[C - 1] };
        let blocks = Blocks::new(len, most);
        let weights = rows.weights.wrapping_add(window.tap * job.run + window.start);
        let rows = Rows { weights, ..rows };
        for line in 0..job.images * lines {
            let (image, line) = (line / lines, line % lines);
            let (y, x) = if down { (top, left + line) } else { (top + line, left) };
            // With an empty window nothing is read, and `wrapping_add` may point anywhere.
            let at = job.source_at(image, y, x);
            let at = at.wrapping_add(window.tap * job.tap_stride + window.start);
            let source = job.source.as_ptr().wrapping_add(at);
            let out = out.wrapping_add(job.out_at(image, y, x) + rows.channel);
            let place = Place { source, step, out, out_step };
            // SAFETY: the window is inside the source for all of these pixels, and `out` has room for
            // their channels.
            unsafe { place.tiles::<S, C>(simd, job, window, rows, blocks) };
        }
    }
}
