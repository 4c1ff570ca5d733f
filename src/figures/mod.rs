//! Figures: learning curves, sheets of images, codes in the plane, diagrams.
//!
//! Plots and diagrams are a [`Drawing`], which becomes an image or an SVG file; figures that consist of images are
//! an [`image::RgbImage`]. [`crate::png`] encodes images. Text uses embedded fonts. Broken or missing values (NaN, infinity, no values) never panic: they leave a gap, a magenta
//! pixel or an empty plot with a note.

// Pixel coordinates may become negative temporarily; no image comes near the limits of 32 bits.
#![allow(clippy::cast_possible_wrap)]

pub(crate) mod axis;
mod canvas;
mod chart;
pub(crate) mod colour_scale;
pub mod curves;
mod diagram;
mod drawing;
pub mod heatmap;
pub mod lines;
mod manifold;
mod names;
mod number;
mod pixels;
mod raster;
pub mod scatter;
pub mod sheet;
pub mod style;
#[cfg(test)]
mod tests;
mod text;
pub mod valued;

pub use axis::Scale;
pub use diagram::diagram;
pub use drawing::Drawing;
pub use manifold::{manifold, manifold_codes};
pub use pixels::{to_image, to_images};

use crate::arch::Size;

/// Maximum number of pixels of all images in a figure: 150 MB in eight bits, and as much again for the figure
/// itself.
const PIXELS: usize = 50_000_000;

/// Returns how many columns of `rows` images of `size` fit into a figure; at least one.
pub fn columns(size: Size, rows: usize) -> usize {
    (PIXELS / (rows * size.height * size.width).max(1)).max(1)
}
