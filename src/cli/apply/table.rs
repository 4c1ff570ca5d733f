//! `_images.csv`: how far each output is from its image, and the image's code if asked for.

use super::{
    super::{exit::Result, output},
    names::TABLE,
    work::Work,
};
use crate::{
    record::{atomic, csv_table, table::cell},
    train::metric::Quality,
};

/// The measurements of a processed image.
pub struct Measured {
    /// Index in the list of images.
    pub index: usize,
    /// How close the output is to the image as it was given.
    pub quality: Quality,
    /// Its code; empty unless asked for.
    pub code: Vec<f32>,
}

impl Measured {
    /// Returns the quality of the output with the names of the columns. The output is compared with the image
    /// as given, which need not be a clean one.
    pub fn values(&self) -> [(String, f64); 4] {
        self.quality.values().map(|(name, value)| (format!("{name}_to_image"), value))
    }
}

/// Writes the whole table; images that could not be read have no row.
pub fn write(work: &Work<'_>, measured: &[Measured]) -> Result<()> {
    let values = measured.iter().take(1).flat_map(Measured::values).map(|(name, _)| name);
    let codes = measured.first().map_or(0, |first| first.code.len());
    let header = ["image".to_owned(), "output".to_owned()].into_iter().chain(values);
    let header = header.chain((0..codes).map(|i| format!("z{i}")));
    let row = |measured: &Measured| {
        let [picture, output] = work.paths(measured.index).map(|path| path.display().to_string());
        let values = measured.values().map(|(_, value)| cell(Some(value)));
        let code = measured.code.iter().map(|value| cell(Some(value)));
        [picture, output].into_iter().chain(values).chain(code).collect()
    };
    output::write(&work.out.join(TABLE), |path| {
        atomic::write_with(path, |out| csv_table::write_to(out, header, measured.iter().map(row)))
    })
}
