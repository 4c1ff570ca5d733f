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
    /// What is wrong, without a location.
    problem: Diagnostic,
}

impl Finding {
    fn new<const N: usize>(keys: [&str; N], message: impl Into<String>) -> Self {
        Self { keys: keys.map(str::to_owned).to_vec(), problem: Diagnostic::new(message, None) }
    }

    fn note(self, note: impl Into<String>) -> Self {
        Self { problem: self.problem.note(note), ..self }
    }

    /// Points at the key set by the highest layer, since the last change caused the conflict.
    fn locate(self, stack: &Stack) -> Diagnostic {
        let level = |key: &String| stack.level(key).unwrap_or(0);
        let highest = self.keys.iter().map(level).max().unwrap_or(0);
        let key = self.keys.iter().find(|key| level(key) == highest);
        let place = key.and_then(|key| stack.nearest(key));
        let location = place.as_ref().map(|place| Box::new(Location::new(place)));
        Diagnostic { location, ..self.problem }
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
    findings.retain(|finding| !finding.keys.iter().any(|key| stack.is_broken(key)));
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
