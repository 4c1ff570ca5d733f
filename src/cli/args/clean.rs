//! Arguments of `runner clean`.

use super::{Conditions, RunsDir};
use clap::Args;
use std::path::PathBuf;

/// What to remove from a folder of runs.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is removed without --yes. Without any of the kinds above, a table shows how much each \
would free, and --yes removes leftovers only; with kinds, the items are listed.\n\n\
Never removed: runs in training, copies and renamed runs, folders with a file that runner did \
not write, and anything behind a link in the folder. Interrupted runs are removed only as superseded or unplanned.\n\n\
Examples:\n  \
runner clean\n  \
runner clean noise_sweep --checkpoints --yes\n  \
runner clean --failed --where 'started<2026-11-01'\n\n\
Exit status: 0 done; 1 something could not be removed; 2 wrong usage."
)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct CleanArgs {
    /// A folder that holds runs, or the name of a sweep or run in the folder of runs, or SWEEP@best; by default all
    /// of that
    #[arg(value_name = "FOLDER|SWEEP")]
    pub folder: Option<PathBuf>,
    /// Temporary files and incomplete folders of processes that were killed
    #[arg(long)]
    pub leftovers: bool,
    /// Runs whose run.json is missing or damaged, with any weights they have
    #[arg(long)]
    pub broken: bool,
    /// Failed and diverged runs; the same command trains them again, from the first epoch
    #[arg(long)]
    pub failed: bool,
    /// Runs that were trained again with --force, and runs that a longer run contains completely
    #[arg(long)]
    pub superseded: bool,
    /// Runs that the plan of their sweep no longer has, in any state
    #[arg(long)]
    pub unplanned: bool,
    /// Checkpoints of completed and pruned runs other than their best weights: more epochs then start over, and
    /// --last has no weights
    #[arg(long)]
    pub checkpoints: bool,
    /// Remove; without it, nothing is removed
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub conditions: Conditions,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    /// Print a line of JSON for each item that would be removed, or was
    #[arg(long)]
    pub json: bool,
}
