//! Finds what a user means by a name: a run, a sweep, experiments of a sweep, or a folder of runs.

mod best;
mod experiments;
mod run;
#[cfg(test)]
mod tests;

pub use best::hint as best_hint;
pub use experiments::{Found, run_or_experiments};
pub use run::run;

use super::exit::{Failure, Result};
use crate::record::{self, SWEEP_JSON, read::is_run};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the folder of the sweep that `wanted` names, by its path or its name in `runs_dir`; `None` if
/// there is no such sweep.
pub fn sweep(runs_dir: &Path, wanted: &str) -> Option<PathBuf> {
    let places = [PathBuf::from(wanted), runs_dir.join(wanted)];
    places.into_iter().find(|folder| folder.join(SWEEP_JSON).is_file())
}

/// Returns the folder that a path names, or a sweep or run of that name in the folder of runs; that of the best
/// run for `SWEEP@best`.
///
/// # Errors
/// When it is a file, and when nothing has that name.
pub fn folder(runs_dir: &Path, wanted: &Path) -> Result<PathBuf> {
    let shown = wanted.display();
    let within = runs_dir.join(wanted);
    match fs::metadata(wanted) {
        // A folder of images, for example, may have the name of a sweep.
        Ok(found) if found.is_dir() && within.is_dir() && !holds_runs(wanted) => return Ok(within),
        Ok(found) if found.is_dir() => return Ok(wanted.to_owned()),
        Ok(_) => {
            return Err(Failure::usage(format!("{shown} is a file; a folder of runs is needed")));
        }
        Err(_) => {}
    }
    if within.is_dir() {
        return Ok(within);
    }
    run(runs_dir, &wanted.to_string_lossy()).map(|run| run.path).map_err(|failure| {
        Failure::usage(format!("there is no folder {shown}, and {}", failure.message()))
    })
}

/// Whether a folder is a run, or has runs in it.
fn holds_runs(folder: &Path) -> bool {
    is_run(folder) || record::scan(folder).is_ok_and(|runs| !runs.is_empty())
}
