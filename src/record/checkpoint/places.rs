//! Paths of a run's checkpoints.

use crate::record::{CHECKPOINTS, Error, Result, files::entries};
use std::{
    fs,
    path::{Path, PathBuf},
};

const EXTENSION: &str = "safetensors";

/// Returns the path of the checkpoint from which training resumes.
pub fn last_path(run: &Path) -> PathBuf {
    run.join(CHECKPOINTS).join("last").with_extension(EXTENSION)
}

/// Returns the path of the checkpoint of the best epoch.
pub fn best_path(run: &Path) -> PathBuf {
    run.join(CHECKPOINTS).join("best").with_extension(EXTENSION)
}

/// Returns the path of the checkpoint of a single epoch, counted from 1.
pub fn epoch_path(run: &Path, epoch: usize) -> PathBuf {
    run.join(CHECKPOINTS).join(format!("epoch{epoch:04}")).with_extension(EXTENSION)
}

/// Returns the epochs that have a checkpoint of their own, as named by [`epoch_path`], in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn epochs(run: &Path) -> Result<Vec<usize>> {
    let mut epochs: Vec<usize> =
        files(run)?.iter().filter_map(|path| epoch_of(run, path)).collect();
    epochs.sort_unstable();
    Ok(epochs)
}

fn epoch_of(run: &Path, path: &Path) -> Option<usize> {
    let number = path.file_stem()?.to_str()?.strip_prefix("epoch")?.parse().ok()?;
    (epoch_path(run, number) == path).then_some(number)
}

/// Whether training saves checkpoints under this path.
pub fn is_own(run: &Path, path: &Path) -> bool {
    path == last_path(run) || path == best_path(run) || epoch_of(run, path).is_some()
}

/// Removes all but the newest `keep` of the files of [`epochs`].
///
/// # Errors
/// Any I/O error.
pub fn keep_newest(run: &Path, keep: usize) -> Result<()> {
    let epochs = epochs(run)?;
    let old = &epochs[..epochs.len().saturating_sub(keep)];
    old.iter().try_for_each(|&old| {
        let path = epoch_path(run, old);
        fs::remove_file(&path).map_err(Error::io("remove", &path))
    })
}

/// Returns all checkpoints of a run, in no particular order; none if their folder does not exist.
///
/// # Errors
/// If the folder cannot be read.
pub fn files(run: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = entries(&run.join(CHECKPOINTS))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    Ok(paths)
}
