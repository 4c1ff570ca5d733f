//! `image_folder`: the user's own PNG and JPEG images.
//!
//! If every image is in a subfolder, the top-level subfolders are the classes. Subfolders `train` and
//! `test` (or else `val`, `validation` or `valid`) are the two parts, and the folders inside them the
//! classes; one part alone is an error, since the other may exist under an unexpected name.
//!
//! Without parts, the test images are those whose names hash to the lowest tenth of all values, so that
//! adding images moves none from one part to the other (except among very few images, where a part that
//! would be empty gets one). Images are ordered by their hashes too, so that any number of first or last
//! images is a mixture of all classes.
//!
//! Folders of runs, of sweeps and of the results of `runner apply` are skipped, so that the results of
//! users who work inside their image folder do not become data of the next run.

mod file;
mod files;
mod fit;
mod jpeg;

use super::Error;
use super::counts::limited;
use super::dataset::{Images, Parts};
use crate::arch::Size;
use crate::spec;
pub use file::{read, read_fitted};
use files::{Files, Found};
pub use files::{SHEET, TABLE, is_passed_over};
pub use fit::Fitted;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

/// Maximum number of classes that labels can represent.
const CLASSES: usize = 1 << u16::BITS;

/// Maximum number of unreadable images listed in a warning.
const NAMED: usize = 5;

/// Maximum number of unreadable images listed in an error, which ends the program.
const NAMED_IN_ERROR: usize = 100;

/// Loads the images below `folder`, converted to the size and channels of `config`.
pub(super) fn load(folder: &Path, config: &spec::Data) -> Result<Parts, Error> {
    let Files { mut train, mut test, mut problems, mut warnings } = files::find(folder)?;
    train.truncate(config.train_limit.unwrap_or(usize::MAX));
    test.truncate(config.test_limit.unwrap_or(usize::MAX));
    let total = train.len() + test.len() + problems.len();

    let (classes, without) = classes(train.iter().chain(&test).map(|file| file.class.as_deref()));
    warnings.extend(without);
    let (train, _) = read_all(&train, &classes, config, &mut problems);
    let (test, files) = read_all(&test, &classes, config, &mut problems);
    if !problems.is_empty() {
        problems.sort();
        let share = problems.len() as f64 / total as f64;
        if share > config.max_unreadable {
            return Err(Error::Unreadable {
                folder: folder.to_path_buf(),
                count: problems.len(),
                total,
                allowed: config.max_unreadable,
                examples: named(&problems, NAMED_IN_ERROR, ""),
            });
        }
        warnings.push(format!(
            "{} of {total} images in `{}` cannot be read and are left out:\n  {}",
            problems.len(),
            folder.display(),
            named(&problems, NAMED, "; `runner apply` on this folder names all of them"),
        ));
    }
    if train.is_empty() && test.len() == 1 {
        return Err(Error::OneImage { folder: folder.to_path_buf() });
    }
    for (part, images) in [("training", &train), ("test", &test)] {
        if images.is_empty() {
            return Err(Error::NoImages { part, folder: folder.to_path_buf() });
        }
    }
    let below =
        |file: &Found| file.path.strip_prefix(folder).unwrap_or(&file.path).display().to_string();
    let test_files = files.into_iter().map(below).collect();
    Ok(Parts { train, test, test_files, classes, warnings })
}

/// Returns the number of training and test images that [`load`] would read.
pub(super) fn counts(folder: &Path, config: &spec::Data) -> Result<(usize, usize), Error> {
    let Files { train, test, .. } = files::find(folder)?;
    Ok(limited(config, train.len(), test.len()))
}

/// Whether a file's extension is that of a PNG or JPEG image.
pub fn is_image(path: &Path) -> bool {
    ends_in(path, &["png", "jpg", "jpeg"])
}

/// Whether a file's extension is that of an unsupported kind of image.
pub fn is_other_image(path: &Path) -> bool {
    ends_in(path, &["gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl"])
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    extension.is_some_and(|name| endings.iter().any(|known| name == *known))
}

/// Collects the sorted names of the classes of images; none, with a warning, if some images have no class or
/// there are too many classes.
fn classes<'a>(of: impl Iterator<Item = Option<&'a str>>) -> (Vec<String>, Option<String>) {
    let (mut names, mut without) = (BTreeSet::new(), 0_usize);
    for class in of {
        match class {
            Some(name) => _ = names.insert(name),
            None => without += 1,
        }
    }
    let reason = match (names.len(), without) {
        (0, _) | (..=CLASSES, 0) => {
            return (names.into_iter().map(str::to_owned).collect(), None);
        }
        (_, 0) => {
            format!("{} folders are more than the maximum of {CLASSES} classes", names.len())
        }
        (_, without) => {
            format!("{without} images are not in a folder, which would be their class")
        }
    };
    (Vec::new(), Some(format!("{reason}: the images are used without classes")))
}

/// Reads `files` and returns the images and files that could be read; the names and reasons of the others go
/// to `problems`.
fn read_all<'f>(
    files: &'f [Found],
    classes: &[String],
    config: &spec::Data,
    problems: &mut Vec<String>,
) -> (Images, Vec<&'f Found>) {
    let [height, width] = config.image_size;
    let size = Size::new(height, width, config.channels);
    let mut pixels = vec![0; files.len() * size.len()];
    let results: Vec<Result<(), String>> = pixels
        .par_chunks_exact_mut(size.len())
        .zip(files)
        .map(|(pixels, file)| {
            pixels.copy_from_slice(&read(&file.path, size, config.fit)?);
            Ok(())
        })
        .collect();

    let (mut kept, mut labels) = (Vec::new(), Vec::new());
    for (index, (result, file)) in results.into_iter().zip(files).enumerate() {
        match result {
            Ok(()) => {
                let from = index * size.len();
                pixels.copy_within(from..from + size.len(), kept.len() * size.len());
                kept.push(file);
                let place = file.class.as_ref().and_then(|name| classes.binary_search(name).ok());
                labels.extend(place.and_then(|place| u16::try_from(place).ok()));
            }
            Err(reason) => problems.push(format!("{}: {reason}", file.path.display())),
        }
    }
    pixels.truncate(kept.len() * size.len());
    (Images { size, pixels, labels }, kept)
}

/// Lists the first `most` problems, one per line, and the number of further ones, followed by `advice`.
fn named(problems: &[String], most: usize, advice: &str) -> String {
    let mut lines = problems[..problems.len().min(most)].to_vec();
    if problems.len() > most {
        lines.push(format!("and {} more{advice}", problems.len() - most));
    }
    lines.join("\n  ")
}

#[cfg(test)]
mod tests;
