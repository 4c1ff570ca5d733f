//! Shorter trainings of an experiment, which a longer one continues instead of starting over.
//!
//! `train.epochs` is part of what tells runs apart, although with most schedules no step depends on it:
//! then a run of fewer epochs has taken the very steps that a longer one begins with.

use super::{continued::Start, exit::Result, load::Identities, trial::Trial};
use crate::{
    record::{self, Checkpoint, RESOLVED, RunFolder, RunInfo, RunSummary, Status, checkpoint},
    spec::{
        Experiment, dotted,
        words::{counted, thousands},
    },
    train::TrainState,
};
use std::{collections::HashMap, fs, path::Path};

/// A run that differs from another in nothing but its epochs.
#[derive(Debug, Clone)]
pub struct Shorter {
    /// The run.
    pub run: RunSummary,
    /// What its `run.json` says.
    pub info: RunInfo,
    /// Epochs that it was to train for.
    pub planned: usize,
}

/// Finds, for an experiment, the runs of which it is a longer version.
#[derive(Debug)]
pub struct Seeker<'a> {
    experiment: &'a Experiment,
    info: &'a RunInfo,
    /// The identity that the experiment would have with so many epochs.
    identities: HashMap<usize, String>,
}

impl<'a> Seeker<'a> {
    /// For an `experiment` whose run would have this `info`.
    pub fn new(experiment: &'a Experiment, info: &'a RunInfo) -> Self {
        Self { experiment, info, identities: HashMap::new() }
    }

    /// Those of the runs of a folder that no process trains and that have not come further than this run
    /// is to come: the furthest first.
    pub fn seek(&mut self, runs_dir: &Path, known: &mut Identities) -> Result<Vec<Shorter>> {
        let there = record::scan_sweep(runs_dir)?;
        // Of runs trained anew the newest counts, and a copy under another name is no run.
        let mut found = Vec::new();
        for run in record::newest(&there).into_values() {
            found.extend(self.as_shorter(run, known)?);
        }
        found.sort_by(|a, b| (b.info.epochs, &a.run.folder).cmp(&(a.info.epochs, &b.run.folder)));
        Ok(found)
    }

    fn as_shorter(&mut self, run: &RunSummary, known: &mut Identities) -> Result<Option<Shorter>> {
        let Some(info) = run.info().filter(|info| self.may_fit(info)) else { return Ok(None) };
        let epochs = planned_epochs(&run.path).filter(|epochs| *epochs != self.epochs());
        let Some(planned) = epochs else { return Ok(None) };
        if !self.identities.contains_key(&planned) {
            let mut experiment = self.experiment.clone();
            experiment.train.epochs = planned;
            let identity = known.of(&experiment, &self.info.data_digest)?;
            self.identities.insert(planned, identity);
        }
        let fits = self.identities[&planned] == info.identity && !run.is_held();
        Ok(fits.then(|| Shorter { run: run.clone(), info: info.clone(), planned }))
    }

    fn epochs(&self) -> usize {
        self.experiment.train.epochs
    }

    /// What `run.json` tells, before other files are read. From its last checkpoint a diverged run would
    /// diverge again, and other kernels give other last bits.
    fn may_fit(&self, info: &RunInfo) -> bool {
        !matches!(info.status, Status::Running | Status::Diverged)
            && info.epochs <= self.epochs()
            && info.kernels == self.info.kernels
            && info.seed == self.info.seed
            && info.data_digest == self.info.data_digest
            && info.parameters == self.info.parameters
    }
}

/// The epochs for which the run in a folder was to be trained.
fn planned_epochs(run: &Path) -> Option<usize> {
    let resolved: toml::Value =
        toml::from_str(&fs::read_to_string(run.join(RESOLVED)).ok()?).ok()?;
    dotted::value(&resolved, "train.epochs")?.as_integer()?.try_into().ok()
}

impl Trial<'_> {
    /// Where a run begins of which there is nothing: where the furthest of the shorter ones ended, or else
    /// at its first step.
    pub(super) fn beginning(&self, folder: &mut RunFolder, info: &RunInfo) -> Result<Start> {
        let experiment = &self.plan.point.experiment;
        let mut start = Start::default();
        // Whoever forces a training wants all of it, and where a sweep prunes, each of its epochs is to be
        // compared with those of other runs.
        if self.force || self.gate.is_some() {
            return Ok(start);
        }
        let (mut seeker, mut known) = (Seeker::new(experiment, info), Identities::default());
        let mut shorter = Vec::new();
        for runs_dir in [Some(self.runs_dir), self.around].into_iter().flatten() {
            shorter.extend(seeker.seek(runs_dir, &mut known)?);
        }
        if experiment.train.schedule.depends_on_epochs() {
            let name = experiment.train.schedule.name();
            start.notes.extend(shorter.first().map(|Shorter { run, planned, .. }| {
                let epochs = counted(*planned, "epoch");
                format!(
                    "{} is not continued: its {name} schedule was laid out for its {epochs}",
                    run.folder
                )
            }));
            return Ok(start);
        }
        let epochs = experiment.train.epochs;
        for (shorter, state) in by_state(shorter, epochs, &mut start.warnings) {
            match folder.take_over(&shorter.run, &shorter.info, &experiment.train)? {
                Ok(snapshot) => {
                    start.snapshot = Some(snapshot);
                    start.notes.push(continues(&shorter, &state, epochs));
                    return Ok(start);
                }
                Err(error) => start.warnings.push(not_continued(&shorter, &error)),
            }
        }
        Ok(start)
    }
}

/// Runs by where their checkpoints stand, the furthest first; one without a checkpoint and one beyond so many
/// `epochs` is none of them, nor is one whose checkpoint cannot be read, for which there is a warning.
fn by_state(
    shorter: Vec<Shorter>,
    epochs: usize,
    warnings: &mut Vec<String>,
) -> Vec<(Shorter, TrainState)> {
    let mut standing = Vec::new();
    for one in shorter {
        let last = checkpoint::last(&one.run.path);
        if !last.exists() {
            continue;
        }
        match Checkpoint::load_for(&last, &one.info.identity) {
            Ok(checkpoint) => standing.push((one, checkpoint.snapshot.state)),
            Err(error) => warnings.push(not_continued(&one, &error)),
        }
    }
    standing.retain(|(_, state)| (state.epoch, state.batch) <= (epochs, 0));
    standing.sort_by_key(|(_, state)| std::cmp::Reverse((state.epoch, state.batch)));
    standing
}

fn continues(shorter: &Shorter, state: &TrainState, epochs: usize) -> String {
    let path = shorter.run.path.display();
    let trained = match (state.epoch, state.batch) {
        (done, _) if state.early.stopped => {
            return format!("continues {path}, which stopped early after epoch {done}");
        }
        (0, batch) => {
            format!("{} of the first of {}", counted(batch, "batch"), counted(epochs, "epoch"))
        }
        (done, _) => format!("{} of {}", thousands(done), counted(epochs, "epoch")),
    };
    format!("continues {path}, trained for {trained}")
}

fn not_continued(shorter: &Shorter, error: &record::Error) -> String {
    format!("{error}; {} is not continued", shorter.run.folder)
}
