//! Fits an image to a size and channels.

use crate::{arch::Size, data::gray, spec::Fit};
use image::{
    Rgb, RgbImage,
    imageops::{self, FilterType},
};

/// Maximum number of bytes that an image may take, as decoded or as RGB.
pub const MEMORY: u64 = 1 << 29;

/// What was done to an image so that it has a network's size and channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitted {
    /// Whether it had another aspect ratio: edges are cut off, or with [`Fit::Stretch`] it is distorted.
    pub reshaped: bool,
    /// Whether it was made larger or smaller.
    pub scaled: bool,
    /// Whether it had colours that are gray now.
    pub grayed: bool,
}

/// Returns the values of the image, resized to `size`, channels-last, and what was done for them.
///
/// # Errors
///
/// A message that the image is too large.
pub fn fitted(whole: &RgbImage, size: Size, fit: Fit) -> Result<(Vec<u8>, Fitted), String> {
    let (width, height) = (size.width as u32, size.height as u32);
    let middle = middle(whole, size);
    let part = if fit == Fit::Crop { middle } else { whole.dimensions() };
    let image = resized(whole, part, (width, height))?;
    let in_colour = |pixel: &Rgb<u8>| pixel.0 != [pixel.0[0]; 3];
    let fitted = Fitted {
        reshaped: middle != whole.dimensions(),
        scaled: part != (width, height),
        grayed: size.channels == 1 && image.pixels().any(in_colour),
    };
    Ok((channels(image, size.channels), fitted))
}

/// Returns width and height of the largest part of the image that has the aspect ratio of `size`.
fn middle(image: &RgbImage, size: Size) -> (u32, u32) {
    let (w, h) = (u64::from(image.width()), u64::from(image.height()));
    let (width, height) = (size.width as u64, size.height as u64);
    let part_w = w.min((h * width).div_ceil(height)).max(1);
    let part_h = h.min((w * height).div_ceil(width)).max(1);
    (part_w as u32, part_h as u32)
}

/// Resizes the `part` of the image around its centre to width and height `to`.
fn resized(image: &RgbImage, part: (u32, u32), to: (u32, u32)) -> Result<RgbImage, String> {
    // Resizing has two steps: in between, the image has the old width and the new height, as four-channel
    // floats.
    if 16 * u64::from(part.0) * u64::from(to.1) > 2 * MEMORY {
        return Err(too_large(image.width(), image.height()));
    }
    let (x, y) = ((image.width() - part.0) / 2, (image.height() - part.1) / 2);
    let part = imageops::crop_imm(image, x, y, part.0, part.1);
    Ok(imageops::resize(&*part, to.0, to.1, FilterType::CatmullRom))
}

fn channels(image: RgbImage, channels: usize) -> Vec<u8> {
    if channels == 3 {
        return image.into_raw();
    }
    let values: Vec<f32> = image.as_raw().iter().map(|&value| f32::from(value)).collect();
    gray(&values).map(|value| value.round() as u8).collect()
}

/// Says that an image of this size needs too much memory.
pub fn too_large(width: u32, height: u32) -> String {
    format!(
        "it is too large: {width} x {height} pixels take more than {} MB of memory; scale it down",
        MEMORY >> 20
    )
}
