//! The sheet that shows the first images with their results.

use super::{
    super::exit::Result,
    names::SHEET,
    work::{Done, Work},
};
use crate::{
    arch::Size,
    figures::{
        sheet::{Group, Row, Sheet},
        to_image,
    },
    png,
    spec::Task,
};
use image::RgbImage;
use std::path::Path;

/// Groups of rows on the sheet.
const ROWS: usize = 4;
/// Maximum width in pixels of the images of a row together, if there are more than two.
const WIDTH: usize = 1000;

/// Returns how many images are shown side by side.
fn columns(size: Size) -> usize {
    (WIDTH / size.width.max(1)).clamp(2, 8)
}

/// Returns how many images of `size` a sheet shows.
pub fn count(size: Size) -> usize {
    ROWS * columns(size)
}

/// Returns the past participle of what a network does to images.
pub const fn verb(task: &Task) -> &'static str {
    match task {
        Task::Reconstruct => "reconstructed",
        Task::Denoise { .. } => "denoised",
        Task::Colorize => "colorized",
    }
}

/// Writes the sheet of `shown`, the first of `total` images.
pub fn write(work: &Work<'_>, shown: &[Done], total: usize) -> Result<()> {
    let experiment = &work.trained.experiment;
    let seen = match experiment.task {
        Task::Colorize => Some("gray"),
        _ => work.corrupt.map(|_| "corrupted"),
    };
    let output = verb(&experiment.task);
    let all = |size: Size, values: fn(&Done) -> &[f32]| -> Vec<RgbImage> {
        shown.iter().map(|done| to_image(values(done), size)).collect()
    };
    let mut sets = vec![("image", all(work.size(), |done| &done.image))];
    sets.extend(seen.map(|label| {
        (label, all(work.seen_size(), |done| done.seen.as_deref().unwrap_or_default()))
    }));
    sets.push((output, all(work.size(), |done| &done.output)));
    let columns = columns(work.size());
    let groups = (0..shown.len()).step_by(columns).map(|start| {
        let line = start..shown.len().min(start + columns);
        let rows = sets.iter().map(|(label, images)| Row::new(*label, &images[line.clone()]));
        Group { heading: String::new(), rows: rows.collect() }
    });
    let what: Vec<&str> = ["image"].into_iter().chain(seen).chain([output]).collect();
    let sheet = Sheet {
        title: format!("{}: {}", work.trained.name(), what.join(", ")),
        note: match shown.len() {
            all if all == total => String::new(),
            part if work.args.by_error() => {
                format!("the {part} of {total} images with the largest error")
            }
            part => format!("the first {part} of {total} images"),
        },
        groups: groups.collect(),
        ..Sheet::default()
    };
    let bytes = png::encode(&sheet.render())?;
    work.save(Path::new(SHEET), &bytes)
}
