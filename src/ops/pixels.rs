//! Copies of pixels whose channels do not fill whole vectors.

use super::buffer::Buffer;

/// Returns pixels of `wide` values, whole vectors: a zero-padded copy if the channels do not fill them.
pub(super) fn whole_vectors<'a>(
    values: &'a [f32],
    channels: usize,
    wide: usize,
    buffer: &'a mut Buffer,
) -> &'a [f32] {
    if wide == channels {
        return values;
    }
    let copy = buffer.take(values.len() / channels * wide);
    widen(values, channels, wide, copy);
    copy
}

/// Copies pixels, zero-padded to `wide` values each.
pub(super) fn widen(values: &[f32], channels: usize, wide: usize, copy: &mut [f32]) {
    for (to, pixel) in copy.chunks_exact_mut(wide).zip(values.chunks_exact(channels)) {
        to[..channels].copy_from_slice(pixel);
        to[channels..].fill(0.0);
    }
}
