//! Images of the data, drawn on a figure without altering their pixels.

use super::{raster, style::NOT_A_NUMBER};
use crate::arch::Size;
use image::{Rgb, RgbImage};

/// Converts the values of an image, channels last and nominally in [0, 1], to 8 bits: clamped, and rounded to
/// the nearest. Pixels with missing or non-finite values are magenta. One channel is gray, three are RGB; with
/// any other number, the first is shown as gray.
pub fn to_image(values: &[f32], size: Size) -> RgbImage {
    let Size { height, width, channels } = size;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let start = (y as usize * width + x as usize) * channels;
        let value = |channel: usize| values.get(start + channel).filter(|v| v.is_finite());
        let shown = match channels {
            0 => [None; 3],
            3 => [value(0), value(1), value(2)],
            _ => [value(0); 3],
        };
        match shown {
            [Some(r), Some(g), Some(b)] => Rgb([eight_bits(*r), eight_bits(*g), eight_bits(*b)]),
            _ => NOT_A_NUMBER,
        }
    })
}

/// Converts consecutive images in the same way; a remainder is left out.
pub fn to_images(values: &[f32], size: Size) -> Vec<RgbImage> {
    values.chunks_exact(size.len().max(1)).map(|values| to_image(values, size)).collect()
}

/// Maps a value in [0, 1] to 0 to 255, rounding to nearest.
fn eight_bits(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Draws `image` on a figure at `(x, y)`, every pixel as a square of side `scale`, clipped to the figure.
pub(super) fn draw(figure: &mut RgbImage, image: &RgbImage, (x, y): (u32, u32), scale: u32) {
    for (column, row, colour) in image.enumerate_pixels() {
        let place = (i64::from(x + column * scale), i64::from(y + row * scale));
        raster::block(figure, place, (scale.into(), scale.into()), *colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_clamped_and_broken_ones_are_magenta() {
        let values = [0.0, 1.0, 0.5, -3.0, 7.0, f32::NAN, f32::INFINITY];
        let image = to_image(&values, Size::new(2, 4, 1));
        let shown: Vec<_> = image.pixels().copied().collect();
        let gray = |v| Rgb([v, v, v]);
        assert_eq!(shown[..5], [gray(0), gray(255), gray(128), gray(0), gray(255)]);
        assert_eq!(shown[5..], [NOT_A_NUMBER; 3], "NaN, infinity, nothing");
    }

    #[test]
    fn three_channels_are_red_green_and_blue() {
        let image = to_image(&[1.0, 0.0, 0.2, 0.4, 0.6, 0.8], Size::new(1, 2, 3));
        assert_eq!(image.into_raw(), [255, 0, 51, 102, 153, 204]);
    }
}
