//! Packs weights into the order in which the gather kernel reads them.

use super::Family;
use super::buffer::Buffer;
use super::simd::combine::{Combine, Terms, combine};
use super::simd::gather::Weights;
use super::simd::lanes;
use super::simd::transpose::{Transpose, transpose};

/// A kernel and, if the caller caches it, its packed form.
#[derive(Debug, Clone, Copy)]
pub struct Kernel<'a> {
    /// The kernel in the layer's own layout.
    pub values: &'a [f32],
    /// These values, packed by the operation's `pack` function for this pass; without it, every call packs
    /// again.
    pub packed: Option<&'a Packed>,
}

impl<'a> From<&'a [f32]> for Kernel<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self { values, packed: None }
    }
}

impl<'a> From<&'a Vec<f32>> for Kernel<'a> {
    fn from(values: &'a Vec<f32>) -> Self {
        values.as_slice().into()
    }
}

impl<'a> Kernel<'a> {
    /// Returns the cached packed values, if any.
    pub(super) fn kept(&self) -> Option<&'a [f32]> {
        self.packed.map(|Packed { buffer, len }| buffer.get(*len))
    }

    /// Returns the cached packed values, or packs them into `buffer`.
    pub(super) fn packed<'b>(
        &self,
        buffer: &'b mut Buffer,
        len: impl FnOnce() -> usize,
        pack: impl FnOnce(&mut [f32]),
    ) -> &'b [f32]
    where
        'a: 'b,
    {
        if let Some(packed) = self.kept() {
            return packed;
        }
        let packed = buffer.take(len());
        pack(packed);
        packed
    }
}

/// A kernel in the order in which one pass reads it; empty if the pass reads the kernel unpacked.
#[derive(Debug, Default)]
pub struct Packed {
    buffer: Buffer,
    len: usize,
}

impl Packed {
    /// Empties the buffer, for a kernel that is read unpacked.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Returns memory for `len` values, reusing the previous allocation if it suffices.
    pub(super) fn take(&mut self, len: usize) -> &mut [f32] {
        self.len = len;
        self.buffer.take(len)
    }
}

/// Rows of a matrix that are packed together, and columns when transposing.
const PACKED_ROWS: usize = 16;
const PACKED_COLS: usize = 64;

/// Lanes of two vectors of the widest family.
const MOST_ROWS: usize = 32;

/// The layout of a gather's weights: `depth` for each of `channels` outputs, in one of the two orders of
/// [`Weights`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    family: Family,
    depth: usize,
    channels: usize,
}

impl Layout {
    pub const fn new(family: Family, depth: usize, channels: usize) -> Self {
        Self { family, depth, channels }
    }

    /// Whether vectors run along the reduction: with few channels most lanes would otherwise be idle.
    pub const fn in_rows(self) -> bool {
        self.channels <= 4 && 2 * self.channels <= lanes(self.family)
    }

    /// Returns the number of channels in a pair of vectors, which is one panel of packed weights.
    const fn pair(self) -> usize {
        2 * lanes(self.family)
    }

    /// Returns the number of packed values, rounded up to whole cache lines.
    pub const fn len(self) -> usize {
        let unit = if self.in_rows() { 1 } else { self.pair() };
        (self.channels.next_multiple_of(unit) * self.depth).next_multiple_of(16)
    }

    /// Clears the padding lanes: their results are never stored, so the values do not matter, but
    /// subnormal ones would be slow.
    fn clear_rest(self, packed: &mut [f32]) {
        if !self.in_rows() {
            packed[self.channels / self.pair() * self.pair() * self.depth..].fill(0.0);
        }
    }

    /// Returns the view of packed weights that the gather kernel takes.
    pub fn weights(self, values: &[f32]) -> Weights<'_> {
        self.part(values, 0, 0)
    }

    /// Returns the view from row `first` of the reduction on, with `tap` rows between the starts of
    /// consecutive taps. Weights with vectors along the reduction are always viewed whole.
    pub fn part(self, values: &[f32], first: usize, tap: usize) -> Weights<'_> {
        if self.in_rows() {
            return Weights::Rows { values, stride: self.depth };
        }
        let pair = self.pair();
        let values = &values[first * pair..];
        Weights::Columns { values, stride: pair, tap: tap * pair, pair: pair * self.depth }
    }

    /// Whether a matrix (`depth`, `channels`) can be read unpacked. Walking down a wide one would touch a new
    /// page every few rows.
    pub fn readable_unpacked(self) -> bool {
        !self.in_rows()
            && self.channels.is_multiple_of(lanes(self.family))
            && self.channels <= 2 * self.pair()
    }

    /// Returns the view of an unpacked matrix (`depth`, `channels`), with `tap` rows per tap.
    pub fn unpacked(self, matrix: &[f32], tap: usize) -> Weights<'_> {
        Weights::Columns {
            values: matrix,
            stride: self.channels,
            tap: tap * self.channels,
            pair: self.pair(),
        }
    }

    /// Packs weights from matrices (`part`, `channels`) that follow each other along the reduction; their
    /// parts add up to `depth`. `packed` has length [`Self::len`].
    pub fn pack_columns<'m>(
        self,
        part: usize,
        matrices: impl Iterator<Item = Terms<'m>>,
        packed: &mut [f32],
    ) {
        let Self { family, depth, channels } = self;
        self.clear_rest(packed);
        for (i, matrix) in matrices.enumerate() {
            if self.in_rows() {
                let from = as_single(&matrix).expect("sums of weights lie in columns");
                let (stride, to_stride) = (channels, depth);
                let job = Transpose { from, stride, rows: part, cols: channels, to_stride };
                transpose(family, &job, &mut packed[i * part..]);
                continue;
            }
            // A few rows at a time, so that both sides are accessed in long runs.
            for row in (0..part).step_by(PACKED_ROWS) {
                for first in (0..channels).step_by(self.pair()) {
                    let job = Combine {
                        terms: matrix,
                        start: row * channels + first,
                        stride: channels,
                        rows: PACKED_ROWS.min(part - row),
                        cols: self.pair().min(channels - first),
                        to_stride: self.pair(),
                        add: false,
                    };
                    let to = first * depth + (i * part + row) * self.pair();
                    combine(family, &job, &mut packed[to..]);
                }
            }
        }
    }

    /// Packs weights from matrices (`channels`, `part`) that follow each other along the reduction; their
    /// parts add up to `depth`. `packed` has length [`Self::len`].
    pub fn pack_rows<'m>(
        self,
        part: usize,
        matrices: impl Iterator<Item = Terms<'m>>,
        packed: &mut [f32],
    ) {
        self.clear_rest(packed);
        if self.depth == 0 {
            return;
        }
        for (i, matrix) in matrices.enumerate() {
            if self.in_rows() {
                let (rows, to_stride) = (self.channels, self.depth);
                let (terms, start) = (matrix, 0);
                let job =
                    Combine { terms, start, stride: part, rows, cols: part, to_stride, add: false };
                combine(self.family, &job, &mut packed[i * part..]);
                continue;
            }
            for first in (0..self.channels).step_by(self.pair()) {
                let rows = self.pair().min(self.channels - first);
                let to = first * self.depth + i * part * self.pair();
                self.pack_pair(part, first * part, rows, &matrix, &mut packed[to..]);
            }
        }
    }

    /// Packs `rows` rows of `part` values each, from value `start` of the matrix on, into one panel.
    fn pack_pair(
        self,
        part: usize,
        start: usize,
        rows: usize,
        matrix: &Terms<'_>,
        packed: &mut [f32],
    ) {
        let to_stride = self.pair();
        if let Some(matrix) = as_single(matrix) {
            let from = &matrix[start..];
            transpose(
                self.family,
                &Transpose { from, stride: part, rows, cols: part, to_stride },
                packed,
            );
            return;
        }
        let mut sums = [0.0; MOST_ROWS * PACKED_COLS];
        for col in (0..part).step_by(PACKED_COLS) {
            let cols = PACKED_COLS.min(part - col);
            let job = Combine {
                terms: *matrix,
                start: start + col,
                stride: part,
                rows,
                cols,
                to_stride: PACKED_COLS,
                add: false,
            };
            combine(self.family, &job, &mut sums);
            let job = Transpose { from: &sums, stride: PACKED_COLS, rows, cols, to_stride };
            transpose(self.family, &job, &mut packed[col * to_stride..]);
        }
    }
}

/// A single matrix as a sum of one term.
pub(super) fn single(matrix: &[f32]) -> Terms<'_> {
    [(1.0, matrix), (0.0, matrix), (0.0, matrix), (0.0, matrix)]
}

/// Returns the matrix if the sum is a single one with factor 1.
fn as_single<'m>(terms: &Terms<'m>) -> Option<&'m [f32]> {
    match terms {
        [(1.0, matrix), (0.0, _), (0.0, _), (0.0, _)] => Some(matrix),
        _ => None,
    }
}
