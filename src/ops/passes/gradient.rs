//! The kernel gradient of a pass whose pairs of outputs share products.
//!
//! It is the transpose of the pass downwards: the gradient of each tap of a block
//! ([`Axis`](super::super::axis::Axis)) sums the products of the slots with the small side's pixels that the
//! tap contributed to, and the gradient of a weight sums those of the taps that contain it. The term shared
//! by a pair contributed to both outputs, so it is multiplied by the sum of their two pixels.

use super::{Pass, group};
use crate::ops::activation::Before;
use crate::ops::axis::{Part as Of, Tap};
use crate::ops::buffer::Buffer;
use crate::ops::pixels::whole_vectors;
use crate::ops::scratch::{self, Scratch};
use crate::ops::simd::combine::{Combine, combine};
use crate::ops::simd::lanes;
use crate::ops::simd::outer::{Grid, Outer, Part, outer};

/// The most values of tap gradients at a time, so that they stay in the cache until they are combined.
const SUMS: usize = 1 << 16;

/// Pixels of the small side, padded to whole vectors: the values themselves, and their sums with the right,
/// the lower, and all three neighbours. The sums exist only for every other column or row, or both.
#[derive(Clone, Copy)]
struct Pixels<'a> {
    alone: &'a [f32],
    sums: [&'a [f32]; 3],
}

impl<'a> Pixels<'a> {
    /// Returns the pixels that belong to the outputs of two pieces, from index `first` on.
    fn of(&self, v: Of, h: Of, first: usize) -> &'a [f32] {
        let [right, lower, all] = self.sums;
        let pixels = match (v == Of::Common, h == Of::Common) {
            (false, false) => self.alone,
            (false, true) => right,
            (true, false) => lower,
            (true, true) => all,
        };
        &pixels[first..]
    }
}

impl Pass<'_> {
    /// Whether [`Self::add_gradient`] saves enough products to be worth its overhead.
    pub fn gradient_saves(&self) -> bool {
        let [v, h] =
            [self.rows, self.cols].map(|axis| axis.taps().map(|tap| tap.products()).sum::<usize>());
        let all = self.shape.taps() * self.to.height * self.to.width;
        self.rows.in_pairs() && self.cols.in_pairs() && 5 * v * h <= 4 * all
    }

    /// Adds the gradient of the kernel to `out`, for a pass downwards. With `outputs` (packed weights, the
    /// preceding activation, and the destination), also runs the pass, from the same copies.
    pub fn add_gradient(
        &self,
        large: &[f32],
        small: &[f32],
        mut outputs: Option<(&[f32], Before<'_>, &mut [f32])>,
        out: &mut [f32],
    ) {
        let count = large.len() / self.from.len();
        // Twice as many as in a pass, since combining the taps costs time for each group.
        let group = group(self.shape, self.copy_len() / 2, count);
        let wide = self.to.channels.next_multiple_of(lanes(self.family));
        scratch::with(|Scratch { source, pixels, sums, weights, runs, taps, .. }| {
            for (taps, axis) in taps.iter_mut().zip([self.rows, self.cols]) {
                taps.clear();
                taps.extend(axis.taps());
            }
            let copies = source.take(self.copies_len(group));
            let small = small.chunks(group * self.to.len());
            for (i, (large, small)) in large.chunks(group * self.from.len()).zip(small).enumerate()
            {
                let left = self.copy(large, runs, copies);
                if let Some((packed, before, outputs)) = &mut outputs {
                    let part = i * group * self.to.len()..i * group * self.to.len() + small.len();
                    let epilogue = self.epilogue(*before).0.within(part.clone());
                    let left = (left, small.len() / self.to.len());
                    self.gather(left, packed, None, epilogue, sums, &mut outputs[part]);
                }
                let alone = whole_vectors(small, self.to.channels, wide, pixels);
                let sums = self.pair_sums(alone, wide, sums);
                self.add_products(taps, left, Pixels { alone, sums }, wide, weights, out);
            }
        });
        if let Some((_, before, outputs)) = outputs {
            self.epilogue(before).1.backward(self.family, outputs);
        }
    }

    /// Sums of neighbours along the rows, along the columns, and along both.
    fn pair_sums<'b>(&self, alone: &[f32], wide: usize, sums: &'b mut Buffer) -> [&'b [f32]; 3] {
        let (width, line) = (self.to.width, self.to.width * wide);
        let (right, rest) = sums.take(3 * alone.len()).split_at_mut(alone.len());
        let (lower, all) = rest.split_at_mut(alone.len());
        self.add_neighbours(alone, width, wide, right);
        self.add_neighbours(alone, self.to.height, line, lower);
        self.add_neighbours(lower, width, wide, all);
        [right, lower, all]
    }

    /// In every line of `pieces` pieces of `len` values, adds the second piece to the first, the fourth to
    /// the third, and so on. The last of an odd number is copied.
    fn add_neighbours(&self, from: &[f32], pieces: usize, len: usize, to: &mut [f32]) {
        let (line, whole) = (pieces * len, pieces / 2);
        for (from, to) in from.chunks_exact(line).zip(to.chunks_exact_mut(line)) {
            if whole > 0 {
                let terms = [(1.0, from), (1.0, &from[len..]), (0.0, from), (0.0, from)];
                let (start, stride) = (0, 2 * len);
                // The second matrix begins a piece later, so it ends with the line.
                let job = Combine {
                    terms,
                    start,
                    stride,
                    rows: whole,
                    cols: len,
                    to_stride: stride,
                    add: false,
                };
                combine(self.family, &job, to);
            }
            if pieces % 2 == 1 {
                to[2 * whole * len..].copy_from_slice(&from[2 * whole * len..]);
            }
        }
    }

    /// Adds the gradient of some images, one band of the large side's channels at a time.
    fn add_products(
        &self,
        taps: &[Vec<Tap>; 2],
        left: &[f32],
        right: Pixels<'_>,
        wide: usize,
        buffer: &mut Buffer,
        out: &mut [f32],
    ) {
        let (depth, channels) = (self.from.channels, self.to.channels);
        let count = taps[0].len() * taps[1].len();
        let most = (SUMS / (count * channels)).clamp(1, depth);
        let band = depth.div_ceil(depth.div_ceil(most));
        for first in (0..depth).step_by(band) {
            let len = band.min(depth - first) * channels;
            let sums = buffer.take(count * len);
            let mut each = sums.chunks_exact_mut(len);
            for v in &taps[0] {
                for (h, sums) in taps[1].iter().zip(&mut each) {
                    self.sum(v, h, (left, first), right, wide, sums);
                }
            }
            self.add_taps(taps, sums, len, first * channels, out);
        }
    }

    /// Computes the gradient of one tap of both axes, from channel `first` of the large side on.
    fn sum(
        &self,
        v: &Tap,
        h: &Tap,
        (left, first): (&[f32], usize),
        right: Pixels<'_>,
        wide: usize,
        out: &mut [f32],
    ) {
        let (depth, line) = (self.from.channels, self.cols.slots() * self.from.channels);
        let images = left.len() / self.copy_len();
        let (mut parts, mut count) = ([Part::default(); 4], 0);
        let (mut rows, mut cols) = (Grid::default(), Grid::default());
        for (v, top) in v.pieces.iter().flatten() {
            for (h, start) in h.pieces.iter().flatten() {
                let pixel = (v.first * self.to.width + h.first) * wide;
                let left = &left[top * line + start * depth..];
                let right = right.of(v.part, h.part, pixel);
                parts[count] = Part { images, rows: v.count, cols: h.count, left, right };
                count += usize::from(v.count * h.count > 0);
                // All pieces that use a tap have the same steps.
                let image = self.copy_len();
                rows = Grid { start: first, image, row: v.step * line, col: h.step * depth };
                let row = v.every * self.to.width * wide;
                let image = self.to.height * self.to.width * wide;
                cols = Grid { start: 0, image, row, col: h.every * wide };
            }
        }
        let channels = self.to.channels;
        let job = Outer {
            parts: &parts[..count],
            left: rows,
            taps: 1,
            tap_stride: 0,
            run: out.len() / channels,
            sum: false,
            add: false,
            right: cols,
            channels,
        };
        outer(self.family, &job, out);
    }

    /// Adds the gradients of the taps, `len` values each, to the weights that they contain; `start` is the
    /// offset in each matrix of the kernel.
    fn add_taps(
        &self,
        taps: &[Vec<Tap>; 2],
        sums: &[f32],
        len: usize,
        start: usize,
        out: &mut [f32],
    ) {
        let channels = self.to.channels;
        let matrix = self.from.channels * channels;
        for y in 0..self.shape.rows.kernel {
            for x in 0..self.shape.cols.kernel {
                let (mut terms, mut count) = ([(0.0, sums); 4], 0);
                let mut each = sums.chunks_exact(len);
                for v in &taps[0] {
                    for (h, sums) in taps[1].iter().zip(&mut each) {
                        let factor = v.factor(y) * h.factor(x);
                        if factor != 0.0 {
                            terms[count] = (factor, sums);
                            count += 1;
                        }
                    }
                }
                let rows = len / channels;
                let job = Combine {
                    terms,
                    start: 0,
                    stride: channels,
                    rows,
                    cols: channels,
                    to_stride: channels,
                    add: true,
                };
                let at = (y * self.shape.cols.kernel + x) * matrix + start;
                combine(self.family, &job, &mut out[at..][..len]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{ConvShape, Window};
    use crate::ops::Family;

    #[test]
    fn pairs_are_used_where_they_save_a_fifth_of_the_products() {
        let saves = |size, kernel, stride, large_channels| {
            let rows = Window::same(size, kernel, stride);
            let shape = ConvShape { rows, cols: rows, large_channels, small_channels: 20 };
            Pass::down(Family::Portable, &shape).gradient_saves()
        };
        assert!(saves(16, 3, 2, 32) && saves(14, 3, 2, 16));
        // A single output, windows that do not overlap, few channels.
        assert!(!saves(2, 3, 2, 32) && !saves(16, 2, 2, 32) && !saves(16, 3, 2, 1));
    }
}
