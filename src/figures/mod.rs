//! Figures as PNG files: learning curves, sheets of images, codes in the plane, diagrams.
//!
//! `cargo run --example gallery -- FOLDER` draws some of each kind.
//! Every function here draws on memory alone and returns an [`image::RgbImage`]; [`png`] encodes it.
//! Text needs no font of the machine. Missing or broken values (NaN, infinity, nothing at all) never
//! panic: they leave a gap, a magenta pixel or an empty plot with a note.

// Pixel coordinates go below zero and back; no image comes near the limits of 32 bits.
#![allow(clippy::cast_possible_wrap)]

pub(crate) mod axis;
mod canvas;
mod chart;
pub(crate) mod colour_scale;
pub mod curves;
pub mod diagram;
pub mod embed;
pub mod heatmap;
pub mod lines;
mod manifold;
mod names;
mod number;
mod picture;
mod raster;
pub mod scatter;
pub mod sheet;
pub mod style;
#[cfg(test)]
mod tests;
mod text;
pub mod valued;

pub use axis::Scale;
pub use manifold::{manifold, manifold_codes};
pub use picture::Picture;

use crate::arch::Size;
use image::{ImageFormat, RgbImage};
use std::io::Cursor;

/// Pixels that the images of a figure may have together: 150 MB in eight bits, and as much again for
/// the figure itself.
const PIXELS: usize = 50_000_000;

/// How many columns of so many `rows` of images of `size` a figure can hold, one at least.
pub fn columns(size: Size, rows: usize) -> usize {
    (PIXELS / (rows * size.height * size.width).max(1)).max(1)
}

/// The bytes of a PNG file, 8 bits RGB.
///
/// # Errors
///
/// Only for an image that the encoder cannot hold, such as one without pixels.
pub fn png(image: &RgbImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
