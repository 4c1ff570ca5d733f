//! The two passes that make up both convolutions: from the large side down to the small one, and back up.
//!
//! Sources are copied with zero padding, so that each row of a window is one contiguous run, and with
//! differences of neighbours next to the values where these save products ([`Axis`]).

mod gradient;
mod pieces;

use super::Family;
use super::activation::Before;
use super::axis::{Axis, Block};
use super::border::Border;
use super::buffer::Buffer;
use super::packing::{Kernel, Layout, Packed};
use super::scratch::{self, Scratch};
use super::simd::combine::Terms;
use super::simd::expand::{Expand, Lines, Run, expand};
use super::simd::gather::Epilogue;
use crate::arch::{ConvShape, Size};

/// The most values of padded copies at a time: the copies are read repeatedly and should stay in the cache.
const GROUP: usize = 1 << 16;
/// For a kernel of at most this many weights, rereading it for every group costs nothing, so groups are
/// small: [`SMALL_GROUP`] values stay in the L1 cache while the outputs stream through it.
pub(super) const SMALL_KERNEL: usize = 2048;
const SMALL_GROUP: usize = 1 << 12;

/// Returns how many images, of `len` values each with padding, are copied at a time. Splits the `batch` as
/// evenly as possible; since each group reads the whole kernel, a group may be as large as the kernel.
pub(super) fn group(shape: &ConvShape, len: usize, batch: usize) -> usize {
    let weights = shape.kernel_len();
    let most = if weights <= SMALL_KERNEL { SMALL_GROUP } else { GROUP.max(weights) };
    let parts = (batch * len).div_ceil(most).max(1);
    batch.div_ceil(parts).max(1)
}

/// The smallest number of source channels for which saving products pays for computing the differences.
const CHANNELS: usize = 16;

/// Whether outputs have so few channels that vectors run along the reduction.
fn few(family: Family, to: Size) -> bool {
    Layout::new(family, 1, to.channels).in_rows()
}

/// A pass from one side of a convolution to the other.
pub(super) struct Pass<'s> {
    family: Family,
    shape: &'s ConvShape,
    up: bool,
    rows: Axis,
    cols: Axis,
    from: Size,
    to: Size,
}

impl<'s> Pass<'s> {
    /// The pass from the large side to the small one.
    pub fn down(family: Family, shape: &'s ConvShape) -> Self {
        let (from, to) = (shape.large(), shape.small());
        let pairs = Self::in_pairs(family, from, to);
        let (rows, cols) = (Axis::down(shape.rows, pairs), Axis::down(shape.cols, pairs));
        Self { family, shape, up: false, rows, cols, from, to }
    }

    /// The pass from the small side to the large one.
    pub fn up(family: Family, shape: &'s ConvShape) -> Self {
        let (from, to) = (shape.small(), shape.large());
        let pairs = Self::in_pairs(family, from, to);
        let (rows, cols) = (Axis::up(shape.rows, pairs), Axis::up(shape.cols, pairs));
        Self { family, shape, up: true, rows, cols, from, to }
    }

    fn in_pairs(family: Family, from: Size, to: Size) -> bool {
        from.channels >= CHANNELS && !few(family, to)
    }

    /// Calls `work` with every combination of a block along the rows and one along the columns, phase by
    /// phase, and the layout of their weights.
    fn each_block(&self, mut work: impl FnMut(&Block, &Block, Layout)) {
        for v in self.rows.phases() {
            for h in self.cols.phases() {
                for v in v.iter().flatten() {
                    for h in h.iter().flatten() {
                        let depth = v.taps * h.taps * self.from.channels;
                        work(v, h, Layout::new(self.family, depth, self.to.channels));
                    }
                }
            }
        }
    }

    /// Returns the layout for reading the kernel unpacked, if that is possible.
    fn unpacked(&self) -> Option<Layout> {
        let depth = self.shape.taps() * self.from.channels;
        let layout = Layout::new(self.family, depth, self.to.channels);
        let plain = !self.up && !self.rows.in_pairs() && !self.cols.in_pairs();
        (plain && layout.readable_unpacked()).then_some(layout)
    }

    /// Packs a kernel.
    pub fn pack(&self, kernel: &[f32], packed: &mut Packed) {
        match self.unpacked() {
            Some(_) => packed.clear(),
            None => self.pack_blocks(kernel, packed.take(self.packed_len())),
        }
    }

    fn packed_len(&self) -> usize {
        let mut len = 0;
        self.each_block(|_, _, layout| len += layout.len());
        len
    }

    fn pack_blocks(&self, kernel: &[f32], packed: &mut [f32]) {
        let part = self.from.channels;
        let mut done = 0;
        self.each_block(|v, h, layout| {
            let packed = &mut packed[done..][..layout.len()];
            done += packed.len();
            let matrices =
                (0..v.taps).flat_map(|y| (0..h.taps).map(move |x| self.terms(v, y, h, x, kernel)));
            if self.up {
                layout.pack_rows(part, matrices, packed);
            } else {
                layout.pack_columns(part, matrices, packed);
            }
        });
    }

    /// Returns the matrices (large, small) of the kernel whose sum is the tap `y` of `v` by `x` of `h`.
    fn terms<'k>(&self, v: &Block, y: usize, h: &Block, x: usize, kernel: &'k [f32]) -> Terms<'k> {
        let len = self.from.channels * self.to.channels;
        let (rows, cols) = (v.terms(y), h.terms(x));
        let term = |(f, y): (f32, usize), (g, x): (f32, usize)| match f * g {
            0.0 => (0.0, kernel),
            factor => (factor, &kernel[(y * self.shape.cols.kernel + x) * len..][..len]),
        };
        let [[a, b], [c, d]] = rows.map(|row| cols.map(|col| term(row, col)));
        [a, b, c, d]
    }

    /// Whether the source is read in place: with few output channels, a padded copy would take longer than the
    /// arithmetic.
    fn clips(&self) -> bool {
        self.up && few(self.family, self.to)
    }

    /// Returns the number of values of a copied image.
    fn copy_len(&self) -> usize {
        self.rows.slots() * self.cols.slots() * self.from.channels
    }

    /// Returns the buffer length for copies of this many images plus the row under construction.
    fn copies_len(&self, images: usize) -> usize {
        images * self.copy_len() + self.cols.border().1 * self.from.channels
    }

    /// Copies images with padding, and with differences if outputs are computed in pairs.
    fn copy<'c, 'r>(
        &self,
        images: &[f32],
        runs: &'r mut [Vec<Run>; 2],
        copies: &'c mut [f32],
    ) -> &'c [f32] {
        let (rows, cols) = (self.rows, self.cols);
        let len = images.len() / self.from.len() * self.copy_len();
        if !rows.in_pairs() && !cols.in_pairs() {
            let [(top, height), (left, width)] = [rows, cols].map(|axis| axis.border());
            let border = Border { rows: height, cols: width, top, left };
            border.copy(self.family, images, self.from, self.from.channels, &mut copies[..len]);
            return &copies[..len];
        }
        let lines = |axis: Axis, runs: &'r mut Vec<Run>| {
            runs.clear();
            runs.extend(axis.runs());
            let (before, bordered) = axis.border();
            Lines { before, bordered, slots: axis.slots(), runs }
        };
        let [row_runs, col_runs] = runs;
        let (rows, cols) = (lines(rows, row_runs), lines(cols, col_runs));
        let row = cols.bordered * self.from.channels;
        let job = Expand { images, size: self.from, rows, cols };
        expand(self.family, &job, &mut copies[..len + row]);
        &copies[..len]
    }

    /// Writes all outputs.
    pub fn run(
        &self,
        images: &[f32],
        kernel: Kernel<'_>,
        bias: Option<&[f32]>,
        epilogue: Epilogue<'_>,
        out: &mut [f32],
    ) {
        let count = images.len() / self.from.len();
        let clips = self.clips();
        let group = if clips { count } else { group(self.shape, self.copy_len(), count) };
        scratch::with(|Scratch { source, weights, sums, runs, .. }| {
            let copies = source.take(if clips { 0 } else { self.copies_len(group) });
            let weights = self.weights(kernel, weights);
            let images = images.chunks(group * self.from.len());
            let mut done = 0;
            for (images, out) in images.zip(out.chunks_mut(group * self.to.len())) {
                let source = if clips { images } else { self.copy(images, runs, copies) };
                let count = images.len() / self.from.len();
                let epilogue = epilogue.within(done..done + out.len());
                done += out.len();
                self.gather((source, count), weights, bias, epilogue, sums, out);
            }
        });
    }

    /// Writes all outputs, backpropagated through the activation `before`.
    pub fn run_back(
        &self,
        images: &[f32],
        kernel: Kernel<'_>,
        before: Before<'_>,
        out: &mut [f32],
    ) {
        let (epilogue, rest) = self.epilogue(before);
        self.run(images, kernel, None, epilogue, out);
        rest.backward(self.family, out);
    }

    /// Splits `before` into the epilogue of the gather and what remains afterwards.
    fn epilogue<'a>(&self, before: Before<'a>) -> (Epilogue<'a>, Before<'a>) {
        before.split(!few(self.family, self.to))
    }

    /// Returns the weights of all blocks.
    fn weights<'b>(&self, kernel: Kernel<'b>, buffer: &'b mut Buffer) -> &'b [f32] {
        if self.unpacked().is_some() {
            return kernel.values;
        }
        kernel.packed(
            buffer,
            || self.packed_len(),
            |packed| self.pack_blocks(kernel.values, packed),
        )
    }
}
