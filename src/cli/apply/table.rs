//! `_images.csv`: how far each output is from its image, and the image's code where asked for.

use super::{
    super::{exit::Result, output},
    names::TABLE,
    work::Work,
};
use crate::{
    record::{atomic, whole},
    train::metric::Quality,
};

/// What is told of an image that was done.
pub struct Told {
    /// Its place in the list of images.
    pub index: usize,
    /// How close the output is to the image as it was given.
    pub quality: Quality,
    /// Its code; empty where nobody asked for it.
    pub code: Vec<f32>,
}

impl Told {
    /// How close the output is, by the names of columns: the image as given is what it is compared with,
    /// which for an image that is noisy itself is no clean one.
    pub fn values(&self) -> [(String, f64); 4] {
        self.quality.values().map(|(name, value)| (format!("{name}_to_image"), value))
    }
}

/// Writes the table whole; images that could not be read have no row.
pub fn write(work: &Work<'_>, told: &[Told]) -> Result<()> {
    let values = told.iter().take(1).flat_map(Told::values).map(|(name, _)| name);
    let codes = told.first().map_or(0, |first| first.code.len());
    let header = ["image".to_owned(), "output".to_owned()].into_iter().chain(values);
    let header = header.chain((0..codes).map(|i| format!("z{i}")));
    let row = |told: &Told| {
        let [picture, output] = work.paths(told.index).map(|path| path.display().to_string());
        let values = told.values().map(|(_, value)| value.to_string());
        let code = told.code.iter().map(ToString::to_string);
        [picture, output].into_iter().chain(values).chain(code).collect()
    };
    output::write(&work.out.join(TABLE), |path| {
        atomic::write_with(path, |out| whole::csv_to(out, header, told.iter().map(row)))
    })
}
