//! Index lists for gathering the pixels of a convolution.

use super::tensor::{DeviceResult, Index, Kit, SendDevice};
use crate::arch::ConvShape;

/// The most numbers per sum that dfdx adds in a fixed order.
pub const LONGEST_SUM: usize = 128;

/// The index lists of a convolution over a batch of one size, as row indices.
///
/// Missing entries point past the last row, to a row of zeros that follows the data.
#[derive(Debug, Clone)]
pub struct Taps<D: SendDevice> {
    /// The number of taps of the kernel.
    pub count: usize,
    /// For each pixel of the small side and each tap of the kernel, the pixel on the large side.
    pub large: Index<D>,
    /// For each pixel of the large side, the (small pixel, tap) pairs that contribute to it, in lists of at
    /// most [`LONGEST_SUM`], padded to the same length for all pixels.
    pub meeting: Vec<(Index<D>, usize)>,
}

impl<D: SendDevice> Taps<D> {
    /// Creates the taps of `shape` over `batch` images.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(kit: &Kit<D>, shape: &ConvShape, batch: usize) -> DeviceResult<Self, D> {
        let lists = lists(shape);
        let (large, small) = (lists.meeting.len(), lists.large.len() / shape.taps());
        // The first row after the data; a missing pair is the first one of the zero row.
        let no_pixel = batch * large;
        let no_pair = batch * small * shape.taps();
        let all_large = (0..batch).flat_map(|n| {
            lists.large.iter().map(move |pixel| pixel.map_or(no_pixel, |pixel| n * large + pixel))
        });
        let most = lists.meeting.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let meeting = (0..most).step_by(LONGEST_SUM).map(|from| {
            let len = LONGEST_SUM.min(most - from);
            let pairs = (0..batch).flat_map(|n| {
                let first = n * small * shape.taps();
                lists.meeting.iter().flat_map(move |pairs| {
                    (from..from + len)
                        .map(move |slot| pairs.get(slot).map_or(no_pair, |pair| first + pair))
                })
            });
            Ok((kit.index(pairs.collect())?, len))
        });
        Ok(Self {
            count: shape.taps(),
            large: kit.index(all_large.collect())?,
            meeting: meeting.collect::<Result<_, _>>()?,
        })
    }
}

/// The lists for one image, without padding.
struct Lists {
    large: Vec<Option<usize>>,
    meeting: Vec<Vec<usize>>,
}

fn lists(shape: &ConvShape) -> Lists {
    let (rows, cols) = (shape.rows, shape.cols);
    let mut lists = Lists {
        large: Vec::with_capacity(rows.output * cols.output * shape.taps()),
        meeting: vec![Vec::new(); rows.input * cols.input],
    };
    for (oy, ox) in (0..rows.output).flat_map(|oy| (0..cols.output).map(move |ox| (oy, ox))) {
        for (ky, kx) in (0..rows.kernel).flat_map(|ky| (0..cols.kernel).map(move |kx| (ky, kx))) {
            let pixel = rows.reads(oy, ky).zip(cols.reads(ox, kx)).map(|(y, x)| y * cols.input + x);
            if let Some(pixel) = pixel {
                lists.meeting[pixel].push(lists.large.len());
            }
            lists.large.push(pixel);
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Size;

    #[test]
    fn a_window_over_an_even_side_pads_at_its_end_only() {
        // 4 pixels in a row, 3 taps, stride 2: windows 0..3 and 2..5.
        let shape = ConvShape::same(Size::new(1, 4, 1), 1, 3, 2);
        let lists = lists(&shape);
        let in_row: Vec<_> = lists.large.iter().copied().flatten().collect();
        assert_eq!(in_row, [0, 1, 2, 2, 3]);
        assert_eq!(lists.large.len(), 2 * 9);
        // The third pixel is the last of the first window and the first of the second.
        assert_eq!(lists.meeting[2].len(), 2);
    }
}
