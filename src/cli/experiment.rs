//! Finds runs, and experiments of sweeps with all their repeats, by name.

use super::{
    exit::{Failure, Result},
    sweep,
};
use crate::{record::RunSummary, report::compare::repeats::Repeats};
use std::path::{Path, PathBuf};

/// What a name stands for.
pub enum Named {
    /// A run.
    Run(RunSummary),
    /// The repeats of an experiment.
    Repeats(Box<Repeats>),
}

/// Finds a run, or the repeats of an experiment of a sweep: by the sweep's name if it has no other, or by what
/// the names of its runs begin with.
///
/// # Errors
/// When nothing has this name, or several experiments of a sweep have.
pub fn find(runs_dir: &Path, wanted: &str) -> Result<Named> {
    match sweep::find(runs_dir, wanted) {
        Ok(run) => Ok(Named::Run(run)),
        // Several runs may have this name.
        Err(failure) => repeats(runs_dir, wanted).unwrap_or(Err(failure)),
    }
}

/// Finds the repeats of an experiment of a sweep; `None` if there is no such sweep or run in it.
fn repeats(runs_dir: &Path, wanted: &str) -> Option<Result<Named>> {
    let (sweep, folder, beginning) = sweep_and_beginning(runs_dir, wanted)?;
    let found = Repeats::named(&folder, beginning)?;
    Some(match found {
        Ok(repeats) => Ok(Named::Repeats(Box::new(repeats))),
        Err(names) => Err(Failure::usage(format!(
            "{wanted:?} has several experiments, {names}: name one of them, as {sweep}/NAME, or the best one, \
             {sweep}@best"
        ))),
    })
}

/// Splits the name of an experiment, `SWEEP/BEGINNING` or `SWEEP`, and returns the sweep's folder as well.
fn sweep_and_beginning<'w>(
    runs_dir: &Path,
    wanted: &'w str,
) -> Option<(&'w str, PathBuf, &'w str)> {
    let wanted = wanted.trim_end_matches('/');
    if let Some(folder) = sweep::folder_of(runs_dir, wanted) {
        return Some((wanted, folder, ""));
    }
    let (sweep, beginning) = wanted.rsplit_once('/')?;
    Some((sweep, sweep::folder_of(runs_dir, sweep)?, beginning))
}
