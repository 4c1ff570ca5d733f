//! Finds folders of runs by name.

use super::{
    exit::{Failure, Result},
    sweep,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the folder that a path names, or a sweep or run of that name in the folder of runs; that of the best
/// run for `SWEEP@best`.
///
/// # Errors
/// When it is a file, and when nothing has that name.
pub fn folder(runs_dir: &Path, wanted: &Path) -> Result<PathBuf> {
    let meta = fs::metadata(wanted);
    if meta.as_ref().is_ok_and(fs::Metadata::is_dir) {
        return Ok(wanted.to_owned());
    }
    if meta.is_ok() {
        return Err(Failure::usage(format!(
            "{} is a file; a folder of runs is needed",
            wanted.display()
        )));
    }
    let within = runs_dir.join(wanted);
    if within.is_dir() {
        return Ok(within);
    }
    let name = wanted.to_string_lossy();
    sweep::find(runs_dir, &name).map(|run| run.path).map_err(|failure| {
        Failure::usage(match sweep::nearest_sweep(runs_dir, &name) {
            Some(near) => format!(
                "there is no folder, sweep or run {name:?} in {}; did you mean {near}?",
                runs_dir.display()
            ),
            None => format!("there is no folder {}, and {}", wanted.display(), failure.message()),
        })
    })
}
