//! Arguments of the subcommands that look for runs.

use clap::Args;
use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

/// The folder of runs.
#[derive(Debug, Args)]
pub struct RunsDir {
    /// Folder that holds the runs, each in a folder of its own
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs_dir: PathBuf,
}

impl Deref for RunsDir {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.runs_dir
    }
}

/// Conditions that runs are chosen by.
#[derive(Debug, Args)]
pub struct Conditions {
    /// Only runs that meet a condition, as in `--where 'sigma>=0.5'`; may be given more than once, to require
    /// all
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
}

impl Deref for Conditions {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.conditions
    }
}
