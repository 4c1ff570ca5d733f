//! Which files in a run's folder this program wrote.

use crate::record::{
    CHECKPOINTS, CODES, EXPERIMENT, Error, FIGURES, LOG, METRICS, MODEL, NOISE_LEVELS, REPORT,
    RESOLVED, RUN_JSON, Result, TIMINGS, atomic, checkpoint, figure_names, files::entries, lock,
    samples, tensorboard,
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Files in the folder itself; the last is a report on this run alone.
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
    REPORT,
];

/// The folder itself and its subfolders.
pub(super) const FOLDERS: [&str; 4] = ["", CHECKPOINTS, FIGURES, tensorboard::FOLDER];

/// Returns everything in a run's folder that this program did not write, such as notes, sorted. Links count
/// as foreign whatever their names, and are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn foreign(run: &Path) -> Result<Vec<PathBuf>> {
    let mut foreign = Vec::new();
    let mut folders = vec![run.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let found = fs::symlink_metadata(&path).map_err(Error::io("read", &path))?;
            let below = path.strip_prefix(run).unwrap_or(&path);
            if found.is_dir() && FOLDERS.iter().any(|known| Path::new(known) == below) {
                folders.push(path);
            } else if !(found.is_file() && is_own(run, &path)) {
                foreign.push(below.to_path_buf());
            }
        }
    }
    foreign.sort();
    Ok(foreign)
}

/// Whether this program gives a file in a run's folder such a name.
pub fn is_own(run: &Path, path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let within = path.parent().and_then(|folder| folder.strip_prefix(run).ok());
    let known = match within.and_then(Path::to_str) {
        Some("") => FILES.contains(&name),
        Some(CHECKPOINTS) => checkpoint::is_own(run, path),
        Some(FIGURES) => figure_names::files().any(|known| known == name),
        Some(tensorboard::FOLDER) => name == tensorboard::FILE,
        _ => false,
    };
    known || atomic::is_part(path)
}
