//! Finds the existing folder of each planned run, and its state.

use crate::{
    cli::{
        exit::{Failure, Result},
        load::File,
    },
    data::Counts,
    ops::Family,
    plan::Plan,
    record::{self, RunSummary, Status, checkpoint, folder::first_name},
    run::{
        Identities, results,
        shorter::{Origin, Places, Shorter},
        workplace::{kernels, target_of},
    },
    spec::Measured,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
};

/// A planned run and its existing state.
#[derive(Debug, Clone)]
pub struct Run {
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
    /// Its state.
    pub state: State,
    /// The run of fewer epochs that it continues, if it is new and there is one.
    pub shorter: Option<Shorter>,
}

impl Run {
    /// Returns how many of its `epochs` are already trained.
    pub fn done(&self, epochs: usize) -> usize {
        self.state.done(self.shorter.as_ref(), epochs)
    }

    /// Describes its state in words.
    pub fn describe(&self, plan: &Plan) -> String {
        self.state.describe(self.shorter.as_ref(), plan.point.experiment.train.epochs)
    }
}

/// What is known of a planned run from its data.
#[derive(Debug)]
pub struct Opened {
    /// The digest that identifies the run.
    pub identity: String,
    /// Number of images for training, validation and testing.
    pub counts: Counts,
    /// What its metrics are measured on.
    pub measured: Measured,
    /// SHA-256 of its data.
    pub data_digest: String,
}

/// The state of a planned run before the sweep starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not started.
    New,
    /// Complete.
    Complete,
    /// Interrupted, failed, or pruned but no longer to be pruned; with the number of epochs done.
    Partly(usize),
    /// Trained to its end; its results must be rebuilt.
    Trained,
    /// Being trained by another process.
    Elsewhere,
    /// Stopped early by its sweep.
    Pruned,
    /// Diverged: its loss became NaN or infinite.
    Diverged,
    /// Its folder cannot be read and is left as it is: the run will fail.
    Broken,
}

impl State {
    /// Returns the state of a run that was stopped after `epochs` epochs and is to continue.
    pub const fn after(epochs: usize, plan: &Plan) -> Self {
        if epochs < plan.point.experiment.train.epochs {
            Self::Partly(epochs)
        } else {
            Self::Trained
        }
    }

    /// Returns how many of `epochs` are already trained, including those of a shorter run that it continues.
    pub fn done(self, shorter: Option<&Shorter>, epochs: usize) -> usize {
        match (self, shorter) {
            (Self::Trained, _) => epochs,
            (Self::Partly(done), _) => done,
            (Self::New, Some(shorter)) => shorter.done(epochs),
            _ => 0,
        }
    }

    /// Describes the state in words.
    pub fn describe(self, shorter: Option<&Shorter>, epochs: usize) -> String {
        match self {
            Self::New => shorter.map_or("new".to_owned(), |shorter| {
                let (left, from) = (epochs - shorter.done(epochs), shorter.run.path.display());
                format!("{left} of {epochs} epochs to train, from {from}")
            }),
            Self::Complete => "complete".to_owned(),
            Self::Trained => "results to be rebuilt".to_owned(),
            Self::Partly(done) => format!("{done} of {epochs} epochs done"),
            Self::Elsewhere => "trained by another process".to_owned(),
            Self::Pruned => "pruned".to_owned(),
            Self::Diverged => "diverged".to_owned(),
            Self::Broken => "cannot be read".to_owned(),
        }
    }

    /// Whether there is nothing to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Complete | Self::Pruned | Self::Diverged)
    }

    /// Whether epochs remain to be trained.
    pub const fn trains_on(self) -> bool {
        matches!(self, Self::New | Self::Partly(_) | Self::Elsewhere)
    }
}

/// Finds the existing folder of each run: one of its name, or else one of the same experiment whose name no
/// other run has. Copies that a user has renamed are neither. Also returns the existing runs that are not
/// planned.
pub fn recognise<'r>(
    file: &File,
    planned: Vec<Opened>,
    existing: &'r [RunSummary],
) -> (Vec<Run>, Vec<&'r RunSummary>) {
    let newest = record::newest(existing);
    let mut by_identity: HashMap<&str, Vec<&RunSummary>> = HashMap::new();
    for run in existing {
        let Some(key @ (_, identity)) = run.key() else { continue };
        if newest.get(&key).is_some_and(|newest| newest.path == run.path) {
            by_identity.entry(identity).or_default().push(run);
        }
    }
    let mut known: HashSet<(&str, &str)> = file
        .plans
        .iter()
        .map(Plan::name)
        .zip(planned.iter().map(|one| one.identity.as_str()))
        .collect();
    let broken: HashMap<&str, &RunSummary> = existing
        .iter()
        .filter(|run| run.info().is_none())
        .map(|run| (run.folder.as_str(), run))
        .collect();
    let mut found = Vec::with_capacity(planned.len());
    for (plan, Opened { identity, .. }) in file.plans.iter().zip(&planned) {
        let exact = newest.get(&(plan.name(), identity.as_str())).copied();
        let free = |run: &&&RunSummary| run.key().is_some_and(|key| !known.contains(&key));
        let renamed = || by_identity.get(identity.as_str())?.iter().find(free).copied();
        let broken = || broken.get(first_name(plan.name(), identity).as_str()).copied();
        let run = exact.or_else(renamed).or_else(broken);
        known.extend(run.and_then(RunSummary::key));
        found.push(run);
    }
    // A run that was trained again leaves older folders of the same name, which are not strays.
    let folders: HashSet<&str> = found.iter().flatten().map(|run| run.folder.as_str()).collect();
    let is_known = |run: &RunSummary| match run.key() {
        Some(key) => known.contains(&key),
        None => folders.contains(run.folder.as_str()),
    };
    let stray = |run: &&RunSummary| !is_known(run);
    let strays = existing.iter().filter(stray).collect();
    let prunes = file.settings.prune.is_some();
    let runs = file.plans.iter().zip(planned).zip(found);
    let runs = runs.map(|((plan, opened), run)| {
        let Opened { identity, counts, measured, data_digest } = opened;
        let name = run.and_then(|run| run.info()).map_or(plan.name(), |info| &info.name).to_owned();
        let folder = run.map_or_else(|| first_name(&name, &identity), |run| run.folder.clone());
        let state = run.map_or(State::New, |run| state_of(run, plan, prunes));
        Run { name, identity, folder, counts, measured, data_digest, state, shorter: None }
    });
    (runs.collect(), strays)
}

/// Returns the state of an existing run.
pub fn state_of(run: &RunSummary, plan: &Plan, prunes: bool) -> State {
    let Some(info) = run.info() else { return State::Broken };
    match info.status {
        Status::Running => State::Elsewhere,
        Status::Pruned if prunes => State::Pruned,
        Status::Diverged => State::Diverged,
        Status::Completed => {
            let (resolved, results) = (plan.point.experiment.to_toml(), results::files(plan));
            if record::folder::is_done(&run.path, info, Some(&resolved), &results) {
                State::Complete
            } else {
                State::Trained
            }
        }
        _ if info.trained => State::Trained,
        // Killed while it took over a shorter run, for example, or cleaned: it starts over.
        _ if !checkpoint::last(&run.path).exists() => State::New,
        Status::Pruned | Status::Interrupted | Status::Failed => State::after(info.epochs, plan),
    }
}

/// Removes the runs from `strays` that differ from a planned run only in having fewer epochs, whether it
/// continued them or not. Returns how many.
pub fn take_shorter(
    strays: &mut Vec<&RunSummary>,
    plans: &[Plan],
    runs: &[Run],
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

/// Finds the existing runs of fewer epochs that new runs continue. Returns the numbers of epochs that such
/// runs may have, including those planned in the sweep itself.
pub fn find_shorter(
    plans: &[Plan],
    runs: &mut [Run],
    folders: [&Path; 2],
) -> Result<BTreeSet<usize>> {
    if !runs.iter().any(|run| run.state == State::New) {
        return Ok(BTreeSet::new());
    }
    let places = Places::of(folders);
    let lengths = places.lengths();
    let family = Family::from_env().map_err(Failure::usage)?;
    let mut known = Identities::default();
    for (plan, run) in plans.iter().zip(runs).filter(|(_, run)| run.state == State::New) {
        let experiment = &plan.point.experiment;
        if experiment.train.schedule.depends_on_epochs() {
            continue;
        }
        let kernels = kernels(experiment, target_of(plan.device())?, family)?;
        let own = Origin { data_digest: &run.data_digest, kernels: &kernels };
        let shorter = places.shorter(experiment, &lengths, own, &mut known)?;
        run.shorter = shorter.into_iter().find(Shorter::can_be_continued);
    }
    let planned = plans.iter().map(|plan| plan.point.experiment.train.epochs);
    Ok(lengths.into_iter().chain(planned).collect())
}
