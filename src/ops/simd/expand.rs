//! Copies of images behind a border of zeros, with differences of neighbours beside the values.

use super::{Simd, entry_points, product};
use crate::arch::Size;
use crate::ops::Family;

/// Neighbouring slots of a line of the copy: from `to` on so many. They get the values of the bordered
/// line from `plus` on, less those from `minus` on.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Run {
    pub to: usize,
    pub len: usize,
    pub plus: usize,
    pub minus: Option<usize>,
}

/// What happens along one axis.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Lines<'a> {
    /// Zeros before the images, and how long the axis is with those before and after; values of the
    /// images beyond that are dropped.
    pub before: usize,
    pub bordered: usize,
    /// How long it is in the copies, and what fills it.
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

    /// Of `len` values those that are inside.
    #[inline(always)]
    const fn inside(&self, len: usize) -> usize {
        let room = self.bordered - self.before;
        if len < room { len } else { room }
    }
}

/// Images of one size.
pub(in crate::ops) struct Expand<'a> {
    pub pictures: &'a [f32],
    pub size: Size,
    pub rows: Lines<'a>,
    pub cols: Lines<'a>,
}

/// How many images of one size there are. Panics when they are not whole.
pub(super) fn whole_pictures(pictures: &[f32], size: Size) -> usize {
    let len = product([size.height, size.width, size.channels]);
    assert!(pictures.len().is_multiple_of(len), "whole images of {size}");
    pictures.len() / len
}

impl Expand<'_> {
    fn check(&self, _: Family, out: usize) {
        let pictures = whole_pictures(self.pictures, self.size);
        for lines in [&self.rows, &self.cols] {
            assert!(lines.before <= lines.bordered, "a border");
            lines.check();
        }
        let copies = product([pictures, self.rows.slots, self.cols.slots]);
        let pixels = copies.saturating_add(self.cols.bordered);
        assert_eq!(out, product([pixels, self.size.channels]), "the copies");
    }

    /// The row `place` of a bordered image, if it is not zeros.
    #[inline(always)]
    fn row(&self, picture: usize, place: usize) -> Option<*const f32> {
        let row = place.wrapping_sub(self.rows.before);
        if row >= self.size.height {
            return None;
        }
        let start = (picture * self.size.height + row) * self.size.width * self.size.channels;
        Some(self.pictures.as_ptr().wrapping_add(start))
    }
}

entry_points! {
    /// Writes the copies to `out`; behind them it needs room for a bordered row.
    expand, Expand<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Expand<'_>, out: &mut [f32]) {
    let (rows, cols, channels) = (&job.rows, &job.cols, job.size.channels);
    let pictures = job.pictures.len() / job.size.len();
    let line = cols.slots * channels;
    let (out, row) = out.split_at_mut(pictures * rows.slots * line);
    row.fill(0.0);
    let width = cols.inside(job.size.width) * channels;
    let (out, row) = (out.as_mut_ptr(), row.as_mut_ptr());
    for picture in 0..pictures {
        for run in rows.runs {
            for i in 0..run.len {
                let plus = job.row(picture, run.plus + i);
                let minus = match run.minus {
                    Some(minus) => job.row(picture, minus + i),
                    None => None,
                };
                let to = (picture * rows.slots + run.to + i) * line;
                // SAFETY: rows of an image have `width` values, as has the middle of `row`; `check`
                // found the runs inside the bordered row and the slots.
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

/// Writes `plus - minus`, where what is missing is 0.
///
/// # Safety
///
/// So many values must be readable at the two, and writable at `out`.
#[inline(always)]
unsafe fn subtract<S: Simd>(
    simd: S,
    plus: Option<*const f32>,
    minus: Option<*const f32>,
    out: *mut f32,
    len: usize,
) {
    // SAFETY: where there is a pointer there are `len` values; what is missing is given another that is
    // not read.
    unsafe {
        match (plus, minus) {
            (Some(plus), None) => line::<S, true, false>(simd, plus, plus, out, len),
            (Some(plus), Some(minus)) => line::<S, true, true>(simd, plus, minus, out, len),
            (None, Some(minus)) => line::<S, false, true>(simd, minus, minus, out, len),
            (None, None) => line::<S, false, false>(simd, out, out, out, len),
        }
    }
}

/// [`subtract`] where it is known what is missing.
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
    // SAFETY: a vector from `i` on, or the rest, is within the `len` values that are there.
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
