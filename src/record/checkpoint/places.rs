//! Where a run keeps its checkpoints.

use crate::record::{CHECKPOINTS, Error, Result, files::entries};
use std::{
    fs,
    path::{Path, PathBuf},
};

const EXTENSION: &str = "safetensors";

/// Where training goes on from.
pub fn last(run: &Path) -> PathBuf {
    run.join(CHECKPOINTS).join("last").with_extension(EXTENSION)
}

/// The best epoch so far.
pub fn best(run: &Path) -> PathBuf {
    run.join(CHECKPOINTS).join("best").with_extension(EXTENSION)
}

/// The end of an epoch, counted from 1, where every so many are kept.
pub fn epoch(run: &Path, epoch: usize) -> PathBuf {
    run.join(CHECKPOINTS).join(format!("epoch{epoch:04}")).with_extension(EXTENSION)
}

/// The epochs for which there is a file as [`epoch`] names it, in order.
///
/// # Errors
/// When the folder cannot be read.
pub fn epochs(run: &Path) -> Result<Vec<usize>> {
    let mut epochs: Vec<usize> =
        files(run)?.iter().filter_map(|path| epoch_of(run, path)).collect();
    epochs.sort_unstable();
    Ok(epochs)
}

fn epoch_of(run: &Path, path: &Path) -> Option<usize> {
    let number = path.file_stem()?.to_str()?.strip_prefix("epoch")?.parse().ok()?;
    (epoch(run, number) == path).then_some(number)
}

/// Whether a training saves under this path.
pub fn is_own(run: &Path, path: &Path) -> bool {
    path == last(run) || path == best(run) || epoch_of(run, path).is_some()
}

/// Removes the files of [`epochs`] but for the newest `keep`.
///
/// # Errors
/// What the system refuses.
pub fn keep_newest(run: &Path, keep: usize) -> Result<()> {
    let epochs = epochs(run)?;
    let old = &epochs[..epochs.len().saturating_sub(keep)];
    old.iter().try_for_each(|&old| {
        let path = epoch(run, old);
        fs::remove_file(&path).map_err(Error::io("remove", &path))
    })
}

/// All checkpoints of a run, in no order; none if there is no folder of them.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(run: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = entries(&run.join(CHECKPOINTS))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    Ok(paths)
}
