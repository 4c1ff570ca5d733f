//! Processes the images and collects what the report about them needs.

use super::{
    super::{exit::Result, output, signals::Signals},
    fitted::Counts,
    sheet,
    table::Measured,
    work::{Done, Work},
};
use std::{
    mem,
    path::{Path, PathBuf},
};

/// The outcome for all images.
#[derive(Default)]
pub struct Results {
    /// Images that were processed.
    pub done: Vec<Measured>,
    /// Files and folders that cannot be read, and why.
    pub problems: Vec<(PathBuf, String)>,
    /// The first processed images in the order asked for, for the sheet.
    pub shown: Vec<Done>,
    /// Sum of the images' mean values, each in [0, 1].
    pub brightness: f64,
    /// How many images were changed for the network's size and channels.
    pub fitted: Counts,
}

impl Results {
    /// Processes all images, part by part, until a signal is received.
    pub fn of(
        work: &Work<'_>,
        problems: Vec<(PathBuf, String)>,
        signals: &Signals,
    ) -> Result<Self> {
        let total = work.sources.len();
        let bar = output::counter(total, "images");
        let wanted = sheet::count(work.size());
        let mut results = Self::default();
        let name = |results: &mut Self, path: &Path, reason: String| {
            output::error(format!("{}: {reason}", path.display()));
            results.problems.push((path.to_owned(), reason));
        };
        for (path, reason) in problems {
            name(&mut results, &path, reason);
        }
        for start in (0..total).step_by(work.part_len()) {
            if signals.received().is_some() {
                break;
            }
            let part = start..total.min(start + work.part_len());
            for (index, done) in part.clone().zip(work.part(part)?) {
                match done {
                    Err(reason) => name(&mut results, &work.sources[index].path, reason),
                    Ok(mut done) => {
                        results.fitted.add(done.fitted);
                        let code = mem::take(&mut done.code);
                        let quality = done.quality;
                        let p_value = work.baseline.map(|known| known.p_value(quality.mse));
                        results.done.push(Measured { index, quality, p_value, code });
                        let sum: f64 = done.image.iter().map(|&value| f64::from(value)).sum();
                        results.brightness += sum / done.image.len().max(1) as f64;
                        results.show(done, wanted, work.args.by_error());
                    }
                }
                bar.inc(1);
            }
        }
        output::remove(&bar);
        if work.args.by_error() {
            // Images of the same error stay in the order of their paths, as on the sheet.
            results.done.sort_by(|one, other| other.quality.mse.total_cmp(&one.quality.mse));
        }
        Ok(results)
    }

    /// Adds an image to those on the sheet, which are at most `most`, if it is among the first ones.
    fn show(&mut self, done: Done, most: usize, by_error: bool) {
        let is_before = |shown: &Done| shown.quality.mse >= done.quality.mse;
        let place = if by_error { self.shown.partition_point(is_before) } else { self.shown.len() };
        if place < most {
            self.shown.insert(place, done);
            self.shown.truncate(most);
        }
    }
}
