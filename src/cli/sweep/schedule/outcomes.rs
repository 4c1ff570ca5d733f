//! How the runs of a sweep ended, as the user is told.

use crate::{
    cli::{
        exit::{Failure, Result},
        outcome, output,
        sweep::prepare::Sweep,
    },
    record::RunSummary,
    words::counted,
};
use std::{collections::BTreeMap, path::Path};

/// How the runs ended, printed as they do. A failure to print does not stop the training.
pub struct Outcomes<'a> {
    sweep: &'a Sweep<'a>,
    json: bool,
    /// How many runs were over before.
    skipped: usize,
    /// Why each failed run failed.
    failed: BTreeMap<usize, String>,
    /// The first failure to print.
    unprinted: Option<Failure>,
}

impl<'a> Outcomes<'a> {
    /// Creates the outcomes before any run has ended; with `json`, they are printed as JSON.
    pub fn new(sweep: &'a Sweep<'a>, json: bool) -> Self {
        Self { sweep, json, skipped: 0, failed: BTreeMap::new(), unprinted: None }
    }

    /// Prints the result in a run's folder; if it was there before, `skipped`, it is only counted, except as JSON.
    pub fn print(&mut self, folder: &Path, skipped: bool) {
        let found = RunSummary::read(folder);
        let Some(info) = found.info() else { return };
        match skipped {
            _ if self.json => self.keep(outcome::print(folder, info, skipped, true)),
            true => self.skipped += 1,
            false => self.keep(outcome::print_short(folder, info)),
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

    /// Prints, at the end, how many runs were complete before and what failed, with the tail of its log. Returns the
    /// first failure to print.
    pub fn finish(&mut self) -> Option<Failure> {
        let are = if self.skipped == 1 { "is" } else { "are" };
        let runs = counted(self.skipped, "run");
        if self.skipped > 0 {
            self.keep(output::result(format!(
                "{runs} {are} already complete; --force trains again"
            )));
        }
        for (index, why) in &self.failed {
            let name = self.sweep.file.plans[*index].name();
            output::error(format!("{name}: {}", why.trim_end().replace('\n', "\n  ")));
        }
        self.unprinted.take()
    }
}
