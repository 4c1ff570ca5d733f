//! `_images.csv`: how far each output is from its image, and the image's code if asked for; and what of it is
//! shown on screen.

use super::{
    super::{exit::Result, output, text},
    names::TABLE,
    work::Work,
};
use crate::{
    record::{atomic, csv_table, table::cell},
    train::metric::Quality,
    words::{counted, figure, short, thousands},
};

/// The titles of the first columns.
pub const FIRST_COLUMNS: [&str; 2] = ["image", "output"];

/// At most this many images are listed on screen.
const LISTED: usize = 10;

/// P-values up to this one are counted.
const UNUSUAL: f64 = 0.05;

/// The measurements of a processed image.
pub struct Measured {
    /// Index in the list of images.
    pub index: usize,
    /// How close the output is to the image as it was given.
    pub quality: Quality,
    /// The empirical p-value of its mean squared error among those of the run's test images; `None` unless
    /// asked for.
    pub p_value: Option<f64>,
    /// Its code; empty unless asked for.
    pub code: Vec<f32>,
}

impl Measured {
    /// Returns the quality of the output with the names of the columns, and the p-value if there is one. The
    /// output is compared with the image as given, which need not be a clean one.
    pub fn values(&self) -> impl Iterator<Item = (String, f64)> + use<> {
        let quality =
            self.quality.values().map(|(name, value)| (format!("{name}_to_image"), value));
        quality.into_iter().chain(self.p_value.map(|value| ("p_value".to_owned(), value)))
    }
}

/// Writes the whole table; images that could not be read have no row.
pub fn write(work: &Work<'_>, measured: &[Measured]) -> Result<()> {
    let values = measured.iter().take(1).flat_map(Measured::values).map(|(name, _)| name);
    let codes = measured.first().map_or(0, |first| first.code.len());
    let header = FIRST_COLUMNS.map(str::to_owned).into_iter().chain(values);
    let header = header.chain((0..codes).map(|i| format!("z{i}")));
    let row = |measured: &Measured| {
        let [image, output] = work.paths(measured.index).map(|path| path.display().to_string());
        let values = measured.values().map(|(_, value)| cell(Some(value)));
        let code = measured.code.iter().map(|value| cell(Some(value)));
        [image, output].into_iter().chain(values).chain(code).collect()
    };
    output::write(&work.args.out.join(TABLE), |path| {
        atomic::write_with(path, |out| csv_table::write_to(out, header, measured.iter().map(row)))
    })
}

/// Formats the first of the images, which are those with the largest errors, as a table for the screen.
pub fn largest(work: &Work<'_>, measured: &[Measured]) -> String {
    let row = |measured: &Measured| {
        let [image, _] = work.paths(measured.index).map(|path| path.display().to_string());
        let p_value = measured.p_value.map(short);
        [image, figure(measured.quality.mse)].into_iter().chain(p_value).collect()
    };
    let titles = ["largest error", "mse_to_image ↓", "p_value"];
    let titles = &titles[..2 + usize::from(work.baseline.is_some())];
    let rows: Vec<Vec<String>> = measured.iter().take(LISTED).map(row).collect();
    text::columns(titles, &rows)
}

/// Says how many images have small p-values, and what share would have them by chance; or the p-value of a single
/// image. `None` without p-values.
pub fn unusual(work: &Work<'_>, measured: &[Measured]) -> Option<String> {
    let baseline = work.baseline?;
    let least = 1.0 / (1.0 + baseline.len() as f64);
    let of_tested = format!("of the run's {}", counted(baseline.len(), baseline.one));
    if let [Measured { p_value: Some(value), .. }] = measured {
        return Some(format!("p_value {}, among the errors {of_tested}", short(*value)));
    }
    if least > UNUSUAL {
        return Some(format!("no p_value can be below {}, because {of_tested}", short(least)));
    }
    let small = measured.iter().filter_map(|one| one.p_value).filter(|value| *value <= UNUSUAL);
    let small = small.count();
    let have = if small == 1 { "has" } else { "have" };
    Some(format!(
        "{} of {} {have} a p_value of {UNUSUAL} or less; of images like the run's {}, {} % would",
        thousands(small),
        counted(measured.len(), "image"),
        counted(baseline.len(), baseline.one),
        100.0 * UNUSUAL,
    ))
}
