//! Detects truncated JPEG files, whose missing part the decoder silently fills with gray.

use std::io::{self, BufRead, Read, Seek};

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;

/// Whether `data` starts like a JPEG but ends before the end-of-image marker. Anything after that marker is
/// ignored, since cameras append data, and so is the content of segments, such as a thumbnail with its own
/// marker.
pub(super) fn is_cut_off(data: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    if [byte(data)?, byte(data)?] != [Some(0xFF), Some(START_OF_IMAGE)] {
        return Ok(false);
    }
    while let Some(marker) = next_marker(data)? {
        if marker == END_OF_IMAGE {
            return Ok(false);
        }
        let (Some(high), Some(low)) = (byte(data)?, byte(data)?) else { break };
        // The length includes its own two bytes.
        let rest = u16::from_be_bytes([high, low]).saturating_sub(2);
        data.seek_relative(rest.into())?;
    }
    Ok(true)
}

/// Returns the next marker of a segment or of the end, skipping pixel data; `None` at the end of the data.
fn next_marker(data: &mut impl BufRead) -> io::Result<Option<u8>> {
    while data.skip_until(0xFF)? > 0 {
        let mut code = byte(data)?;
        // Any number of fill bytes may precede a marker.
        while code == Some(0xFF) {
            code = byte(data)?;
        }
        match code {
            // Within pixel data, 0 escapes a byte of 255, and D0 to D7 are restart markers.
            Some(0..=0xBF | 0xD0..=START_OF_IMAGE) => {}
            marker => return Ok(marker),
        }
    }
    Ok(None)
}

fn byte(data: &mut impl BufRead) -> io::Result<Option<u8>> {
    data.bytes().next().transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};
    use std::io::Cursor;

    fn cut_off(bytes: &[u8]) -> bool {
        is_cut_off(&mut Cursor::new(bytes)).unwrap()
    }

    /// Encodes an image with `thumbnail` as its EXIF data.
    fn encoded(side: u32, thumbnail: Vec<u8>) -> Vec<u8> {
        let shade = |x: u32, y: u32| [(x * x + 3 * y) as u8, (x * y) as u8, (7 * y) as u8].into();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.set_exif_metadata(thumbnail).unwrap();
        encoder.encode_image(&RgbImage::from_fn(side, side, shade)).unwrap();
        bytes
    }

    #[test]
    fn complete_files_are_accepted_whatever_follows_their_end() {
        let image = encoded(40, Vec::new());
        assert!(!cut_off(&image));
        assert!(!cut_off(&encoded(40, encoded(8, Vec::new()))));
        for more in [&[0; 9][..], b"\xFF\xFF", b"\xFF\xE1\x70\x00MPF", &image, &image[..99]] {
            assert!(!cut_off(&[&image, more].concat()));
        }
        let (end, before) = image.split_last_chunk::<2>().map(|(a, b)| (b, a)).unwrap();
        assert!(!cut_off(&[before, b"\xFF\xFF\xFF", end].concat()), "padding");
    }

    #[test]
    fn a_truncation_is_detected_anywhere_even_after_the_end_of_the_thumbnail() {
        for image in [encoded(40, Vec::new()), encoded(40, encoded(8, Vec::new()))] {
            for len in 2..image.len() {
                assert!(cut_off(&image[..len]), "{len} of {}", image.len());
            }
            let half = &image[..image.len() / 2];
            assert!(cut_off(&[half, &[0; 999]].concat()), "the rest was never written");
        }
    }

    #[test]
    fn all_scans_of_a_progressive_file_are_required() {
        let scan = b"\xFF\xC4\x00\x03\x00\xFF\xDA\x00\x04\x01\x02\x7F\xFF\x00\xFF\xD0\x33";
        let file = [b"\xFF\xD8\xFF\xC2\x00\x04\xFF\xD9", &scan[..], scan, b"\xFF\xD9"].concat();
        assert!(!cut_off(&file));
        assert!((2..file.len()).all(|len| cut_off(&file[..len])));
    }

    #[test]
    fn other_formats_are_left_to_the_decoder() {
        for bytes in [&b""[..], b"\xFF", b"nothing", b"\x89PNG\r\n"] {
            assert!(!cut_off(bytes));
        }
    }
}
