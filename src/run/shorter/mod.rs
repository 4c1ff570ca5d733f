//! Finds shorter runs of an experiment, which a longer run continues instead of starting over.
//!
//! `train.epochs` is part of a run's identity although, with most schedules, no step depends on it: a run of
//! fewer epochs has then taken exactly the first steps of a longer one. The complete run of the same experiment
//! under another name, alone or in a sweep, has taken all of them.

mod notes;

use super::{
    Identities, Result, Trial,
    continued::Start,
    workplace::{kernels, target_of},
};
use crate::{
    ops::Family,
    plan::Plan,
    record::{
        self, RESOLVED, RunFolder, RunInfo, RunSummary, Status, TakeOver, checkpoint, folder_name,
        read::{folders_by_hash, name_of},
    },
    spec::{Experiment, dotted},
};
use notes::{continues, laid_out, not_continued, trained_elsewhere};
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// A run that differs from another only in its name and number of epochs.
#[derive(Debug, Clone)]
pub struct Shorter {
    /// The run.
    pub run: RunSummary,
    /// What its `run.json` says.
    pub info: RunInfo,
    /// Planned number of epochs.
    pub planned: usize,
    /// Whether another process is training it, so that it cannot be continued.
    pub busy: bool,
}

impl Shorter {
    /// Whether no process is training it and its last checkpoint exists, which `runner clean` may remove.
    pub fn can_be_continued(&self) -> bool {
        !self.busy && checkpoint::last_path(&self.run.path).exists()
    }

    /// Returns how many of the `epochs` of a longer run are already trained: all, if this one stopped early.
    pub fn done(&self, epochs: usize) -> usize {
        let stopped = self.info.status == Status::Completed && self.info.epochs < self.planned;
        if stopped { epochs } else { self.info.epochs }
    }
}

/// The runs of some folders, in which to find shorter ones.
#[derive(Debug, Default)]
pub struct Places {
    /// Run folders by the part of the identity in their names.
    folders: HashMap<String, Vec<PathBuf>>,
}

impl Places {
    /// Collects all runs in these folders. Folders that cannot be read, such as the parent of a sweep's
    /// folder, count as empty: no training should fail for that.
    pub fn of<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut places = Self::default();
        for (hash, runs) in
            folders.into_iter().flat_map(|folder| folders_by_hash(folder).unwrap_or_default())
        {
            places.folders.entry(hash).or_default().extend(runs);
        }
        places
    }

    /// Returns the planned numbers of epochs of the runs, from their own files.
    pub fn lengths(&self) -> BTreeSet<usize> {
        self.folders.values().flatten().filter_map(|run| planned_epochs(run)).collect()
    }

    /// Returns the runs that a run of `experiment` could continue, those with the most epochs first, among
    /// runs planned for one of `lengths` epochs and complete runs of the same experiment. They must have the data
    /// and kernels of `own`, since other kernels differ in the last bits. Runs with more epochs done than
    /// `experiment` has are left out.
    ///
    /// # Errors
    /// Those of [`Identities::of`].
    pub fn shorter(
        &self,
        experiment: &Experiment,
        lengths: &BTreeSet<usize>,
        own: Origin<'_>,
        known: &mut Identities,
    ) -> Result<Vec<Shorter>> {
        let epochs = experiment.train.epochs;
        let mut other = experiment.clone();
        let mut found = Vec::new();
        let others = lengths.iter().copied().filter(|length| *length != epochs);
        for planned in others.chain([epochs]) {
            other.train.epochs = planned;
            let identity = known.of(&other, own.data_digest)?;
            let runs = self.folders.get(folder_name::hash8(&identity)).into_iter().flatten();
            let runs: Vec<_> = runs.map(|run| RunSummary::read(run)).collect();
            // The newest of runs that were trained again counts, and a copy under another name does not.
            for run in record::newest(&runs).into_values() {
                // A diverged run would diverge again from its last checkpoint.
                let fits = |info: &&RunInfo| {
                    info.identity == identity
                        && info.kernels == own.kernels
                        && info.epochs <= epochs
                        && info.status != Status::Diverged
                        // The same experiment goes on in its own folder.
                        && (planned != epochs || info.status == Status::Completed)
                };
                if let Some(info) = run.info().filter(fits) {
                    let busy = info.status == Status::Running || run.is_held();
                    found.push(Shorter { run: run.clone(), info: info.clone(), planned, busy });
                }
            }
        }
        let rank = |one: &Shorter| (one.info.epochs, one.planned == epochs);
        found.sort_by(|a, b| (rank(b), &a.run.path).cmp(&(rank(a), &b.run.path)));
        Ok(found)
    }

    /// Returns the folder of the latest run of `experiment`, under the name of `own`, on other images than those of
    /// `own`.
    fn on_other_images(&self, experiment: &Experiment, own: &RunInfo) -> Result<Option<String>> {
        let (mut known, name) = (Identities::default(), format!("{}-", own.name));
        let mut latest = None;
        for path in self.folders.values().flatten().filter(|path| name_of(path).starts_with(&name))
        {
            let run = RunSummary::read(path);
            let Some(other) = run.info().filter(|other| other.data_digest != own.data_digest)
            else {
                continue;
            };
            if known.of(experiment, &other.data_digest)? == other.identity {
                latest = latest.max(Some((other.started, run.folder())));
            }
        }
        Ok(latest.map(|(_, folder)| folder))
    }

    /// Returns the run that a new run of `plan` on the data with this digest would continue, for a plan made
    /// before it starts; see [`Self::shorter`].
    ///
    /// # Errors
    /// If its device, its kernels or its initial weights are not available.
    pub fn continued_by(
        &self,
        plan: &Plan,
        lengths: &BTreeSet<usize>,
        data_digest: &str,
        known: &mut Identities,
    ) -> Result<Option<Shorter>> {
        let experiment = &plan.point.experiment;
        let (all, none) = (lengths, BTreeSet::new());
        let lengths = if experiment.train.schedule.depends_on_epochs() { &none } else { all };
        let kernels = kernels(experiment, target_of(plan.device())?, Family::from_env()?)?;
        let own = Origin { data_digest, kernels: &kernels };
        let shorter = self.shorter(experiment, lengths, own, known)?;
        Ok(shorter.into_iter().find(Shorter::can_be_continued))
    }
}

/// What the steps of a training depend on besides its experiment.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// SHA-256 of the data.
    pub data_digest: &'a str,
    /// The kernels, as `run.json` names them.
    pub kernels: &'a str,
}

/// Reads the planned number of epochs of the run in a folder.
fn planned_epochs(run: &Path) -> Option<usize> {
    let resolved: toml::Value =
        toml::from_slice(&record::files::read(&run.join(RESOLVED)).ok()?).ok()?;
    dotted::value(&resolved, "train.epochs")?.as_integer()?.try_into().ok()
}

impl Trial<'_> {
    /// Returns where a new run starts: at the last checkpoint of the run with the most steps among those that it
    /// can continue, or else at its first step. An error is recorded in its `run.json`.
    pub(super) fn beginning(&self, folder: &mut RunFolder, info: &RunInfo) -> Result<Start> {
        self.after_shorter(folder, info).map_err(|error| error.recorded_in(folder))
    }

    fn after_shorter(&self, folder: &mut RunFolder, info: &RunInfo) -> Result<Start> {
        let experiment = &self.plan.point.experiment;
        let mut start = Start::default();
        // A forced training must be complete, and with pruning, each epoch must be compared with those of
        // other runs.
        if self.force || self.pruner.is_some() {
            return Ok(start);
        }
        let places = self.places();
        let (busy, mut shorter): (Vec<_>, Vec<_>) =
            self.shorter(&places, info)?.into_iter().partition(|shorter| shorter.busy);
        let (epochs, schedule) = (experiment.train.epochs, &experiment.train.schedule);
        let missed = if schedule.depends_on_epochs() {
            let is_same = |one: &Shorter| one.planned == epochs;
            let other = shorter.iter().find(|one| !is_same(one));
            let note = other.map(|other| laid_out(other, schedule.name()));
            shorter.retain(is_same);
            note
        } else {
            // A run without a finished epoch is not worth a note: a sweep starts many at once.
            let missed = |one: &&Shorter| one.planned < epochs && one.info.epochs > 0;
            busy.iter().find(missed).map(trained_elsewhere)
        };
        for shorter in sorted_by_state(shorter, epochs, &mut start.warnings) {
            match folder.take_over(&shorter.run, &shorter.info, &experiment.train)? {
                TakeOver::Done(snapshot) => {
                    start.notes.push(continues(&shorter, &snapshot.state, epochs));
                    start.snapshot = Some(snapshot);
                    return Ok(start);
                }
                TakeOver::Unusable(error) => start.warnings.push(not_continued(&shorter, &error)),
            }
        }
        start.notes.extend(missed);
        // A sweep tells that of all its runs together.
        if self.sweep_lengths.is_none()
            && let Some(other) = places.on_other_images(experiment, info)?
        {
            start.warnings.push(format!(
                "{other} is of the same experiment, but was trained on other images: this run starts over"
            ));
        }
        Ok(start)
    }

    fn places(&self) -> Places {
        let other = match self.sweep_lengths {
            Some(_) => self.runs_dir.parent().map(Path::to_path_buf),
            None => Some(self.runs_dir.join(self.plan.name())),
        };
        Places::of([Some(self.runs_dir), other.as_deref()].into_iter().flatten())
    }

    fn shorter(&self, places: &Places, info: &RunInfo) -> Result<Vec<Shorter>> {
        let (experiment, given) = (&self.plan.point.experiment, self.sweep_lengths);
        let lengths = given.map_or_else(|| Cow::Owned(places.lengths()), Cow::Borrowed);
        let own = Origin { data_digest: &info.data_digest, kernels: &info.kernels };
        places.shorter(experiment, &lengths, own, &mut Identities::default())
    }
}

/// Sorts runs by the state of their checkpoints, the most steps first. Drops runs without a checkpoint, those
/// beyond `epochs`, and, with a warning, those whose checkpoint cannot be read.
fn sorted_by_state(
    shorter: Vec<Shorter>,
    epochs: usize,
    warnings: &mut Vec<String>,
) -> Vec<Shorter> {
    let mut standing = Vec::new();
    for one in shorter {
        let last = checkpoint::last_path(&one.run.path);
        if !last.exists() {
            // A run that was interrupted in its first epoch may have none.
            if one.info.epochs > 0 {
                let (run, file) = (&one.run.folder(), last.display());
                warnings.push(format!(
                    "{run} is not continued: {file} is gone (`runner clean --checkpoints` removes it)"
                ));
            }
            continue;
        }
        // `run.json` may be an epoch behind and does not record batches.
        match checkpoint::read_state(&last) {
            Ok(state) => standing.push(((state.epoch, state.batch), one)),
            Err(error) => warnings.push(not_continued(&one, &error)),
        }
    }
    standing.retain(|(place, _)| *place <= (epochs, 0));
    standing.sort_by_key(|(place, _)| Reverse(*place));
    standing.into_iter().map(|(_, shorter)| shorter).collect()
}
