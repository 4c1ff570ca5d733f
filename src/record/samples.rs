//! `samples.png`: the first test images and the trained network's outputs, for reports and sweeps to cut out
//! and arrange.
//!
//! One column per image, without borders or text, at the images' own size. The top row holds the targets;
//! below it, each noise level has a row of inputs and a row of outputs. Without noise there is one such pair.

use super::{Error, Result, atomic, files};
use crate::{png, spec::Strength};
use image::{ImageFormat, RgbImage, imageops};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the file in a run's folder.
pub const SAMPLES: &str = "samples.png";

/// How a `samples.png` is divided; stored in `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// Number of test images.
    pub columns: usize,
    /// Noise levels from the top: the one used in training, then those of the test; `None` without noise.
    pub levels: Vec<Option<Strength>>,
}

/// The images of a `samples.png`; every list has one image per column.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The expected outputs.
    pub targets: Vec<RgbImage>,
    /// Inputs and outputs at each noise level.
    pub levels: Vec<Level>,
}

/// The images at one noise level.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Strength of the noise; `None` if the task has none.
    pub strength: Option<Strength>,
    /// Inputs of the network.
    pub inputs: Vec<RgbImage>,
    /// Outputs of the network.
    pub outputs: Vec<RgbImage>,
}

impl Samples {
    /// Writes the whole file and returns its layout. All images must have the same size.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn write(&self, path: &Path) -> Result<Layout> {
        let pairs = self.levels.iter().flat_map(|level| [&level.inputs, &level.outputs]);
        let rows: Vec<_> = std::iter::once(&self.targets).chain(pairs).collect();
        let (width, height) = self.targets.first().map_or((1, 1), RgbImage::dimensions);
        let columns = self.targets.len();
        let mut sheet =
            RgbImage::new(width * columns.max(1) as u32, height * rows.len().max(1) as u32);
        for (y, row) in rows.iter().enumerate() {
            for (x, image) in row.iter().enumerate() {
                let (x, y) = (x as u32 * width, y as u32 * height);
                imageops::replace(&mut sheet, image, x.into(), y.into());
            }
        }
        let bytes = png::encode(&sheet)
            .map_err(|error| Error::broken(path, format!("cannot be encoded: {error}")))?;
        atomic::write(path, bytes)?;
        Ok(Layout { columns, levels: self.levels.iter().map(|level| level.strength).collect() })
    }

    /// Applies `change` to every image.
    #[must_use]
    pub fn map(self, change: impl Fn(RgbImage) -> RgbImage) -> Self {
        let all = |images: Vec<RgbImage>| images.into_iter().map(&change).collect();
        let level = |Level { strength, inputs, outputs }| Level {
            strength,
            inputs: all(inputs),
            outputs: all(outputs),
        };
        Self { targets: all(self.targets), levels: self.levels.into_iter().map(level).collect() }
    }

    /// Reads the file that `layout` describes.
    ///
    /// # Errors
    /// If the file cannot be read, or its size does not match `layout`.
    pub fn read(path: &Path, layout: &Layout) -> Result<Self> {
        let bytes = files::read(path).map_err(Error::io("read", path))?;
        let sheet = image::load_from_memory_with_format(&bytes, ImageFormat::Png)
            .map_err(|error| Error::broken(path, error.to_string()))?
            .into_rgb8();
        let (columns, rows) = (layout.columns as u32, 1 + 2 * layout.levels.len() as u32);
        let divides = |whole: u32, parts: u32| parts > 0 && whole.is_multiple_of(parts);
        if !divides(sheet.width(), columns) || !divides(sheet.height(), rows) {
            let (width, height) = sheet.dimensions();
            return Err(Error::broken(
                path,
                format!("{width} x {height} pixels are not {columns} x {rows} images"),
            ));
        }
        let (width, height) = (sheet.width() / columns, sheet.height() / rows);
        let row = |y: u32| -> Vec<RgbImage> {
            let cut = |x| imageops::crop_imm(&sheet, x * width, y * height, width, height);
            (0..columns).map(|x| cut(x).to_image()).collect()
        };
        let level = |(i, &strength): (usize, &Option<Strength>)| {
            let first = 1 + 2 * i as u32;
            Level { strength, inputs: row(first), outputs: row(first + 1) }
        };
        Ok(Self { targets: row(0), levels: layout.levels.iter().enumerate().map(level).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: u8) -> Vec<RgbImage> {
        [0, 1, 2].map(|i| RgbImage::from_pixel(5, 4, [value, i, 0].into())).into()
    }

    #[test]
    fn samples_read_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SAMPLES);
        let level = |strength, value| Level {
            strength: Some(strength),
            inputs: plain(value),
            outputs: plain(value + 1),
        };
        let strengths = [Strength::Range([0.25, 1.0]), Strength::Level(0.5)];
        let levels = vec![level(strengths[0], 10), level(strengths[1], 20)];
        let samples = Samples { targets: plain(0), levels };
        let layout = samples.write(&path).unwrap();
        assert_eq!(layout, Layout { columns: 3, levels: strengths.map(Some).into() });
        assert_eq!(Samples::read(&path, &layout).unwrap(), samples);
    }

    #[test]
    fn a_sheet_that_does_not_match_its_layout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SAMPLES);
        let level = Level { strength: None, inputs: plain(1), outputs: plain(2) };
        Samples { targets: plain(0), levels: vec![level] }.write(&path).unwrap();
        for (columns, levels) in [(0, 1), (4, 1), (3, 3)] {
            let layout = Layout { columns, levels: vec![None; levels] };
            let error = Samples::read(&path, &layout).unwrap_err().to_string();
            assert!(error.contains("pixels are not"), "{error}");
        }
    }
}
