//! What is there of each planned run, and how it stands.

use crate::{
    cli::{
        exit::{Failure, Result},
        load::File,
    },
    data::Counts,
    ops::Family,
    plan::Plan,
    record::{self, RESOLVED, RunSummary, Status, checkpoint, folder::first_name},
    run::{
        Identities,
        shorter::{Origin, Places, Shorter},
        workplace::{kernels, target_of},
    },
    spec::Measured,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    path::Path,
};

/// A planned run and what is there of it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What its folder is called, apart from the hash.
    pub name: String,
    /// What makes it the same as another.
    pub identity: String,
    /// Its folder's name, whether it is there or not.
    pub folder: String,
    /// How many images it is trained, validated and tested on.
    pub counts: Counts,
    /// What its metrics are measured on.
    pub measured: Measured,
    /// SHA-256 of its data.
    pub data_digest: String,
    /// How it stands.
    pub state: State,
    /// The run of fewer epochs that it continues, if it is new and there is one.
    pub shorter: Option<Shorter>,
}

impl Run {
    /// How many of its `epochs` need no training any more.
    pub fn done(&self, epochs: usize) -> usize {
        self.state.done(self.shorter.as_ref(), epochs)
    }

    /// How it stands in words, by its plan.
    pub fn told(&self, plan: &Plan) -> String {
        self.state.told(self.shorter.as_ref(), plan.point.experiment.train.epochs)
    }
}

/// What is known of a planned run by its data.
#[derive(Debug)]
pub struct Opened {
    /// What makes it the same as another.
    pub identity: String,
    /// How many images it is trained, validated and tested on.
    pub counts: Counts,
    /// What its metrics are measured on.
    pub measured: Measured,
    /// SHA-256 of its data.
    pub data_digest: String,
}

/// How a planned run stands before the sweep begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    New,
    /// Done.
    Complete,
    /// Cut off, failed, or stopped where the file would no longer stop it; epochs that are done.
    Partly(usize),
    /// Trained to its end, early or not; results are to be made of it anew.
    Trained,
    /// Another process trains it.
    Elsewhere,
    /// Its sweep stopped it early.
    Pruned,
    /// Its loss was no longer a number, and would not be one again.
    Diverged,
    /// What is in its folder cannot be read, and is left as it is: the run will fail.
    Broken,
}

impl State {
    /// How a run stands that was stopped after so many epochs, and goes on.
    pub const fn after(epochs: usize, plan: &Plan) -> Self {
        if epochs < plan.point.experiment.train.epochs {
            Self::Partly(epochs)
        } else {
            Self::Trained
        }
    }

    /// How many of its `epochs` need no training any more, those of a shorter run that it continues among them.
    pub fn done(self, shorter: Option<&Shorter>, epochs: usize) -> usize {
        match (self, shorter) {
            (Self::Trained, _) => epochs,
            (Self::Partly(done), _) => done,
            (Self::New, Some(shorter)) => shorter.done(epochs),
            _ => 0,
        }
    }

    /// The same in words, before it begins or goes on.
    pub fn told(self, shorter: Option<&Shorter>, epochs: usize) -> String {
        match self {
            Self::New => shorter.map_or("new".to_owned(), |shorter| {
                let (left, from) = (epochs - shorter.done(epochs), shorter.run.path.display());
                format!("{left} of {epochs} epochs to train, from {from}")
            }),
            Self::Complete => "complete".to_owned(),
            Self::Trained => "results to be made".to_owned(),
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

    /// Whether epochs are still to come.
    pub const fn trains_on(self) -> bool {
        matches!(self, Self::New | Self::Partly(_) | Self::Elsewhere)
    }
}

/// Finds what is there of each run: a folder of its name, or else one of the same experiment that no
/// other run is called like. What somebody put aside under a name of his own is neither. Also gives the runs
/// that are not planned.
pub fn recognise<'r>(
    file: &File,
    planned: Vec<Opened>,
    there: &'r [RunSummary],
) -> (Vec<Run>, Vec<&'r RunSummary>) {
    let newest = record::newest(there);
    let mut by_identity: HashMap<&str, Vec<&RunSummary>> = HashMap::new();
    for run in there {
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
    let broken: HashMap<&str, &RunSummary> = there
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
    // A run trained anew leaves older folders of the same name, which are no strangers.
    let folders: HashSet<&str> = found.iter().flatten().map(|run| run.folder.as_str()).collect();
    let is_known = |run: &RunSummary| match run.key() {
        Some(key) => known.contains(&key),
        None => folders.contains(run.folder.as_str()),
    };
    let stray = |run: &&RunSummary| !is_known(run);
    let strays = there.iter().filter(stray).collect();
    let prunes = file.settings.prune.is_some();
    let runs = file.plans.iter().zip(planned).zip(found);
    let runs = runs.map(|((plan, opened), run)| {
        let Opened { identity, counts, measured, data_digest } = opened;
        let name = run.and_then(|run| run.info()).map_or(plan.name(), |info| &info.name).to_owned();
        let folder = run.map_or_else(|| first_name(&name, &identity), |run| run.folder.clone());
        let state = run.map_or(State::New, |run| state(run, plan, prunes));
        Run { name, identity, folder, counts, measured, data_digest, state, shorter: None }
    });
    (runs.collect(), strays)
}

/// How a run stands of which there is a folder.
pub fn state(run: &RunSummary, plan: &Plan, prunes: bool) -> State {
    let Some(info) = run.info() else { return State::Broken };
    match info.status {
        Status::Running => State::Elsewhere,
        Status::Pruned if prunes => State::Pruned,
        Status::Diverged => State::Diverged,
        Status::Completed => {
            let resolved = fs::read_to_string(run.path.join(RESOLVED)).unwrap_or_default();
            if info.format == record::FORMAT && resolved == plan.point.experiment.to_toml() {
                State::Complete
            } else {
                State::Trained
            }
        }
        _ if info.trained => State::Trained,
        // Killed while it took over from a shorter one, say, or cleaned: it begins again.
        _ if !checkpoint::last(&run.path).exists() => State::New,
        Status::Pruned | Status::Interrupted | Status::Failed => State::after(info.epochs, plan),
    }
}

/// Takes those out of runs that are not planned which differ from a planned one in nothing but fewer epochs, be it
/// that it has continued them or not; gives how many those are.
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

/// Finds the runs of fewer epochs that new ones continue, as far as they are there already; gives for how many
/// epochs such runs may have been planned, those of the sweep itself among them.
pub fn find_shorter(
    plans: &[Plan],
    runs: &mut [Run],
    folders: [&Path; 2],
) -> Result<BTreeSet<usize>> {
    if !runs.iter().any(|run| run.state == State::New) {
        return Ok(BTreeSet::new());
    }
    let places = Places::of(folders);
    let there = places.lengths();
    let family = Family::from_env().map_err(Failure::usage)?;
    let mut known = Identities::default();
    for (plan, run) in plans.iter().zip(runs).filter(|(_, run)| run.state == State::New) {
        let experiment = &plan.point.experiment;
        if experiment.train.schedule.depends_on_epochs() {
            continue;
        }
        let kernels = kernels(experiment, target_of(plan.device())?, family)?;
        let own = Origin { data_digest: &run.data_digest, kernels: &kernels };
        let shorter = places.shorter(experiment, &there, own, &mut known)?;
        run.shorter = shorter.into_iter().find(Shorter::can_be_continued);
    }
    let planned = plans.iter().map(|plan| plan.point.experiment.train.epochs);
    Ok(there.into_iter().chain(planned).collect())
}
