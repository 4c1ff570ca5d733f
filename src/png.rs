//! Encodes images as PNG files.

use image::{
    DynamicImage, ImageBuffer, ImageFormat, ImageResult, Pixel, PixelWithColorType, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use std::io::Cursor;

/// Encodes an image, 8 bits a channel.
///
/// # Errors
/// Only if the encoder cannot represent the image, such as one without pixels.
pub fn encode<P>(image: &ImageBuffer<P, Vec<u8>>) -> ImageResult<Vec<u8>>
where
    P: Pixel<Subpixel = u8> + PixelWithColorType,
{
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Encodes an image in fewer bytes, which takes longer. Gray images get a single channel, a third of the
/// bytes.
///
/// # Errors
/// As [`encode`].
pub fn encode_small(image: RgbImage) -> ImageResult<Vec<u8>> {
    let gray = image.pixels().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    let image = DynamicImage::from(image);
    let image = if gray { image.into_luma8().into() } else { image };
    let mut bytes = Vec::new();
    let (compression, filter) = (CompressionType::Default, FilterType::Adaptive);
    let encoder = PngEncoder::new_with_quality(&mut bytes, compression, filter);
    image.write_with_encoder(encoder)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ColorType;

    fn gradient() -> RgbImage {
        RgbImage::from_fn(16, 16, |x, y| [(16 * y + x) as u8; 3].into())
    }

    #[test]
    fn a_png_file_holds_the_image_exactly_in_eight_bits() {
        let bytes = encode(&gradient()).expect("an image with pixels encodes");
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
        let read = image::load_from_memory(&bytes).expect("what was encoded decodes");
        assert_eq!(read.color(), ColorType::Rgb8);
        assert_eq!(read.into_rgb8(), gradient());
    }

    #[test]
    fn a_small_gray_image_has_one_channel() {
        let read = |image: &RgbImage| {
            let bytes = encode_small(image.clone()).expect("an image with pixels encodes");
            let read = image::load_from_memory(&bytes).expect("what was encoded decodes");
            assert_eq!(&read.to_rgb8(), image);
            read.color()
        };
        assert_eq!(read(&gradient()), ColorType::L8);
        let mut coloured = gradient();
        coloured.put_pixel(0, 0, [1, 2, 3].into());
        assert_eq!(read(&coloured), ColorType::Rgb8);
    }
}
