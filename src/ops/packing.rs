//! Bringing weights into the order in which the gather kernel reads them.

use super::Family;
use super::scratch::Buffer;
use super::simd::gather::Weights;
use super::simd::lanes;
use super::simd::transpose::{Transpose, transpose};

/// A gather's weights: `depth` for each of `channels` outputs, in one of the two orders of
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

    /// Whether vectors run along the sum: with a few channels most lanes would be idle otherwise.
    const fn in_rows(self) -> bool {
        self.channels <= 4 && 2 * self.channels <= lanes(self.family)
    }

    /// Channels of a pair of vectors.
    const fn pair(self) -> usize {
        2 * lanes(self.family)
    }

    /// How much memory the weights take, in whole cache lines.
    pub const fn len(self) -> usize {
        let unit = if self.in_rows() { 1 } else { self.pair() };
        (self.channels.next_multiple_of(unit) * self.depth).next_multiple_of(16)
    }

    /// Clears what no channel fills: those lanes are computed but never written out, so the values
    /// do not matter, but subnormal ones would be slow.
    fn clear_rest(self, packed: &mut [f32]) {
        if !self.in_rows() {
            packed[self.channels / self.pair() * self.pair() * self.depth..].fill(0.0);
        }
    }

    /// The view of packed weights that the kernel takes.
    pub fn weights(self, values: &[f32]) -> Weights<'_> {
        if self.in_rows() {
            Weights::Rows { values, stride: self.depth }
        } else {
            Weights::Columns { values, stride: self.pair(), pair: self.pair() * self.depth }
        }
    }

    /// Weights from a matrix (`depth`, `channels`) for so many pixels. It may serve as it is, but a
    /// walk down a wide matrix meets a new page every few rows, which many pixels pay for many times.
    pub fn columns<'a>(
        self,
        matrix: &'a [f32],
        pixels: usize,
        buffer: &'a mut Buffer,
    ) -> Weights<'a> {
        let Self { family, depth, channels } = self;
        if self.in_rows() {
            let packed = buffer.take(self.len());
            let job = Transpose {
                from: matrix,
                stride: channels,
                rows: depth,
                cols: channels,
                to_stride: depth,
            };
            transpose(family, &job, packed);
            return self.weights(packed);
        }
        let narrow = channels <= 2 * self.pair();
        if channels.is_multiple_of(lanes(family)) && (narrow || pixels < 32) {
            return Weights::Columns { values: matrix, stride: channels, pair: self.pair() };
        }
        let packed = buffer.take(self.len());
        self.clear_rest(packed);
        // Rounding the memory up to cache lines may leave room for a pair that does not exist.
        let pairs =
            packed.chunks_exact_mut(self.pair() * depth).take(channels.div_ceil(self.pair()));
        for (i, part) in pairs.enumerate() {
            let first = i * self.pair();
            let width = self.pair().min(channels - first);
            for (to, row) in part.chunks_exact_mut(self.pair()).zip(matrix.chunks_exact(channels)) {
                to[..width].copy_from_slice(&row[first..first + width]);
            }
        }
        self.weights(packed)
    }

    /// Packs weights from matrices (`channels`, `part`) which follow each other along the sum; their
    /// parts add up to `depth`. `packed` has the length that [`Self::len`] says.
    pub fn pack_rows<'m>(
        self,
        part: usize,
        matrices: impl Iterator<Item = &'m [f32]>,
        packed: &mut [f32],
    ) {
        self.clear_rest(packed);
        if self.depth == 0 {
            return;
        }
        for (i, matrix) in matrices.enumerate() {
            if self.in_rows() {
                let rows = packed.chunks_exact_mut(self.depth).zip(matrix.chunks_exact(part));
                for (to, row) in rows {
                    to[i * part..][..part].copy_from_slice(row);
                }
                continue;
            }
            let pairs = packed.chunks_exact_mut(self.pair() * self.depth);
            for (to, from) in pairs.zip(matrix.chunks(self.pair() * part)) {
                let job = Transpose {
                    from,
                    stride: part,
                    rows: from.len() / part,
                    cols: part,
                    to_stride: self.pair(),
                };
                transpose(self.family, &job, &mut to[i * part * self.pair()..]);
            }
        }
    }
}
