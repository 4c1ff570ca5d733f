//! A folder that contains run folders.

use crate::record::{self, RunInfo, RunSummary, sweep_json::SweepFile};
use std::{collections::BTreeSet, path::PathBuf};

/// A folder that contains run folders.
pub struct Place {
    /// Its path.
    pub folder: PathBuf,
    /// All runs in it, except for those behind links.
    pub runs: Vec<RunSummary>,
    /// The plan, if it is a sweep's folder.
    pub plan: record::Result<Option<SweepFile>>,
    /// Folder names of the selected runs.
    pub chosen: BTreeSet<String>,
}

impl Place {
    /// Returns the selected runs.
    pub fn chosen(&self) -> impl Iterator<Item = &RunSummary> {
        self.runs.iter().filter(|run| self.chosen.contains(&run.folder()))
    }

    /// Whether this is a sweep whose plan does not have the run.
    pub fn is_unplanned(&self, run: &RunSummary, info: &RunInfo) -> bool {
        matches!(&self.plan, Ok(Some(plan)) if !plan.plans(info, &run.folder()))
    }
}
