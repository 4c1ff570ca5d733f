//! Finds the existing folder of each planned run, and its state.

use crate::{
    cli::{exit::Result, load::File},
    data::Counts,
    plan::Plan,
    record::{self, RunSummary, folder_name::first_name},
    run::{Identities, Standing, State, shorter::Places},
    spec::Measured,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
};

/// A planned run and its existing state.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// The name of its folder without the hash.
    pub name: String,
    /// The digest that identifies the run.
    pub identity: String,
    /// Name of its folder, whether it exists or not.
    pub folder: String,
    /// Number of images for training, validation and testing.
    pub counts: Counts,
    /// What its metrics are measured on.
    pub measured: Measured,
    /// SHA-256 of its data.
    pub data_digest: String,
    /// How it stands.
    pub standing: Standing,
}

impl PlannedRun {
    /// Whether it is new and has no other trainings beside it, so that it may continue a shorter run.
    fn is_first(&self) -> bool {
        self.standing.state == State::New && self.folder == first_name(&self.name, &self.identity)
    }
}

/// Finds the existing folder of each new run and sets its name, folder and state: one of its name, or else one of
/// the same experiment whose name no other run has. Copies that a user has renamed are neither. Returns the
/// existing runs that are not planned.
pub fn recognize<'r>(
    file: &File,
    runs: &mut [PlannedRun],
    existing: &'r [RunSummary],
) -> Vec<&'r RunSummary> {
    let newest = record::newest(existing);
    let mut by_identity: HashMap<&str, Vec<&RunSummary>> = HashMap::new();
    for run in existing {
        let Some(key @ (_, identity)) = run.key() else { continue };
        if newest.get(&key).is_some_and(|newest| newest.path == run.path) {
            by_identity.entry(identity).or_default().push(run);
        }
    }
    let mut known: HashSet<(&str, &str)> =
        runs.iter().map(|run| (run.name.as_str(), run.identity.as_str())).collect();
    let broken: HashMap<String, &RunSummary> =
        existing.iter().filter(|run| run.info().is_none()).map(|run| (run.folder(), run)).collect();
    let mut found = Vec::with_capacity(runs.len());
    for run in &*runs {
        let exact = newest.get(&(run.name.as_str(), run.identity.as_str())).copied();
        let free = |run: &&&RunSummary| run.key().is_some_and(|key| !known.contains(&key));
        let renamed = || by_identity.get(run.identity.as_str())?.iter().find(free).copied();
        let broken = || broken.get(run.folder.as_str()).copied();
        let own = exact.or_else(renamed).or_else(broken);
        known.extend(own.and_then(RunSummary::key));
        found.push(own);
    }
    // A run that was trained again leaves older folders of the same name, which are not strays.
    let folders: HashSet<String> = found.iter().flatten().map(|run| run.folder()).collect();
    let is_known = |run: &RunSummary| match run.key() {
        Some(key) => known.contains(&key),
        None => folders.contains(&run.folder()),
    };
    let strays = existing.iter().filter(|run| !is_known(run)).collect();
    let prunes = file.settings.prune.is_some();
    for ((run, plan), own) in runs.iter_mut().zip(&file.plans).zip(found) {
        let Some(own) = own else { continue };
        if let Some(info) = own.info() {
            run.name.clone_from(&info.name);
        }
        run.folder = own.folder();
        run.standing = Standing::of(own, plan, prunes);
    }
    strays
}

/// Removes the runs from `strays` that differ from a planned run only in having fewer epochs, whether it
/// continued them or not. Returns how many.
pub fn take_shorter(
    strays: &mut Vec<&RunSummary>,
    plans: &[Plan],
    runs: &[PlannedRun],
    folder: &Path,
) -> Result<usize> {
    let all = strays.len();
    if all == 0 {
        return Ok(0);
    }
    let lengths = Places::of([folder]).lengths();
    let mut known = Identities::default();
    let mut shorter = HashSet::new();
    for (plan, run) in plans.iter().zip(runs) {
        let mut experiment = plan.point.experiment.clone();
        for &length in lengths.range(..plan.point.experiment.train.epochs) {
            experiment.train.epochs = length;
            shorter.insert(known.of(&experiment, &run.data_digest)?);
        }
    }
    strays.retain(|run| !run.info().is_some_and(|info| shorter.contains(&info.identity)));
    Ok(all - strays.len())
}

/// Finds the existing runs that new runs continue: of fewer epochs, or complete. Returns the numbers of epochs that such
/// runs may have, including those planned in the sweep itself.
pub fn find_shorter(
    plans: &[Plan],
    runs: &mut [PlannedRun],
    folders: [&Path; 2],
) -> Result<BTreeSet<usize>> {
    if !runs.iter().any(|run| run.standing.state == State::New) {
        return Ok(BTreeSet::new());
    }
    let places = Places::of(folders);
    let lengths = places.lengths();
    let mut known = Identities::default();
    for (plan, run) in plans.iter().zip(runs).filter(|(_, run)| run.is_first()) {
        run.standing.shorter = places.continued_by(plan, &lengths, &run.data_digest, &mut known)?;
    }
    let planned = plans.iter().map(|plan| plan.point.experiment.train.epochs);
    Ok(lengths.into_iter().chain(planned).collect())
}
