//! One axis of a pass from one side of a convolution to the other: which source values are multiplied by
//! which taps of the kernel for each output.
//!
//! Downwards, output `o` reads the window that starts at `o * stride - pad`. Upwards, each residue of the
//! output's position modulo the stride (a phase) has its own taps, and within a phase neighbouring
//! outputs read neighbouring inputs.
//!
//! Two neighbouring outputs with inputs `x0`, `x1`, `x2` and taps `a`, `b` would take four products;
//! three are enough:
//!
//! ```text
//! x0 a + x1 b = x1 (a + b) + (x0 - x1) a
//! x1 a + x2 b = x1 (a + b) - (x1 - x2) b
//! ```
//!
//! This is the minimal filtering F(2, 2) of S. Winograd, Arithmetic Complexity of Computations (1980).
//! The differences are stored next to the values in the padded copy of the source, which is made anyway;
//! the sums of taps are packed with the kernel; and the term shared by both outputs is computed first.

mod piece;

use super::simd::expand::Run;
use crate::arch::Window;
pub(super) use piece::{Block, Part, Piece, Tap};

/// One axis of a pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    window: Window,
    up: bool,
    pairs: bool,
}

impl Axis {
    /// The axis of a pass from the large side down; computes outputs in pairs if asked to and worthwhile.
    pub const fn down(window: Window, pairs: bool) -> Self {
        Self { window, up: false, pairs: pairs && window.output > 1 && Self::pairs_save(&window) }
    }

    /// The axis of a pass from the small side up.
    pub const fn up(window: Window, pairs: bool) -> Self {
        let pairs = pairs && window.input > window.stride && Self::pairs_save(&window);
        Self { window, up: true, pairs }
    }

    /// Whether neighbouring outputs share inputs, and no more than two share the same one.
    const fn pairs_save(window: &Window) -> bool {
        window.stride < window.kernel && window.kernel <= 2 * window.stride
    }

    /// Whether outputs are computed in pairs.
    pub const fn in_pairs(&self) -> bool {
        self.pairs
    }

    /// Returns the zeros before the source, and the padded length.
    pub const fn border(&self) -> (usize, usize) {
        let Window { input, output, kernel, stride, pad } = self.window;
        if self.up {
            let front = kernel.div_ceil(stride) - 1;
            return (front, front + (input - 1 + pad) / stride + 1);
        }
        let outputs = if self.pairs { output.next_multiple_of(2) } else { output };
        (pad, (outputs - 1) * stride + kernel)
    }

    /// Returns the largest number of outputs, or pairs of outputs, in a piece.
    pub const fn grid(&self) -> usize {
        let Window { input, output, stride, .. } = self.window;
        match (self.up, self.pairs) {
            (true, _) => input.div_ceil(stride),
            (false, true) => output.div_ceil(2),
            (false, false) => output,
        }
    }

    /// Returns the number of slots, for values and differences, in a line of the copied source.
    pub const fn slots(&self) -> usize {
        let (_, len) = self.border();
        if !self.pairs {
            return len;
        }
        let Window { output, kernel, stride, .. } = self.window;
        if self.up { 2 * len - 1 } else { output.div_ceil(2) * (stride + kernel) }
    }

    /// Returns how the slots are filled.
    pub fn runs(self) -> impl Iterator<Item = Run> {
        let groups = if self.pairs && !self.up { self.window.output.div_ceil(2) } else { 1 };
        (0..groups).flat_map(move |group| self.group(group)).filter(|run| run.len > 0)
    }

    fn group(self, group: usize) -> [Run; 5] {
        let none = Run { to: 0, len: 0, plus: 0, minus: None };
        let (_, len) = self.border();
        if !self.pairs || self.up {
            let values = Run { len, ..none };
            let len = if self.pairs { len - 1 } else { 0 };
            let differences = Run { to: self.slots() - len, len, plus: 0, minus: Some(1) };
            return [values, differences, none, none, none];
        }
        // For each pair, the slots of the first output alone and those of the second alone, including the
        // middle inputs that use the same taps; after all pairs, the slots that the two outputs share.
        let Window { output, kernel, stride, .. } = self.window;
        let (shared, own) = (kernel - stride, 2 * stride - kernel);
        let (to, from) = (2 * stride * group, 2 * stride * group);
        let common = 2 * stride * output.div_ceil(2) + shared * group;
        [
            Run { to, len: shared, plus: from, minus: Some(from + stride) },
            Run { to: to + shared, len: own, plus: from + shared, minus: None },
            Run { to: to + stride, len: own, plus: from + kernel, minus: None },
            Run {
                to: to + stride + own,
                len: shared,
                plus: from + stride,
                minus: Some(from + 2 * stride),
            },
            Run { to: common, len: shared, plus: from + stride, minus: None },
        ]
    }

    /// Returns the blocks of every phase. For pairs, the common part comes first.
    pub fn phases(self) -> impl Iterator<Item = [Option<Block>; 3]> {
        let phases = if self.up { self.window.stride } else { 1 };
        (0..phases).map(move |phase| if self.up { self.phase(phase) } else { self.windows() })
    }

    /// Returns the taps of all blocks.
    pub fn taps(self) -> impl Iterator<Item = Tap> {
        self.phases().flatten().flatten().flat_map(|block| {
            (0..block.taps).map(move |tap| {
                let meets = |piece: Piece| {
                    let at = tap.checked_sub(piece.tap).filter(|at| *at < piece.taps)?;
                    Some((piece, piece.start + at))
                };
                let pieces = block.pieces.map(|piece| piece.and_then(meets));
                Tap { pieces, terms: block.terms(tap) }
            })
        })
    }

    fn windows(self) -> [Option<Block>; 3] {
        let Window { output, kernel, stride, .. } = self.window;
        let (part, count) = (Part::Whole, output);
        let (start, step, taps) = (0, stride, kernel);
        let whole =
            Piece { part, count, grid: count, first: 0, every: 1, start, step, taps, tap: 0 };
        let pieces = [Some(whole), None];
        let block = Block { taps, pieces, first: 0, step: 1, and: 0, negative: taps };
        if !self.pairs {
            return [Some(block), None, None];
        }
        let (pairs, shared) = (count.div_ceil(2), kernel - stride);
        let pair = Piece { count: pairs, grid: pairs, every: 2, step: 2 * stride, ..whole };
        let start = 2 * stride * pairs;
        let common = Piece { part: Part::Common, start, step: shared, taps: shared, ..pair };
        let first = Piece { part: Part::First, taps: stride, ..pair };
        let second = Piece {
            part: Part::Second,
            count: count / 2,
            first: 1,
            start: stride,
            tap: shared,
            ..first
        };
        let pieces = [Some(common), None];
        [
            Some(Block { taps: shared, pieces, and: stride, ..block }),
            Some(Block { pieces: [Some(first), Some(second)], negative: stride, ..block }),
            None,
        ]
    }

    fn phase(self, residue: usize) -> [Option<Block>; 3] {
        let Window { input, kernel, stride, pad, .. } = self.window;
        let first = (residue + stride - pad % stride) % stride;
        let count = input.saturating_sub(first).div_ceil(stride);
        if count == 0 {
            return [None; 3];
        }
        let taps = kernel.saturating_sub(residue).div_ceil(stride);
        // The differences follow the values.
        let (front, values) = self.border();
        // Output `first` reads input `(first + pad) / stride` with its first tap and the inputs
        // before it with the others; without taps any start inside the border will do.
        let start = (front + (first + pad) / stride + 1).saturating_sub(taps.max(1));
        let (part, every) = (Part::Whole, stride);
        let whole = Piece { part, count, grid: count, first, every, start, step: 1, taps, tap: 0 };
        let last = residue + taps.saturating_sub(1) * stride;
        let block = Block {
            taps,
            pieces: [Some(whole), None],
            first: last,
            step: -stride.cast_signed(),
            and: 0,
            negative: taps,
        };
        if !self.pairs || taps != 2 {
            return [Some(block), None, None];
        }
        let pairs = count.div_ceil(2);
        let pair =
            Piece { count: pairs, grid: pairs, every: 2 * stride, step: 2, taps: 1, ..whole };
        let one = |piece| Block { taps: 1, pieces: [Some(piece), None], ..block };
        let common = Piece { part: Part::Common, start: start + 1, ..pair };
        let before = Piece { part: Part::First, start: values + start, ..pair };
        let after = Piece {
            part: Part::Second,
            count: count / 2,
            first: first + stride,
            start: values + start + 1,
            ..pair
        };
        [
            Some(Block { first: residue, and: stride, ..one(common) }),
            Some(one(before)),
            Some(Block { first: residue, negative: 0, ..one(after) }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of products per source channel along an axis.
    fn products(axis: Axis) -> usize {
        axis.taps().map(|tap| tap.products()).sum()
    }

    #[test]
    fn pairs_take_fewer_products_where_two_outputs_share_inputs() {
        let strided = Window::same(16, 3, 2);
        let saved = |window, of: fn(Window, bool) -> Axis| {
            (products(of(window, false)), products(of(window, true)))
        };
        assert_eq!(saved(strided, Axis::down), (24, 20));
        assert_eq!(saved(strided, Axis::up), (24, 20));
        // Three outputs share an input, or none does.
        assert_eq!(saved(Window::same(16, 3, 1), Axis::down), (48, 48));
        assert_eq!(saved(Window::same(16, 2, 2), Axis::up), (16, 16));
    }
}
