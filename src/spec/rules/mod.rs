//! Rules that a single key's form cannot express, most of them between keys of a resolved experiment.

mod data;
mod geometry;
mod meta;
mod task;
mod train;

use super::{Experiment, Location, diagnostics::Diagnostic, stack::Stack};
use std::path::Path;

/// A rule that is broken.
pub(crate) struct Finding {
    /// Keys that the rule involves, the likeliest culprit first.
    keys: Vec<String>,
    /// Other keys that must be valid for the rule to apply.
    silenced_by: Vec<String>,
    message: String,
    notes: Vec<String>,
}

impl Finding {
    fn new<const N: usize>(keys: [&str; N], message: impl Into<String>) -> Self {
        let keys = keys.map(str::to_owned).to_vec();
        Self { keys, silenced_by: Vec::new(), message: message.into(), notes: Vec::new() }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Drops the finding if `key`, which is not a culprit itself, is invalid.
    fn unless(mut self, key: &str) -> Self {
        self.silenced_by.push(key.to_owned());
        self
    }

    /// Points at the key set by the highest layer, since the last change caused the conflict.
    fn locate(self, stack: &Stack) -> Diagnostic {
        let level = |key: &String| stack.level(key).unwrap_or(0);
        let highest = self.keys.iter().map(level).max().unwrap_or(0);
        let key = self.keys.iter().find(|key| level(key) == highest);
        let place = key.and_then(|key| stack.nearest(key));
        let problem = Diagnostic::new(self.message, place.as_ref());
        self.notes.into_iter().fold(problem, Diagnostic::note)
    }
}

/// Checks all rules, except those that involve a value already reported as invalid.
fn check(experiment: &Experiment, stack: &Stack) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    meta::check(experiment, &mut findings);
    data::check(experiment, stack, &mut findings);
    task::check(experiment, &mut findings);
    geometry::check(experiment, &mut findings);
    train::check(experiment, &mut findings);
    findings.retain(|finding| {
        !finding.keys.iter().chain(&finding.silenced_by).any(|key| stack.is_broken(key))
    });
    findings.into_iter().map(|finding| finding.locate(stack)).collect()
}

/// Returns where `model.init` is set, if a text sets it.
pub(super) fn init_place(stack: &Stack) -> Option<Location> {
    stack.place("model.init").as_ref().map(Location::new)
}

/// Extracts the experiment of a stack, completes it and checks the rules between keys.
pub(super) fn resolve(stack: &Stack, file: &Path) -> Result<Experiment, Vec<Diagnostic>> {
    let mut experiment = stack.extract()?;
    experiment.complete(file);
    let problems = check(&experiment, stack);
    if problems.is_empty() { Ok(experiment) } else { Err(problems) }
}
