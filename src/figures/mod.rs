//! Figures as PNG files: learning curves, sheets of pictures, codes in the plane, diagrams.
//!
//! Every function here draws on memory alone and returns an [`image::RgbImage`]; [`png`] encodes it.
//! Text needs no font of the machine. Missing or broken values (NaN, infinity, nothing at all) never
//! panic: they leave a gap, a magenta pixel or an empty plot with a note.

// Pixel coordinates go below zero and back; no image comes near the limits of 32 bits.
#![allow(clippy::cast_possible_wrap)]

pub(crate) mod axis;
mod canvas;
mod chart;
pub mod curves;
pub mod diagram;
pub mod embed;
#[cfg(test)]
mod gallery;
pub mod heatmap;
pub mod lines;
mod manifold;
mod number;
mod picture;
mod raster;
pub mod scatter;
pub mod sheet;
pub mod style;
#[cfg(test)]
mod tests;
mod text;

pub use axis::Scale;
pub use manifold::{manifold, manifold_codes};
pub use picture::Picture;

use image::{ImageFormat, RgbImage};
use std::io::Cursor;

/// The bytes of a PNG file, 8 bits RGB.
///
/// # Errors
///
/// Only for a picture that the encoder cannot hold, such as one without pixels.
pub fn png(image: &RgbImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
