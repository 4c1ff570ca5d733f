//! The gray version of an image.

/// Returns the gray value of each RGB pixel, `0.299 R + 0.587 G + 0.114 B` (luma of ITU-R BT.601).
///
/// `rgb` is channels-last with values in any range; the result has a third of its length.
pub fn gray(rgb: &[f32]) -> impl ExactSizeIterator<Item = f32> + '_ {
    rgb.chunks_exact(3).map(|pixel| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2])
}

#[cfg(test)]
mod tests {
    use super::gray;

    #[test]
    fn green_has_the_largest_weight_and_white_stays_white() {
        let values: Vec<f32> =
            gray(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).collect();
        let expected = [0.299, 0.587, 0.114, 1.0];
        assert_eq!(values.len(), 4);
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{values:?}");
        }
    }
}
