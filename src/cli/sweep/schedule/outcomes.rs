//! How the runs of a sweep ended, as the user is told.

use crate::{
    cli::{
        exit::{Failure, Result},
        outcome, output,
        sweep::prepare::Sweep,
    },
    record::RunSummary,
};
use std::{collections::BTreeMap, path::Path};

/// How the runs ended, printed as they do. A failure to print does not stop the training.
pub struct Outcomes<'a> {
    sweep: &'a Sweep<'a>,
    json: bool,
    /// Why each failed run failed.
    failed: BTreeMap<usize, String>,
    /// The first failure to print.
    unprinted: Option<Failure>,
}

impl<'a> Outcomes<'a> {
    /// Creates the outcomes before any run has ended; with `json`, they are printed as JSON.
    pub fn new(sweep: &'a Sweep<'a>, json: bool) -> Self {
        Self { sweep, json, failed: BTreeMap::new(), unprinted: None }
    }

    /// Prints the result in a run's folder; `skipped` if it was there before.
    pub fn print(&mut self, folder: &Path, skipped: bool) {
        let found = RunSummary::read(folder);
        if let Some(info) = found.info() {
            self.keep(outcome::print(folder, info, skipped, self.json));
        }
    }

    /// Prints a failed run as JSON, if asked for; otherwise, stderr is enough.
    pub fn print_failed(&mut self, index: usize, folder: Option<&Path>, error: &str) {
        if self.json {
            let name = self.sweep.file.plans[index].name();
            self.keep(outcome::print_failed(name, folder, error));
        }
    }

    fn keep(&mut self, printed: Result<()>) {
        if let Err(failure) = printed {
            self.unprinted.get_or_insert(failure);
        }
    }

    /// Notes that a run failed.
    pub fn fail(&mut self, index: usize, why: String) {
        self.failed.insert(index, why);
    }

    /// Whether a run failed.
    pub fn any_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Prints, at the end, what failed, with the tail of its log. Returns the first failure to print.
    pub fn finish(&mut self) -> Option<Failure> {
        for (index, why) in &self.failed {
            let name = self.sweep.file.plans[*index].name();
            output::error(format!("{name}: {}", why.trim_end().replace('\n', "\n  ")));
        }
        self.unprinted.take()
    }
}
