//! The pieces of a pass: one gather each, and the destination of its partial sums.

use super::Pass;
use crate::arch::Size;
use crate::ops::axis::{Part, Piece};
use crate::ops::buffer::Buffer;
use crate::ops::simd::gather::{Clip, Epilogue, Gather, Weights, gather};
use crate::ops::simd::outer::Grid;

impl Pass<'_> {
    /// Writes the outputs of a group of images.
    pub(super) fn gather(
        &self,
        source: (&[f32], usize),
        weights: &[f32],
        bias: Option<&[f32]>,
        epilogue: Epilogue<'_>,
        sums: &mut Buffer,
        out: &mut [f32],
    ) {
        let pairs = self.rows.in_pairs() || self.cols.in_pairs();
        let each = source.1 * self.rows.grid() * self.cols.grid() * self.to.channels;
        let sums = sums.take(if pairs { SUMS * each } else { 0 });
        let (unpacked, depth) = (self.unpacked(), self.from.channels);
        let mut done = 0;
        self.each_block(|v, h, layout| {
            let weights = if unpacked.is_some() { weights } else { &weights[done..] };
            done += layout.len();
            let tap = h.taps * depth;
            for v in v.pieces.iter().flatten() {
                for h in h.pieces.iter().flatten() {
                    let weights = match unpacked {
                        Some(layout) => layout.unpacked(weights, tap),
                        None => layout.part(weights, v.tap * tap + h.tap * depth, tap),
                    };
                    let job = Gather { weights, bias, epilogue, ..self.job(source, v, h) };
                    self.piece(v, h, &job, (&mut *sums, each), out);
                }
            }
        });
    }

    /// Writes the outputs of two pieces to `out`, or their `each` partial sums to one part of `sums`.
    fn piece(
        &self,
        v: &Piece,
        h: &Piece,
        job: &Gather<'_>,
        (sums, each): (&mut [f32], usize),
        out: &mut [f32],
    ) {
        let channels = self.to.channels;
        let (row, image) = (h.grid * channels, v.grid * h.grid * channels);
        let (target, begin) = chain(v.part, h.part);
        let (known, rest) = sums.split_at_mut(target.map_or(sums.len(), |i| i * each));
        let known = begin.map(|from| from.map_or(&[][..], |i| &known[i * each..][..each]));
        let begins = begin.iter().flatten().count();
        let has_bias = begins == 0 && matches!(target, None | Some(0));
        let job = Gather {
            bias: job.bias.filter(|_| has_bias),
            sums: &known[..begins],
            sums_at: Grid { start: 0, image, row, col: channels },
            ..*job
        };
        if target.is_none() {
            return gather(self.family, &job, out);
        }
        let job = Gather {
            epilogue: Epilogue::Linear,
            out_start: 0,
            out_image_stride: image,
            out_row_stride: row,
            out_col_stride: channels,
            ..job
        };
        gather(self.family, &job, &mut rest[..each]);
    }

    /// Returns the gather of two pieces, with the addresses of source and outputs but without weights.
    fn job<'j>(&self, (source, images): (&'j [f32], usize), v: &Piece, h: &Piece) -> Gather<'j> {
        let Size { height, width, channels } = self.from;
        let to = self.to;
        let ((top, _), (left, _)) = (self.rows.border(), self.cols.border());
        let clips = self.clips();
        let (line, image_stride) = if clips {
            (width * channels, self.from.len())
        } else {
            (self.cols.slots() * channels, self.copy_len())
        };
        let clip = Clip {
            top: v.start.cast_signed() - top.cast_signed(),
            height,
            left: h.start.cast_signed() - left.cast_signed(),
            width,
        };
        let start = v.start * line + h.start * channels;
        let corner = top * line + left * channels;
        Gather {
            source,
            clip: clips.then_some(clip),
            start: if clips { start.wrapping_sub(corner) } else { start },
            taps: v.taps,
            tap_stride: line,
            run: h.taps * channels,
            images,
            image_stride,
            rows: v.count,
            row_stride: v.step * line,
            cols: h.count,
            col_stride: h.step * channels,
            weights: Weights::Rows { values: &[], stride: 0 },
            bias: None,
            sums: &[],
            sums_at: Grid::default(),
            channels: to.channels,
            epilogue: Epilogue::Linear,
            out_start: (v.first * to.width + h.first) * to.channels,
            out_image_stride: to.len(),
            out_row_stride: v.every * to.width * to.channels,
            out_col_stride: h.every * to.channels,
        }
    }
}

/// The number of partial sums that [`chain`] distinguishes.
const SUMS: usize = 5;

/// Returns the index of the partial sums that two pieces write, or `None` for the outputs, and the indices
/// of the partial sums that they start from. The bias is added to partial sum 0, and to outputs that start
/// from no partial sum.
fn chain(v: Part, h: Part) -> (Option<usize>, [Option<usize>; 2]) {
    use Part::{Common, First, Second, Whole};
    match (v, h) {
        (Whole, Whole) => (None, [None, None]),
        (Common, Common | Whole) | (Whole, Common) => (Some(0), [None, None]),
        (Common, First) => (Some(1), [Some(0), None]),
        (Common, Second) => (Some(2), [Some(0), None]),
        (First, Common) => (Some(3), [None, None]),
        (Second, Common) => (Some(4), [None, None]),
        (First | Second, Whole) | (Whole, First | Second) => (None, [Some(0), None]),
        (First, First) => (None, [Some(1), Some(3)]),
        (First, Second) => (None, [Some(2), Some(3)]),
        (Second, First) => (None, [Some(1), Some(4)]),
        (Second, Second) => (None, [Some(2), Some(4)]),
    }
}
