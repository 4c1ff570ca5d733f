//! The gather kernel with vectors along the sum: a vector of sums a pixel and channel, added up at
//! the end.

use super::gather::{Clip, Finish, Gather};
use super::{Blocks, Simd};

/// Values of a run that is long enough to have its own weights fetched ahead, and how far ahead.
const LONG: usize = 1024;
const AHEAD: usize = 128;

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
    let groups = Blocks::new(job.channels, 4);
    for group in 0..groups.count {
        let (channel, size) = groups.get(group);
        // Where the depth is 0 no weight is read, and `wrapping_add` may point anywhere.
        let weights = weights.as_ptr().wrapping_add(channel * stride);
        // SAFETY: as for this function.
        unsafe {
            match size {
                1 => pixels::<S, 1>(simd, job, weights, stride, channel, out),
                2 => pixels::<S, 2>(simd, job, weights, stride, channel, out),
                3 => pixels::<S, 3>(simd, job, weights, stride, channel, out),
                _ => pixels::<S, 4>(simd, job, weights, stride, channel, out),
            }
        }
    }
}

/// All pixels, for the `C` channels from `channel`.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const C: usize>(
    simd: S,
    job: &Gather<'_>,
    weights: *const f32,
    stride: usize,
    channel: usize,
    out: &mut [f32],
) {
    let pixel = job.col_stride;
    let (mut y, mut next) = (0, 0);
    while next < job.rows {
        // Rows, and then columns, whose windows have the same part inside the picture.
        let rows = |y: usize| match job.clip {
            Some(clip) => Clip::inside(clip.top + y.cast_signed(), job.taps, clip.height),
            None => (0, job.taps),
        };
        let cols = |x: usize| match job.clip {
            Some(clip) => Clip::inside(clip.left + x.cast_signed(), job.run / pixel, clip.width),
            None => (0, 1),
        };
        let (tap, taps) = rows(y);
        while next < job.rows && rows(next) == (tap, taps) {
            next += 1;
        }
        let (mut x, mut end) = (0, 0);
        while end < job.cols {
            let (first, count) = cols(x);
            while end < job.cols && cols(end) == (first, count) {
                end += 1;
            }
            let (start, run) = match job.clip {
                Some(_) => (first * pixel, count * pixel),
                None => (0, job.run),
            };
            let window = Window { tap, taps, start, run };
            let area = Area { rows: (y, next), cols: (x, end) };
            // SAFETY: `check` found the last pixel, run and weight inside their slices.
            unsafe { area.run::<S, C>(simd, job, weights, stride, channel, window, out) };
            x = end;
        }
        y = next;
    }
}

/// Pixels with the same part of their windows inside the picture.
#[derive(Clone, Copy)]
struct Area {
    rows: (usize, usize),
    cols: (usize, usize),
}

impl Area {
    /// Its pixels in all pictures, for the `C` channels from `channel`.
    ///
    /// # Safety
    ///
    /// As for [`kernel`]; the window is inside the source for all pixels.
    #[inline(always)]
    unsafe fn run<S: Simd, const C: usize>(
        self,
        simd: S,
        job: &Gather<'_>,
        weights: *const f32,
        stride: usize,
        channel: usize,
        window: Window,
        out: &mut [f32],
    ) {
        let ((top, bottom), (left, right)) = (self.rows, self.cols);
        let (rows, cols) = (bottom - top, right - left);
        // Register blocks run along the longer side.
        let down = cols < 4 && rows > cols;
        let (lines, len) = if down { (cols, rows) } else { (rows, cols) };
        let (step, out_step) = if down {
            (job.row_stride, job.out_row_stride)
        } else {
            (job.col_stride, job.out_col_stride)
        };
        let most = const { S::DOT_PIXELS[C - 1] };
        let blocks = Blocks::new(len, most);
        let weights = weights.wrapping_add(window.tap * job.run + window.start);
        for line in 0..job.pictures * lines {
            let (picture, line) = (line / lines, line % lines);
            for block in 0..blocks.count {
                let (first, size) = blocks.get(block);
                let (y, x) = if down { (first, line) } else { (line, first) };
                let (y, x) = (top + y, left + x);
                let at = job.source_at(picture, y, x);
                let at = at.wrapping_add(window.tap * job.tap_stride + window.start);
                // Where nothing is summed nothing is read, and `wrapping_add` may point anywhere.
                let source = job.source.as_ptr().wrapping_add(at);
                let out = out.as_mut_ptr().wrapping_add(job.out_at(picture, y, x) + channel);
                let place = Place { source, step, out, out_step };
                // SAFETY: as for this function.
                unsafe {
                    match size {
                        1 => tile::<S, C, 1>(simd, job, place, weights, stride, channel, window),
                        2 => tile::<S, C, 2>(simd, job, place, weights, stride, channel, window),
                        3 if most >= 3 => {
                            tile::<S, C, 3>(simd, job, place, weights, stride, channel, window);
                        }
                        4 if most >= 4 => {
                            tile::<S, C, 4>(simd, job, place, weights, stride, channel, window);
                        }
                        5 if most >= 5 => {
                            tile::<S, C, 5>(simd, job, place, weights, stride, channel, window);
                        }
                        6 if most >= 6 => {
                            tile::<S, C, 6>(simd, job, place, weights, stride, channel, window);
                        }
                        7 if most >= 7 => {
                            tile::<S, C, 7>(simd, job, place, weights, stride, channel, window);
                        }
                        8 if most >= 8 => {
                            tile::<S, C, 8>(simd, job, place, weights, stride, channel, window);
                        }
                        _ => unreachable!("blocks have at most {most} pixels"),
                    }
                }
            }
        }
    }
}

/// Where the first pixel of a block is read and written, and the steps to the others.
#[derive(Clone, Copy)]
struct Place {
    source: *const f32,
    step: usize,
    out: *mut f32,
    out_step: usize,
}

/// The part of a window that is summed: which taps, and which values of their runs.
#[derive(Clone, Copy)]
struct Window {
    tap: usize,
    taps: usize,
    start: usize,
    run: usize,
}

/// A register block: `P` pixels in a line by `C` channels.
///
/// # Safety
///
/// The pointers lead to the first value of the window, of its weights, and of the result inside a
/// checked job.
#[inline(always)]
unsafe fn tile<S: Simd, const C: usize, const P: usize>(
    simd: S,
    job: &Gather<'_>,
    place: Place,
    weights: *const f32,
    stride: usize,
    channel: usize,
    window: Window,
) {
    let mut sums = [[simd.zero(); C]; P];
    // Weights to fetch before they are needed: of the same rows, or if those are short, of the next.
    let ahead = if job.run >= LONG { AHEAD } else { C * stride };
    let (whole, rest) = (window.run / S::LANES * S::LANES, window.run % S::LANES);
    // Of overlapping windows each value is loaded once: the compiler sees the same load three times.
    let overlap = C == 1 && window.run == 3 * place.step && place.step.is_multiple_of(S::LANES);
    // SAFETY: see above.
    unsafe {
        for tap in 0..window.taps {
            let source = place.source.wrapping_add(tap * job.tap_stride);
            let weights = weights.wrapping_add(tap * job.run);
            let mut k = 0;
            while overlap && k < place.step {
                for dx in 0..3 {
                    let w = simd.load(weights.add(dx * place.step + k));
                    for p in 0..P {
                        let x = simd.load(source.add((p + dx) * place.step + k));
                        sums[p][0] = simd.fma(x, w, sums[p][0]);
                    }
                }
                k += S::LANES;
            }
            if overlap {
                continue;
            }
            while k < whole {
                let mut w = [simd.zero(); C];
                for c in 0..C {
                    w[c] = simd.load(weights.add(c * stride + k));
                    // Fewer channels are all there are, and stay in the cache.
                    if C == 4 {
                        simd.prefetch(weights.wrapping_add(c * stride + k + ahead));
                    }
                }
                for p in 0..P {
                    let x = simd.load(source.add(p * place.step + k));
                    for c in 0..C {
                        sums[p][c] = simd.fma(x, w[c], sums[p][c]);
                    }
                }
                k += S::LANES;
            }
            if rest > 0 {
                for p in 0..P {
                    let x = simd.load_first(source.add(p * place.step + k), rest);
                    for c in 0..C {
                        let w = simd.load_first(weights.add(c * stride + k), rest);
                        sums[p][c] = simd.fma(x, w, sums[p][c]);
                    }
                }
            }
        }
        for c in 0..C {
            let mut column = [simd.zero(); 8];
            for p in 0..P {
                column[p] = sums[p][c];
            }
            let bias = job.bias.map_or(0.0, |bias| bias[channel + c]);
            let mut values = simd.sums(column);
            for value in &mut values {
                *value += bias;
            }
            if job.finish != Finish::Linear {
                for value in &mut values {
                    *value = job.finish.apply(*value);
                }
            }
            if C == 1 && place.out_step == 1 && job.finish != Finish::Add {
                std::ptr::copy_nonoverlapping(values.as_ptr(), place.out, P);
                continue;
            }
            for p in 0..P {
                let out = place.out.add(p * place.out_step + c);
                *out = if job.finish == Finish::Add { *out + values[p] } else { values[p] };
            }
        }
    }
}
