//! Which files of a run's folder this program wrote.

use crate::record::{
    CHECKPOINTS, CODES, EXPERIMENT, Error, FIGURES, LOG, METRICS, MODEL, NOISE_LEVELS, RESOLVED,
    RUN_JSON, Result, TIMINGS, atomic, checkpoint, files::entries, lock, samples, tensorboard,
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Files in the folder itself, beside those of the lists above; the last is a report on this run alone.
const FILES: [&str; 12] = [
    lock::NAME,
    EXPERIMENT,
    RESOLVED,
    RUN_JSON,
    MODEL,
    METRICS,
    TIMINGS,
    NOISE_LEVELS,
    CODES,
    LOG,
    samples::SAMPLES,
    "report.html",
];

/// Figures, whatever the experiment.
const DRAWN: [&str; 19] = [
    "codes.png",
    "codes_pca.png",
    "codes_tsne.png",
    "colorization.png",
    "denoising.png",
    "gray.png",
    "interpolation.png",
    "learning_rate.png",
    "loss.png",
    "manifold.png",
    "model.png",
    "model.svg",
    "noise_levels.png",
    "predicted.png",
    "psnr_over_sigma.png",
    "quality.png",
    "reconstruction.png",
    "traversal.png",
    "true_colour.png",
];

/// The folders in a run's folder, and the folder itself.
pub(super) const FOLDERS: [&str; 4] = ["", CHECKPOINTS, FIGURES, tensorboard::FOLDER];

/// What lies in a run's folder and is none of this program's, sorted: a person's notes, say. A link is a
/// person's, too, whatever it is called, and what it leads to is not looked at.
///
/// # Errors
/// When a folder cannot be read.
pub fn strangers(run: &Path) -> Result<Vec<PathBuf>> {
    let mut strangers = Vec::new();
    let mut folders = vec![run.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let there = fs::symlink_metadata(&path).map_err(Error::io("read", &path))?;
            let below = path.strip_prefix(run).unwrap_or(&path);
            if there.is_dir() && FOLDERS.iter().any(|known| Path::new(known) == below) {
                folders.push(path);
            } else if !(there.is_file() && is_own(run, &path)) {
                strangers.push(below.to_path_buf());
            }
        }
    }
    strangers.sort();
    Ok(strangers)
}

/// Whether a file goes by a name that this program gives.
fn is_own(run: &Path, path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let within = path.parent().and_then(|folder| folder.strip_prefix(run).ok());
    let known = match within.and_then(Path::to_str) {
        Some("") => FILES.contains(&name),
        Some(CHECKPOINTS) => checkpoint::is_own(run, path),
        Some(FIGURES) => DRAWN.contains(&name),
        Some(tensorboard::FOLDER) => name == tensorboard::FILE,
        _ => false,
    };
    known || atomic::is_part(path)
}
