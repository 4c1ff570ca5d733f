//! Reads an image file and resizes it.

use super::fit::{Fitted, MEMORY, fitted, too_large};
use super::jpeg;
use crate::arch::Size;
use crate::spec::Fit;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult, RgbImage,
};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// Maximum number of bytes read from a pipe, which may be endless.
const LARGEST: u64 = 1 << 29;

/// The reason for a file that ends before its image does.
const CUT_OFF: &str = "it is cut off: the end of the image is missing; copy it again";

/// Reads the image at `path` as `size.len()` values, channels-last; 1 channel is gray, 3 are RGB.
///
/// EXIF orientation is applied, and transparency is blended with black.
///
/// # Errors
///
/// A message that says why the image cannot be read.
pub fn read(path: &Path, size: Size, fit: Fit) -> Result<Vec<u8>, String> {
    read_fitted(path, size, fit).map(|(pixels, _)| pixels)
}

/// Reads the same values, and says what was done for them.
///
/// # Errors
///
/// A message that says why the image cannot be read.
pub fn read_fitted(path: &Path, size: Size, fit: Fit) -> Result<(Vec<u8>, Fitted), String> {
    fitted(&over_black(opened(path).map_err(in_words)?), size, fit)
}

/// Opens an image in a file or a pipe.
fn opened(path: &Path) -> ImageResult<DynamicImage> {
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        return decoded(BufReader::new(file));
    }
    // A pipe cannot be rewound, but the decoder starts over once the format is known.
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    decoded(Cursor::new(bytes))
}

/// Decodes an image and applies its EXIF orientation.
fn decoded(mut data: impl BufRead + Seek) -> ImageResult<DynamicImage> {
    if data.fill_buf()?.is_empty() {
        return refuse("the file is empty");
    }
    let reader = whole(ImageReader::new(data).with_guessed_format()?)?;
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    // The decoder's own limit does not include the pixels.
    let as_rgb = 3 * u64::from(width) * u64::from(height);
    if decoder.total_bytes().max(as_rgb) > MEMORY {
        return refuse(too_large(width, height));
    }
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Returns the reader if its data are in a supported format, by their first bytes rather than the file's
/// name, and are not truncated in a way that the decoder would miss.
fn whole<R: BufRead + Seek>(reader: ImageReader<R>) -> ImageResult<ImageReader<R>> {
    match reader.format() {
        Some(ImageFormat::Png) => return Ok(reader),
        Some(ImageFormat::Jpeg) => {}
        Some(other) => {
            let name = format!("{other:?}").to_uppercase();
            return refuse(format!("it is a {name} file; save it as PNG or JPEG"));
        }
        None => return refuse("it is neither a PNG nor a JPEG file, whatever its name says"),
    }
    let mut data = reader.into_inner();
    if jpeg::is_cut_off(&mut data)? {
        return refuse(CUT_OFF);
    }
    data.rewind()?;
    Ok(ImageReader::with_format(data, ImageFormat::Jpeg))
}

/// Fails with a reason of our own.
fn refuse<T>(reason: impl Into<String>) -> ImageResult<T> {
    Err(io::Error::other(reason.into()).into())
}

/// Describes why an image cannot be read and how to fix it, followed by the decoder's message.
fn in_words(error: ImageError) -> String {
    let own = |error: &dyn Error| {
        in_one_line(&error.source().map_or_else(|| error.to_string(), ToString::to_string))
    };
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            CUT_OFF.to_owned()
        }
        ImageError::IoError(error) => error.to_string(),
        ImageError::Decoding(error) => {
            format!("it is damaged; copy it again, or save it anew ({})", own(&error))
        }
        ImageError::Unsupported(error) => {
            format!("it is of an unsupported kind; save it in another one ({})", own(&error))
        }
        other => in_one_line(&other.to_string()),
    }
}

/// Joins the non-empty lines of a decoder's message.
fn in_one_line(reason: &str) -> String {
    let lines = reason.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// Blends transparency with black.
fn over_black(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |value: u8| ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8;
        image::Rgb([red, green, blue].map(over))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Rgb, Rgba, RgbaImage};
    use std::fs;

    #[test]
    fn gray_is_a_weighted_mean_and_transparency_is_blended_with_black() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half.png");
        RgbaImage::from_pixel(6, 4, Rgba([255, 0, 0, 128])).save(&path).unwrap();
        let size = Size::new(4, 6, 3);
        assert_eq!(read(&path, size, Fit::Crop).unwrap()[..3], [128, 0, 0]);
        assert_eq!(read(&path, Size::new(4, 6, 1), Fit::Crop).unwrap()[..], [38; 24]);
        GrayImage::from_pixel(6, 4, image::Luma([77])).save(&path).unwrap();
        assert_eq!(read(&path, size, Fit::Crop).unwrap(), [77; 72]);
    }

    #[test]
    fn cropping_keeps_the_middle_and_stretching_keeps_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.png");
        // Red, green, blue: each a third of the width.
        let stripes =
            |x: u32| Rgb(std::array::from_fn(|band| if x / 10 == band as u32 { 255 } else { 0 }));
        RgbImage::from_fn(30, 10, |x, _| stripes(x)).save(&path).unwrap();
        let size = Size::new(10, 10, 3);
        let cropped = read(&path, size, Fit::Crop).unwrap();
        assert!(cropped.chunks_exact(3).all(|pixel| pixel == [0, 255, 0]));
        let (stretched, fitted) = read_fitted(&path, size, Fit::Stretch).unwrap();
        assert_eq!(fitted, Fitted { reshaped: true, scaled: true, grayed: false });
        assert_eq!(stretched[..3], [255, 0, 0]);
        assert_eq!(stretched[15..18], [0, 255, 0]);
        assert_eq!(stretched[27..30], [0, 0, 255]);
        // The middle has the right size already.
        let (_, fitted) = read_fitted(&path, Size::new(10, 10, 1), Fit::Crop).unwrap();
        assert_eq!(fitted, Fitted { reshaped: true, scaled: false, grayed: true });
        let (_, fitted) = read_fitted(&path, Size::new(10, 30, 3), Fit::Crop).unwrap();
        assert_eq!(fitted, Fitted { reshaped: false, scaled: false, grayed: false });
    }

    #[test]
    fn a_jpeg_is_read_whatever_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let (path, named) = (folder.path().join("a.jpg"), folder.path().join("a.png"));
        RgbImage::from_pixel(6, 4, Rgb([120, 120, 120])).save(&path).unwrap();
        fs::rename(path, &named).unwrap();
        assert_eq!(read(&named, Size::new(4, 6, 1), Fit::Crop).unwrap(), [120; 24]);
    }

    #[test]
    fn a_jpeg_that_is_cut_off_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let shade = |x: u32, y: u32| Rgb([(x * x) as u8, (x * y) as u8, (y * 5) as u8]);
        RgbImage::from_fn(64, 48, shade).save(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        let size = Size::new(4, 6, 3);
        let expected = read(&path, size, Fit::Crop).unwrap();
        fs::write(&path, [&whole[..], b"what a camera adds"].concat()).unwrap();
        assert_eq!(read(&path, size, Fit::Crop), Ok(expected));
        for len in [whole.len() / 2, whole.len() - 20, whole.len() - 1] {
            fs::write(&path, &whole[..len]).unwrap();
            let reason = read(&path, size, Fit::Crop).unwrap_err();
            assert!(reason.starts_with("it is cut off"), "{len} of {}: {reason}", whole.len());
        }
    }

    #[test]
    fn reasons_say_what_a_file_is_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        GrayImage::from_fn(9, 7, |x, y| image::Luma([(x * 31 + y * 7) as u8])).save(&path).unwrap();
        let png = fs::read(&path).unwrap();
        let mut damaged = png.clone();
        let middle = png.len() / 2;
        damaged[middle] ^= 0xFF;
        for (bytes, reason) in [
            (&b""[..], "the file is empty"),
            (b"this is text", "it is neither a PNG nor a JPEG file, whatever its name says"),
            (b"GIF89a\x01\0\x01\0\0\0\0;", "it is a GIF file; save it as PNG or JPEG"),
            (&png[..20], CUT_OFF),
            (&png[..middle], CUT_OFF),
            (&damaged, "it is damaged; copy it again, or save it anew (CRC error"),
            (b"\xFF\xD8\xFF\xD9", "it is damaged; copy it again, or save it anew ("),
        ] {
            fs::write(&path, bytes).unwrap();
            let error = read(&path, Size::new(4, 6, 1), Fit::Crop).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
        let error = read(&folder.path().join("b.png"), Size::new(4, 6, 1), Fit::Crop).unwrap_err();
        assert!(error.starts_with("No such file"), "{error}");
    }

    /// Returns the checksum at the end of each chunk of a PNG file.
    fn crc(bytes: &[u8]) -> u32 {
        let bit = |sum: u32| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1));
        !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| bit(sum)))
    }

    #[test]
    fn a_image_too_large_for_memory_is_unreadable_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        GrayImage::from_pixel(1, 1, image::Luma([77])).save(&path).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        // Width and height are the first values after the name of the first chunk.
        bytes[16..24].copy_from_slice(&[60_000_u32.to_be_bytes(); 2].concat());
        let sum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        fs::write(&path, bytes).unwrap();
        let reason = read(&path, Size::new(4, 6, 1), Fit::Crop).unwrap_err();
        assert!(reason.contains("60000 x 60000 pixels take more than 512 MB"), "{reason}");
    }

    #[test]
    fn a_image_too_wide_to_be_stretched_is_unreadable_and_its_middle_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.png");
        GrayImage::from_pixel(1_000_000, 2, image::Luma([77])).save(&path).unwrap();
        let size = Size::new(100, 100, 1);
        assert_eq!(read(&path, size, Fit::Crop), Ok(vec![77; 100 * 100]));
        let reason = read(&path, size, Fit::Stretch).unwrap_err();
        assert!(reason.contains("1000000 x 2 pixels"), "{reason}");
    }

    #[test]
    fn reasons_of_several_lines_are_joined() {
        assert_eq!(in_one_line("expected 162 but found 136\n"), "expected 162 but found 136");
        assert_eq!(in_one_line("not a JPEG:\n\n  no marker\n"), "not a JPEG:; no marker");
    }
}
