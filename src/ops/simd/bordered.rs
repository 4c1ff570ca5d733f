//! Copies images and pads them with a border of zeros.

use super::{Simd, entry_points, expand::whole_images, product};
use crate::arch::Size;
use crate::ops::Family;

/// Images of one size, and the layout of their padded copies.
pub(in crate::ops) struct Bordered<'a> {
    pub images: &'a [f32],
    pub size: Size,
    /// Distance between copied pixels; the gaps between them are left unchanged.
    pub pitch: usize,
    /// Rows of a copy and pixels per row; anything beyond is dropped.
    pub rows: usize,
    pub cols: usize,
    /// Padding before the image.
    pub top: usize,
    pub left: usize,
}

impl Bordered<'_> {
    /// Panics when the job would access memory outside its slices.
    fn check(&self, _: Family, out: usize) {
        let images = whole_images(self.images, self.size);
        assert!(self.top <= self.rows && self.left <= self.cols, "padding larger than the copy");
        assert!(self.size.channels <= self.pitch, "pixels overlap");
        let copies = product([images, self.rows, self.cols, self.pitch]);
        assert!(copies <= out, "the copies end at {copies} of {out}");
    }
}

entry_points! {
    /// Writes the copies.
    bordered, Bordered<'_>, kernel
}

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
unsafe fn kernel<S: Simd>(simd: S, job: &Bordered<'_>, out: &mut [f32]) {
    let Bordered { size, pitch, rows, cols, top, left, .. } = *job;
    let (height, width) = (size.height.min(rows - top), size.width.min(cols - left));
    // A row's pixels are one run if there are no gaps between them.
    let (runs, run) =
        if pitch == size.channels { (1, width * pitch) } else { (width, size.channels) };
    let (line, end) = (cols * pitch, (left + width) * pitch);
    let (mut from, mut to) = (job.images.as_ptr(), out.as_mut_ptr());
    for _ in 0..job.images.len() / size.len() {
        // SAFETY: `check` found whole images, and room for as many copies.
        unsafe {
            zeros(simd, to, top * line);
            to = to.add(top * line);
            for row in 0..height {
                let from = from.add(row * size.width * size.channels);
                zeros(simd, to, left * pitch);
                let pixels = to.add(left * pitch);
                for i in 0..runs {
                    copy(simd, from.add(i * size.channels), pixels.add(i * pitch), run);
                }
                zeros(simd, to.add(end), line - end);
                to = to.add(line);
            }
            let bottom = rows - top - height;
            zeros(simd, to, bottom * line);
            to = to.add(bottom * line);
            from = from.add(size.len());
        }
    }
}

/// Writes `len` zeros.
///
/// # Safety
///
/// `len` values must be writable at `to`.
#[inline(always)]
unsafe fn zeros<S: Simd>(simd: S, to: *mut f32, len: usize) {
    let mut i = 0;
    while i < len {
        // SAFETY: `i < len`, and no more than the `len - i` values behind it are written.
        unsafe { simd.store_most(to.add(i), simd.zero(), len - i) };
        i += S::LANES;
    }
}

/// Copies `len` values.
///
/// # Safety
///
/// `len` values must be readable at `from` and writable at `to`.
#[inline(always)]
unsafe fn copy<S: Simd>(simd: S, from: *const f32, to: *mut f32, len: usize) {
    let mut i = 0;
    while i < len {
        // SAFETY: `i < len`, and no more than the `len - i` values behind it are read and written.
        unsafe { simd.store_most(to.add(i), simd.load_most(from.add(i), len - i), len - i) };
        i += S::LANES;
    }
}
