//! How a run of which there is a folder goes on.

use super::{Error, Result, Trial, results};
use crate::{
    record::{self, Checkpoint, RunFolder, RunInfo, Status, checkpoint},
    train::Snapshot,
};
use std::path::Path;

/// Where a training begins.
#[derive(Default)]
pub struct Start {
    /// How far it is trained; none of one that begins at its first step.
    pub snapshot: Option<Snapshot>,
    /// Why it begins there.
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
    /// An existing run, ready to go on, and where it begins: at its checkpoint, if it has one. None of one that
    /// has not, which begins as if it were new, unless it was trained beside others by force: at its first step
    /// then. One that is complete is never started over.
    ///
    /// A diverged run always is, from its first step: from its last checkpoint it would diverge again.
    pub(super) fn continued(
        &self,
        mut folder: RunFolder,
        fresh: &RunInfo,
        files: &[(&str, &str)],
    ) -> Result<(RunFolder, Option<Start>)> {
        let last = checkpoint::last(folder.path());
        let (status, there) = (folder.info().status, last.exists());
        let start = if is_trained(folder.info()) && !there {
            Some(self.with_best_weights(&mut folder, fresh)?)
        } else if status == Status::Diverged || !there {
            let name = record::read::name_of(folder.path());
            let anew = record::folder::number_of(folder.info(), &name) != Some(1);
            folder.start_over(fresh)?;
            (anew || status == Status::Diverged).then(Start::default)
        } else {
            Some(self.resumed(&mut folder, fresh, &last)?)
        };
        // Not before `run.json` says that the run is not complete: it is by these files that a complete
        // one is known.
        for (name, text) in files {
            record::atomic::write(&folder.file(name), text)?;
        }
        Ok((folder, start))
    }

    /// A complete run without its last checkpoint, which `runner clean` may have removed: its best weights are
    /// enough to make its results anew. No other figures are worth a training that is done.
    fn with_best_weights(&self, folder: &mut RunFolder, fresh: &RunInfo) -> Result<Start> {
        let (info, path) = (folder.info(), checkpoint::best(folder.path()));
        let Some(best) = info.best.filter(|_| path.exists()) else {
            return Err(results::unusable(format!(
                "{} is gone: the results of a complete run are made anew from it",
                checkpoint::last(folder.path()).display()
            )));
        };
        let loaded = Checkpoint::load_for(&path, &fresh.identity);
        let mut snapshot = loaded.map_err(|error| results::unusable(error.to_string()))?.snapshot;
        results::check_best(&path, snapshot.state.epoch, best.epoch as u64)?;
        // Where its training ended.
        snapshot.state.epoch = info.epochs;
        snapshot.state.step = info.step;
        snapshot.state.early.stopped = info.epochs < self.plan.point.experiment.train.epochs;
        folder.reopen(fresh)?;
        Ok(snapshot.into())
    }

    fn resumed(&self, folder: &mut RunFolder, fresh: &RunInfo, last: &Path) -> Result<Start> {
        let advice = if is_trained(folder.info()) {
            results::PUT_BACK
        } else {
            "delete that file to begin without it, or use --force to train from the start beside it"
        };
        let checkpoint = Checkpoint::load_for(last, &fresh.identity)
            .map_err(|error| Error::Checkpoint { problem: error.to_string(), advice })?;
        let snapshot = checkpoint.snapshot;
        if !snapshot.state.goes_on(self.plan.point.experiment.train.epochs) {
            // Before anything is changed: the results that are there are right.
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
                "it began with {known} kernels and goes on with {}, so its last bits will be those of \
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

/// Whether all of a run's training is done, whatever became of its results.
fn is_trained(info: &RunInfo) -> bool {
    info.status == Status::Completed || info.trained
}
