//! Labels of experiments in a report on several sweeps and other runs. The keys in which all of these differ would make
//! sentences of them, so that each experiment is named within its family: the sweep, or the runs of one name.

use super::{
    group::{Group, unusual_values},
    keys::{self, Key},
    run::Run,
};
use crate::{
    disk::canonical,
    record::{
        read::name_of,
        sweep_json::{Planned, SweepFile},
    },
    spec::name_within,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Names experiments by their families and the keys in which these vary, in the order of their sweeps. Those that would
/// share a label with others keep theirs.
pub(super) fn name(groups: &mut [Group], runs: &[Run], sweeps: &[(PathBuf, SweepFile)]) {
    let mut families: BTreeMap<(Option<&Path>, &str), Vec<usize>> = BTreeMap::new();
    for (place, group) in groups.iter().enumerate() {
        let run = &runs[group.example(runs)];
        // Nothing is known of a run whose experiment cannot be read.
        if !run.values.is_empty() {
            families.entry(family(run)).or_default().push(place);
        }
    }
    let mut labels: BTreeMap<usize, String> = BTreeMap::new();
    for ((_, name), places) in families {
        let examples = places.iter().map(|place| &runs[groups[*place].example(runs)]);
        let examples: Vec<&Run> = examples.collect();
        let own = sweeps.iter().filter(|(folder, _)| name_of(folder) == name);
        let swept = own.flat_map(|(_, plan)| &plan.keys).map(String::as_str);
        let keys = keys::differing(&examples, swept);
        labels.extend(
            places.iter().zip(&examples).map(|(place, run)| (*place, label(run, name, &keys))),
        );
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for label in labels.values() {
        *counts.entry(label.clone()).or_default() += 1;
    }
    for (place, label) in labels.into_iter().filter(|(_, label)| counts[label] == 1) {
        groups[place].heading.clone_from(&label);
        groups[place].label = label;
    }
}

/// Tells runs of sweeps that were given by their own folders which sweep they are of.
pub(super) fn tell_sweeps(runs: &mut [Run], sweeps: &[(PathBuf, SweepFile)]) {
    for run in runs.iter_mut().filter(|run| run.sweep.is_none()) {
        let folder = run.path.parent().map(canonical);
        let own = sweeps.iter().find(|(sweep, _)| folder.as_ref() == Some(sweep));
        run.sweep = own.map(|(sweep, _)| name_of(sweep));
    }
}

/// Gives experiments, and with them their runs, the names that people call them by in their sweeps.
pub(super) fn call_by_names(
    runs: &mut [Run],
    waiting: &mut [(PathBuf, Planned)],
    sweeps: &[(PathBuf, SweepFile)],
) {
    let called: Vec<_> = sweeps.iter().map(|(sweep, plan)| (sweep, plan.called())).collect();
    let name_in = |sweep: &Path, run: &str| {
        let (_, called) = called.iter().find(|(known, _)| *known == sweep)?;
        called.get(run).map(|name| (*name).to_owned())
    };
    for run in runs {
        let sweep = run.path.parent().map(canonical);
        if let Some(name) = sweep.and_then(|sweep| name_in(&sweep, &run.info.name)) {
            run.name = name_within(&name, &run.info.name);
            run.called = Some(name);
        }
    }
    for (sweep, point) in waiting {
        if let Some(name) = name_in(sweep, &point.name) {
            point.name = name_within(&name, &point.name);
        }
    }
}

/// Returns what identifies the family of a run, with its name.
fn family(run: &Run) -> (Option<&Path>, &str) {
    match &run.sweep {
        Some(sweep) => (run.path.parent(), sweep),
        None => (None, &run.info.name),
    }
}

/// Labels an experiment of a family that differs in some keys.
fn label(run: &Run, family: &str, keys: &[Key]) -> String {
    let keys: Vec<&Key> = keys.iter().collect();
    let spelled = || keys.iter().map(|key| key.spelled(run)).collect::<Vec<_>>().join(", ");
    let own = match (&run.called, unusual_values(run, &keys)) {
        (Some(name), _) => name.clone(),
        (None, unusual) if unusual.is_empty() => spelled(),
        (None, unusual) => unusual,
    };
    match &run.sweep {
        _ if own.is_empty() => family.to_owned(),
        Some(_) => format!("{family}/{own}"),
        None => format!("{family}, {own}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{
        found::{Found, tests::plan},
        tests::{complete, size},
    };
    use std::path::PathBuf;

    #[test]
    fn an_experiment_is_named_by_its_sweep_and_what_varies_there() {
        let epochs = |epochs: i64| ("train.epochs", epochs.into());
        let swept = |name: &str, latent: i64| {
            let mut run = complete(name, &[size(latent), epochs(5)], 0.5);
            run.sweep = Some("night".into());
            run.path = PathBuf::from("runs/night").join(name);
            run
        };
        let runs = vec![
            swept("latent_dim=2", 2),
            swept("latent_dim=4", 4),
            complete("alone", &[size(8), epochs(1)], 0.25),
            complete("twice", &[size(2), epochs(2)], 0.25),
            complete("twice", &[size(2), epochs(3)], 0.25),
        ];
        let labels = |found: Found| -> Vec<String> {
            let report = found.report(&[]);
            let mut labels: Vec<String> =
                report.groups.iter().map(|group| group.label.clone()).collect();
            labels.sort();
            labels
        };
        let mut found = Found::of(runs.clone(), Vec::new());
        // Of two sweeps, the other has no run yet.
        found.sweeps.push((PathBuf::from("runs/other"), plan(&[])));
        let planned = plan(&["latent_dim=2", "latent_dim=4"]);
        found.sweeps.push((PathBuf::from("runs/night"), planned));
        let expected = [
            "alone",
            "night/latent_dim=2",
            "night/latent_dim=4",
            "twice, epochs=2",
            "twice, epochs=3",
        ];
        assert_eq!(labels(found), expected);
        let without_a_sweep = labels(Found::of(runs, Vec::new()));
        assert!(
            without_a_sweep.contains(&"latent_dim=8, epochs=1".to_owned()),
            "{without_a_sweep:?}"
        );
    }
}
