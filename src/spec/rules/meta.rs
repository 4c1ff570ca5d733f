//! Rules on the name, the device and the ranges of figures.

use super::Finding;
use crate::spec::{Experiment, resolved::names_folder};

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let name = &experiment.meta.name;
    if !name.chars().all(names_folder) || name.starts_with('.') || name.len() > 100 {
        let finding = Finding::new(["experiment.name"], "`experiment.name` cannot name a folder");
        findings.push(finding.note(
            "expected at most 100 letters (a to z), digits, `-`, `_` and `.`, not starting with `.`",
        ));
    }
    let device = &experiment.meta.device;
    if device.kind().is_none() {
        let message = format!("`experiment.device` cannot be {:?}", device.as_str());
        let finding = Finding::new(["experiment.device"], message);
        findings.push(
            finding.note("expected `cpu`, `auto`, `cuda`, or `cuda:N` for the Nth GPU from 0"),
        );
    }
    if let Some([from, to]) = experiment.figures.code_range
        && from >= to
    {
        let message = format!(
            "`figures.code_range` goes from {from} to {to}: expected the second number to be larger"
        );
        findings.push(Finding::new(["figures.code_range"], message));
    }
}
