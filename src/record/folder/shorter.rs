//! Continues a shorter run of the same experiment in a longer one.

use super::RunFolder;
use crate::{
    record::{
        Checkpoint, Error, METRICS, Result, RunInfo, RunSummary, TIMINGS, Timing, checkpoint,
        metrics, timings,
    },
    spec,
    train::{EpochMetrics, Snapshot, TrainState},
};
use std::path::Path;

/// Everything a longer run needs to adopt the training of a shorter one.
struct Offer {
    last: Checkpoint,
    best: Option<Checkpoint>,
    rows: Vec<EpochMetrics>,
    timings: Vec<Timing>,
}

/// The outcome of taking over another run's training.
#[derive(Debug)]
pub enum TakeOver {
    /// Training goes on from here.
    Done(Snapshot),
    /// The other run's files cannot be used; nothing has changed.
    Unusable(Error),
}

impl RunFolder {
    /// Takes over the training of the run `source` as if it had been trained here for `train.epochs`: copies
    /// its tables and checkpoints. `source` is only read; no process may be training it.
    ///
    /// The caller must make sure that the two runs differ only in their number of epochs, and that no step
    /// done so far depends on it.
    ///
    /// # Errors
    /// Any I/O error in writing. A partial takeover is harmless: the checkpoint from which training resumes
    /// is copied last, and without it the run starts from scratch.
    pub fn take_over(
        &mut self,
        source: &RunSummary,
        info: &RunInfo,
        train: &spec::Train,
    ) -> Result<TakeOver> {
        let offer = match Offer::read(&source.path, &info.identity, train.epochs) {
            Ok(offer) => offer,
            Err(error) => return Ok(TakeOver::Unusable(error)),
        };
        let Offer { last, best, rows, timings } = offer;
        let state = &last.snapshot.state;
        metrics::write(&self.file(METRICS), &rows)?;
        timings::write(&self.file(TIMINGS), &timings)?;
        self.update(|own| {
            own.continued_from = Some(source.folder());
            own.continued_after = Some(state.epoch);
            own.seconds = info.seconds;
            own.stands_at(state, train.checkpoint.metric);
            own.epoch_seconds = info.epoch_seconds;
        })?;
        self.take_epochs(&source.path, info, state.epoch, &train.checkpoint)?;
        if let Some(best) = best {
            self.adopt(best, &checkpoint::best_path(&self.path))?;
        }
        Ok(TakeOver::Done(self.adopt(last, &checkpoint::last_path(&self.path))?))
    }

    /// Copies the checkpoints of single epochs that exist and would be kept here.
    fn take_epochs(
        &self,
        source: &Path,
        info: &RunInfo,
        done: usize,
        spec: &spec::Checkpoint,
    ) -> Result<()> {
        if spec.every == 0 {
            return Ok(());
        }
        // An unreadable one is left out, as it would be in a run resumed without it.
        let mut epochs = checkpoint::epochs(source).unwrap_or_default();
        epochs.retain(|epoch| *epoch <= done && epoch.is_multiple_of(spec.every));
        let surplus = if spec.keep > 0 { epochs.len().saturating_sub(spec.keep) } else { 0 };
        for &epoch in &epochs[surplus..] {
            let path = checkpoint::epoch_path(source, epoch);
            if let Ok(kept) = Checkpoint::load_for(&path, &info.identity) {
                self.adopt(kept, &checkpoint::epoch_path(&self.path, epoch))?;
            }
        }
        Ok(())
    }

    /// Saves another run's checkpoint as one of this run.
    fn adopt(&self, other: Checkpoint, path: &Path) -> Result<Snapshot> {
        let own = Checkpoint { identity: self.info.identity.clone(), ..other };
        own.save(path)?;
        Ok(own.snapshot)
    }
}

impl Offer {
    /// Reads the training of the run in a folder, for a run of `epochs`.
    fn read(run: &Path, identity: &str, epochs: usize) -> Result<Self> {
        let last = Checkpoint::load_for(&checkpoint::last_path(run), identity)?;
        let state = &last.snapshot.state;
        let rows = metrics::of_first(&run.join(METRICS), state.epoch)?;
        // As in any resumed run, timings are not worth failing for.
        let mut timings = timings::read(&run.join(TIMINGS)).unwrap_or_default();
        timings.retain(|timing| timing.epoch <= state.epoch);
        Ok(Self { best: best(run, identity, state, epochs)?, rows, timings, last })
    }
}

/// Loads the best epoch of a training in `state`; `None` if it has completed no epoch.
fn best(
    run: &Path,
    identity: &str,
    state: &TrainState,
    epochs: usize,
) -> Result<Option<Checkpoint>> {
    let Some(epoch) = state.best.epoch else { return Ok(None) };
    // A kill may have left the checkpoint of a later epoch, which will be the best again once trained.
    let later = checkpoint::read_state(&checkpoint::best_path(run)).map(|best| best.epoch);
    let later = later.ok().filter(|later| *later > state.epoch && state.goes_on(epochs));
    Checkpoint::load_best(run, identity, later.unwrap_or(epoch)).map(Some)
}
