//! What an axis is divided into: pieces of the outputs, and the taps that they use.

/// Which part of its outputs a piece computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Part {
    /// The complete outputs.
    Whole,
    /// The term shared by the two outputs of a pair.
    Common,
    /// The remaining terms of the first output of a pair.
    First,
    /// The remaining terms of the second output of a pair.
    Second,
}

/// Regularly spaced outputs along the axis that use the same taps.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Piece {
    pub part: Part,
    /// Number of outputs or pairs, without and with the missing output of an incomplete last pair.
    pub count: usize,
    pub grid: usize,
    /// The first output, and the step to the next.
    pub first: usize,
    pub every: usize,
    /// The slot where the first window starts, and the step to the next.
    pub start: usize,
    pub step: usize,
    /// Slots per window, and the tap of the block that belongs to the first of them.
    pub taps: usize,
    pub tap: usize,
}

/// Taps that are packed together, and the pieces that use some of them.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Block {
    pub taps: usize,
    pub pieces: [Option<Piece>; 2],
    /// Position of the first tap in the kernel, and the step to the next.
    pub(super) first: usize,
    pub(super) step: isize,
    /// Distance to a second position whose weight is added to each tap; 0 for none.
    pub(super) and: usize,
    /// The first tap whose sign is flipped.
    pub(super) negative: usize,
}

impl Block {
    /// Returns tap `i` as a linear combination: factors and positions of weights in the kernel.
    pub fn terms(&self, i: usize) -> [(f32, usize); 2] {
        let place = self.first.strict_add_signed(i.cast_signed() * self.step);
        let sign = if i < self.negative { 1.0 } else { -1.0 };
        [(sign, place), (if self.and > 0 { sign } else { 0.0 }, place + self.and)]
    }
}

/// A tap of a block, and the pieces that use it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Tap {
    /// Each with the slot of its first window that is multiplied by the tap.
    pub pieces: [Option<(Piece, usize)>; 2],
    pub(super) terms: [(f32, usize); 2],
}

impl Tap {
    /// Returns the factor of the weight at a position of the kernel in this tap.
    pub fn factor(&self, position: usize) -> f32 {
        self.terms.iter().filter(|(_, place)| *place == position).map(|(factor, _)| factor).sum()
    }

    /// Returns the number of products per source channel along this axis.
    pub fn products(&self) -> usize {
        self.pieces.iter().flatten().map(|(piece, _)| piece.count).sum()
    }
}
