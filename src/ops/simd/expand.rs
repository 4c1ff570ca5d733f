//! Copies images, padded with zeros, with differences of neighbours next to the values.

use super::{Simd, entry_points, product};
use crate::arch::Size;
use crate::ops::Family;

/// `len` consecutive slots of a line of the copy, from `to` on: the values of the padded line from `plus` on
/// minus those from `minus` on.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Run {
    pub to: usize,
    pub len: usize,
    pub plus: usize,
    pub minus: Option<usize>,
}

/// The layout of the copies along one axis.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Lines<'a> {
    /// Zeros before the image, and the padded length; anything beyond is dropped.
    pub before: usize,
    pub bordered: usize,
    /// The length in the copies, and what fills it.
    pub slots: usize,
    pub runs: &'a [Run],
}

impl Lines<'_> {
    fn check(&self) {
        for Run { to, len, plus, minus } in self.runs {
            assert!(to.saturating_add(*len) <= self.slots, "runs of {} slots", self.slots);
            let last = (*plus).max(minus.unwrap_or(0)).saturating_add(*len);
            assert!(last <= self.bordered, "runs of {} values", self.bordered);
        }
    }

    /// Returns how many of `len` values are inside the padded length.
    #[inline(always)]
    const fn inside(&self, len: usize) -> usize {
        let room = self.bordered - self.before;
        if len < room { len } else { room }
    }
}

/// Images of one size, and the layout of their copies.
pub(in crate::ops) struct Expand<'a> {
    pub images: &'a [f32],
    pub size: Size,
    pub rows: Lines<'a>,
    pub cols: Lines<'a>,
}

/// Returns the number of images. Panics when the last one is incomplete.
pub(super) fn whole_images(images: &[f32], size: Size) -> usize {
    let len = product([size.height, size.width, size.channels]);
    assert!(images.len().is_multiple_of(len), "whole images of {size}");
    images.len() / len
}

impl Expand<'_> {
    fn check(&self, _: Family, out: usize) {
        let images = whole_images(self.images, self.size);
        for lines in [&self.rows, &self.cols] {
            assert!(lines.before <= lines.bordered, "padding larger than the copy");
            lines.check();
        }
        let copies = product([images, self.rows.slots, self.cols.slots]);
        let pixels = copies.saturating_add(self.cols.bordered);
        assert_eq!(out, product([pixels, self.size.channels]), "the copies");
    }

    /// Returns row `place` of a padded image, unless it is part of the padding.
    #[inline(always)]
    fn row(&self, image: usize, place: usize) -> Option<*const f32> {
        let row = place.wrapping_sub(self.rows.before);
        if row >= self.size.height {
            return None;
        }
        let start = (image * self.size.height + row) * self.size.width * self.size.channels;
        Some(self.images.as_ptr().wrapping_add(start))
    }
}

entry_points! {
    /// Writes the copies to `out`, which needs room for one padded row after them.
    expand, Expand<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Expand<'_>, out: &mut [f32]) {
    let (rows, cols, channels) = (&job.rows, &job.cols, job.size.channels);
    let images = job.images.len() / job.size.len();
    let line = cols.slots * channels;
    let (out, row) = out.split_at_mut(images * rows.slots * line);
    row.fill(0.0);
    let width = cols.inside(job.size.width) * channels;
    let (out, row) = (out.as_mut_ptr(), row.as_mut_ptr());
    for image in 0..images {
        for run in rows.runs {
            for i in 0..run.len {
                let plus = job.row(image, run.plus + i);
                let minus = match run.minus {
                    Some(minus) => job.row(image, minus + i),
                    None => None,
                };
                let to = (image * rows.slots + run.to + i) * line;
                // SAFETY: rows of an image have `width` values, and so has the middle of `row`; `check`
                // found the runs inside the padded row and the slots.
                unsafe {
                    subtract(simd, plus, minus, row.add(cols.before * channels), width);
                    for run in cols.runs {
                        let plus = row.add(run.plus * channels).cast_const();
                        let minus = run.minus.map(|minus| row.add(minus * channels).cast_const());
                        let to = out.add(to + run.to * channels);
                        subtract(simd, Some(plus), minus, to, run.len * channels);
                    }
                }
            }
        }
    }
}

/// Writes `plus - minus`, treating a missing operand as zeros.
///
/// # Safety
///
/// `len` values must be readable at the given operands, and writable at `out`.
#[inline(always)]
unsafe fn subtract<S: Simd>(
    simd: S,
    plus: Option<*const f32>,
    minus: Option<*const f32>,
    out: *mut f32,
    len: usize,
) {
    // SAFETY: the given operands have `len` values; a missing one is replaced by a pointer that is not read.
    unsafe {
        match (plus, minus) {
            (Some(plus), None) => line::<S, true, false>(simd, plus, plus, out, len),
            (Some(plus), Some(minus)) => line::<S, true, true>(simd, plus, minus, out, len),
            (None, Some(minus)) => line::<S, false, true>(simd, minus, minus, out, len),
            (None, None) => line::<S, false, false>(simd, out, out, out, len),
        }
    }
}

/// [`subtract`] specialized for which operands are given.
///
/// # Safety
///
/// As for [`subtract`].
#[inline(always)]
unsafe fn line<S: Simd, const PLUS: bool, const MINUS: bool>(
    simd: S,
    plus: *const f32,
    minus: *const f32,
    out: *mut f32,
    len: usize,
) {
    let mut i = 0;
    // SAFETY: a vector from `i` on, or the rest, is within the `len` values.
    unsafe {
        while i + S::LANES <= len {
            let a = if PLUS { simd.load(plus.add(i)) } else { simd.zero() };
            let v = if MINUS { simd.sub(a, simd.load(minus.add(i))) } else { a };
            simd.store(out.add(i), v);
            i += S::LANES;
        }
        let rest = len - i;
        if rest > 0 {
            let a = if PLUS { simd.load_first(plus.add(i), rest) } else { simd.zero() };
            let v = if MINUS { simd.sub(a, simd.load_first(minus.add(i), rest)) } else { a };
            simd.store_first(out.add(i), v, rest);
        }
    }
}
