//! Finds experiments of sweeps, with all their repeats, by name.

use super::{run, sweep};
use crate::{
    cli::exit::Result,
    record::RunSummary,
    report::compare::{experiments::Experiments, repeats::Reports},
};
use std::path::{Path, PathBuf};

/// What a name stands for.
pub enum Found {
    /// A run.
    Run(RunSummary),
    /// Experiments of a sweep.
    Experiments {
        /// The sweep's name, as given.
        sweep: String,
        /// The experiments, over their seeds.
        experiments: Experiments,
    },
}

impl Found {
    /// Whether there are planned runs that have not started.
    fn has_waiting(&self) -> bool {
        matches!(self, Self::Experiments { experiments, .. } if experiments.waiting > 0)
    }
}

/// Finds a run, or experiments of a sweep: all by the sweep's name, others by what the names of their runs begin
/// with.
///
/// # Errors
/// When nothing has this name.
pub fn run_or_experiments(runs_dir: &Path, wanted: &str, reports: &mut Reports) -> Result<Found> {
    match run(runs_dir, wanted) {
        Ok(run) => {
            // It may only be the first to begin of several runs with this name.
            let experiments = experiments(runs_dir, wanted, reports);
            Ok(experiments.filter(Found::has_waiting).unwrap_or(Found::Run(run)))
        }
        // Several runs may have this name.
        Err(failure) => experiments(runs_dir, wanted, reports).ok_or(failure),
    }
}

/// Finds experiments of a sweep; `None` if there is no such sweep or run in it.
fn experiments(runs_dir: &Path, wanted: &str, reports: &mut Reports) -> Option<Found> {
    let (sweep, folder, beginning) = sweep_and_beginning(runs_dir, wanted)?;
    let experiments = Experiments::named(&folder, beginning, reports)?;
    Some(Found::Experiments { sweep: sweep.to_owned(), experiments })
}

/// Splits the name of an experiment, `SWEEP/BEGINNING` or `SWEEP`, and returns the sweep's folder as well.
fn sweep_and_beginning<'w>(
    runs_dir: &Path,
    wanted: &'w str,
) -> Option<(&'w str, PathBuf, &'w str)> {
    let wanted = wanted.trim_end_matches('/');
    if let Some(folder) = sweep(runs_dir, wanted) {
        return Some((wanted, folder, ""));
    }
    let (name, beginning) = wanted.rsplit_once('/')?;
    Some((name, sweep(runs_dir, name)?, beginning))
}
