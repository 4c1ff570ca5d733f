//! Arguments of the subcommands that look for runs.

use clap::Args;
use std::path::PathBuf;

/// The folder of runs.
#[derive(Debug, Args)]
pub struct RunsDir {
    /// Folder that holds the runs, each in a folder of its own
    #[arg(long = "runs-dir", value_name = "FOLDER", default_value = "runs")]
    pub path: PathBuf,
}

/// Conditions that runs are chosen by.
#[derive(Debug, Args)]
pub struct Conditions {
    /// Only runs that meet a condition, as in `--where 'sigma>=0.5'`; may be given more than once, to require
    /// all
    #[arg(long = "where", value_name = "CONDITION")]
    pub given: Vec<String>,
}
