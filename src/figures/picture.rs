//! An image from the data, drawn on a figure without altering its pixels.

use super::style::NOT_A_NUMBER;
use crate::arch::Size;
use image::{Rgb, RgbImage};

/// Values of an image, channels last, with their size.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    values: Values<'a>,
    /// One channel is gray, three are RGB; with any other number, the first is shown as gray.
    pub size: Size,
}

/// `size.len()` values; missing ones count as NaN.
#[derive(Debug, Clone, Copy)]
enum Values<'a> {
    /// Nominally in [0, 1].
    Floats(&'a [f32]),
    /// Red, green and blue, as displayed.
    Bytes(&'a [u8]),
}

impl<'a> Picture<'a> {
    /// Wraps `values`, nominally in [0, 1], as an image of `size`.
    pub const fn new(values: &'a [f32], size: Size) -> Self {
        Self { values: Values::Floats(values), size }
    }

    /// Splits `values` into consecutive images; a remainder is left out.
    pub fn split(values: &'a [f32], size: Size) -> Vec<Self> {
        values.chunks_exact(size.len().max(1)).map(|values| Self::new(values, size)).collect()
    }

    /// Wraps images of eight bits, which take a quarter of the memory.
    pub fn of(images: &'a [RgbImage]) -> Vec<Self> {
        let picture = |image: &'a RgbImage| Self {
            values: Values::Bytes(image.as_raw()),
            size: Size::new(image.height() as usize, image.width() as usize, 3),
        };
        images.iter().map(picture).collect()
    }

    /// Returns the colour of a pixel: clamped to [0, 1], rounded to 8 bits, magenta if not finite.
    pub fn pixel(&self, x: usize, y: usize) -> Rgb<u8> {
        let Size { width, channels, .. } = self.size;
        let start = (y * width + x) * channels;
        let values = match self.values {
            Values::Floats(values) => values,
            Values::Bytes(bytes) => {
                let rgb = bytes.get(start..).and_then(<[u8]>::first_chunk);
                return rgb.map_or(NOT_A_NUMBER, |rgb| Rgb(*rgb));
            }
        };
        let value = |channel: usize| values.get(start + channel).copied();
        let shown = match channels {
            0 => [None; 3],
            3 => [value(0), value(1), value(2)],
            _ => [value(0); 3],
        };
        match shown.map(|v| v.filter(|v| v.is_finite())) {
            [Some(r), Some(g), Some(b)] => Rgb([eight_bits(r), eight_bits(g), eight_bits(b)]),
            _ => NOT_A_NUMBER,
        }
    }

    /// Converts the image to 8 bits.
    pub fn to_image(&self) -> RgbImage {
        let (width, height) = (self.size.width as u32, self.size.height as u32);
        RgbImage::from_fn(width, height, |x, y| self.pixel(x as usize, y as usize))
    }

    /// Draws the image at `(x, y)`, every pixel as a square of side `scale`, clipped to the figure.
    pub fn draw(&self, image: &mut RgbImage, (x, y): (u32, u32), scale: u32) {
        for row in 0..self.size.height {
            for column in 0..self.size.width {
                let colour = self.pixel(column, row);
                for dy in 0..scale {
                    for dx in 0..scale {
                        let at = (x + column as u32 * scale + dx, y + row as u32 * scale + dy);
                        if at.0 < image.width() && at.1 < image.height() {
                            image.put_pixel(at.0, at.1, colour);
                        }
                    }
                }
            }
        }
    }
}

/// Maps a value in [0, 1] to 0 to 255, rounding to nearest.
fn eight_bits(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_clamped_and_broken_ones_are_magenta() {
        let values = [0.0, 1.0, 0.5, -3.0, 7.0, f32::NAN, f32::INFINITY];
        let picture = Picture::new(&values, Size::new(2, 4, 1));
        let shown: Vec<_> = (0..8).map(|i| picture.pixel(i % 4, i / 4)).collect();
        let gray = |v| Rgb([v, v, v]);
        assert_eq!(shown[..5], [gray(0), gray(255), gray(128), gray(0), gray(255)]);
        assert_eq!(shown[5..], [NOT_A_NUMBER; 3], "NaN, infinity, nothing");
    }

    #[test]
    fn an_image_is_shown_as_it_is() {
        let values = [0.1, 0.9, 0.4, 0.7, 1.0, f32::NAN];
        for size in [Size::new(2, 3, 1), Size::new(1, 2, 3)] {
            let image = Picture::new(&values, size).to_image();
            assert_eq!(Picture::of(std::slice::from_ref(&image))[0].to_image(), image);
        }
    }

    #[test]
    fn three_channels_are_red_green_and_blue() {
        let picture = Picture::new(&[1.0, 0.0, 0.2, 0.4, 0.6, 0.8], Size::new(1, 2, 3));
        assert_eq!(picture.pixel(0, 0), Rgb([255, 0, 51]));
        assert_eq!(picture.pixel(1, 0), Rgb([102, 153, 204]));
    }
}
