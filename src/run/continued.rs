//! Resumes a run that already has a folder.

use super::{Error, Result, Trial, results};
use crate::{
    record::{
        self, Checkpoint, METRICS, MetricsFile, NewRun, RunFolder, RunInfo, Status, checkpoint,
        metrics,
    },
    train::Snapshot,
};
use std::path::Path;

/// Where a training starts.
#[derive(Default)]
pub struct Start {
    /// The state to resume from; `None` to start at the first step.
    pub snapshot: Option<Snapshot>,
    /// Why it starts there.
    pub notes: Vec<String>,
    /// What is unusual about that.
    pub warnings: Vec<String>,
}

impl From<Snapshot> for Start {
    fn from(snapshot: Snapshot) -> Self {
        Self { snapshot: Some(snapshot), ..Self::default() }
    }
}

impl Trial<'_> {
    /// Prepares an existing run to be continued and returns where it starts: at its checkpoint, if it has
    /// one. A run without one starts like a new run, but if it was forced beside others, it starts at its first
    /// step. A complete run is never started over.
    ///
    /// A diverged run always starts over from its first step: from its last checkpoint, it would diverge
    /// again.
    pub(super) fn continued(&self, folder: &mut RunFolder, new: &NewRun<'_>) -> Result<Start> {
        let NewRun { info: fresh, files, .. } = new;
        let lost = lost(folder, new);
        let last = checkpoint::last_path(folder.path());
        let diverged = folder.info().status == Status::Diverged;
        let mut start = if is_trained(folder.info()) {
            self.end_of_training(folder, fresh)?
        } else if diverged || !last.exists() {
            let name = record::read::name_of(folder.path());
            let anew = record::folder_name::number_of(folder.info(), &name) != Some(1);
            folder.start_over(fresh)?;
            folder.describe(files)?;
            return if anew || diverged {
                Ok(Start::default())
            } else {
                self.beginning(folder, fresh)
            };
        } else {
            self.resumed(folder, fresh, &last)?
        };
        // Written only after `run.json` says that the results are to be made: complete ones are recognized by
        // these files.
        folder.describe(files)?;
        start.notes.extend(lost);
        Ok(start)
    }

    /// Prepares a run whose training is finished to rebuild its results, from its last checkpoint or else from
    /// its best weights: `runner clean` may have removed the last, and new figures are never worth repeating
    /// the training. Everything is checked before anything is changed, as the existing results are valid.
    fn end_of_training(&self, folder: &mut RunFolder, fresh: &RunInfo) -> Result<Start> {
        let start = match self.last_epoch(folder, fresh) {
            Ok(snapshot) => {
                results::best_weights(folder, &snapshot.state)?;
                Start::from(snapshot)
            }
            Err(problem) => self.with_best_weights(folder, fresh, problem)?,
        };
        let epochs = start.snapshot.as_ref().map_or(0, |snapshot| snapshot.state.epoch);
        metrics::of_first(&folder.file(METRICS), epochs).map_err(results::unusable)?;
        MetricsFile::open(&folder.file(METRICS), epochs)?;
        folder.reopen(fresh)?;
        Ok(start)
    }

    /// Reads the last checkpoint of a finished training.
    fn last_epoch(&self, folder: &RunFolder, fresh: &RunInfo) -> record::Result<Snapshot> {
        let path = checkpoint::last_path(folder.path());
        let Checkpoint { snapshot, .. } = Checkpoint::load_for(&path, &fresh.identity)?;
        if snapshot.state.goes_on(self.plan.point.experiment.train.epochs) {
            let reason = format!("is of epoch {}, before the last", snapshot.state.epoch);
            return Err(record::Error::broken(&path, reason));
        }
        Ok(snapshot)
    }

    /// Returns the end of a finished training with the weights of its best epoch, in place of the last
    /// checkpoint with its `problem`.
    fn with_best_weights(
        &self,
        folder: &RunFolder,
        fresh: &RunInfo,
        problem: record::Error,
    ) -> Result<Start> {
        let (info, path) = (folder.info(), checkpoint::last_path(folder.path()));
        let is_gone = !path.exists();
        let Some(best) = info.best.filter(|_| checkpoint::best_path(folder.path()).exists()) else {
            let gone = "is gone: the results of a complete run are rebuilt from it";
            let problem = if is_gone { record::Error::broken(&path, gone) } else { problem };
            return Err(results::unusable(problem));
        };
        let loaded = Checkpoint::load_best(folder.path(), &fresh.identity, best.epoch);
        let mut snapshot = loaded.map_err(results::unusable)?.snapshot;
        // Where its training ended.
        snapshot.state.epoch = info.epochs;
        snapshot.state.step = info.step;
        snapshot.state.early.stopped = info.epochs < self.plan.point.experiment.train.epochs;
        let mut start = Start::from(snapshot);
        if !is_gone {
            start.warnings.push(format!(
                "{problem}; the results are rebuilt from the weights of the best epoch, but without the run's own \
                 file, no longer run can continue this one"
            ));
        }
        Ok(start)
    }

    fn resumed(&self, folder: &mut RunFolder, fresh: &RunInfo, last: &Path) -> Result<Start> {
        let unusable = |problem| {
            Error::unusable(
                problem,
                "delete that file to start without it, or use --force to train from the start in a new folder",
            )
        };
        let snapshot = Checkpoint::load_for(last, &fresh.identity).map_err(unusable)?.snapshot;
        if !snapshot.state.goes_on(self.plan.point.experiment.train.epochs) {
            // Checked before anything is changed: the existing results are valid.
            results::best_weights(folder, &snapshot.state)?;
            folder.reopen(fresh)?;
            return Ok(snapshot.into());
        }
        let mut fresh = fresh.clone();
        let known = &folder.info().kernels;
        let mut start = Start::from(snapshot);
        if known.split(", ").any(|family| family == fresh.kernels) {
            fresh.kernels.clone_from(known);
        } else {
            start.warnings.push(format!(
                "it began with {known} kernels and continues with {}, so its last bits will match \
                 neither{}",
                fresh.kernels,
                if fresh.device == "cpu" { "; RUNNER_KERNELS chooses" } else { "" }
            ));
            fresh.kernels = format!("{known}, {}", fresh.kernels);
        }
        folder.resume(&fresh)?;
        Ok(start)
    }
}

/// Describes which files of its results a completed run has lost; `None` if it has all.
fn lost(folder: &RunFolder, new: &NewRun<'_>) -> Option<String> {
    let info = folder.info();
    let lost = new.lost(folder.path(), info);
    let has_lost = info.status == Status::Completed && !lost.is_empty();
    has_lost.then(|| format!("{} has lost {}", folder.path().display(), lost.join(", ")))
}

/// Whether a run's training is finished, with or without results.
fn is_trained(info: &RunInfo) -> bool {
    info.status == Status::Completed || info.results_pending
}
