//! What a longer run takes over from a shorter one of the same experiment.

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

/// All of a shorter run that a longer one needs to have begun as its own.
struct Offer {
    last: Checkpoint,
    best: Option<Checkpoint>,
    rows: Vec<EpochMetrics>,
    timings: Vec<Timing>,
}

impl RunFolder {
    /// Takes over what the run `source` has trained, as if it had been trained here for so many `epochs`: its
    /// tables and checkpoints become those of this run. Only reads what is the other's, which no process may
    /// be training. The inner error says why it cannot be taken over; nothing has changed then.
    ///
    /// Whoever calls this knows that the two differ in nothing but their epochs, and that no step that is
    /// done depends on those.
    ///
    /// # Errors
    /// What the system refuses to write. What was taken over until then is no harm: the checkpoint that a
    /// training goes on from comes last, and without it the run begins as before.
    pub fn take_over(
        &mut self,
        source: &RunSummary,
        info: &RunInfo,
        train: &spec::Train,
    ) -> Result<std::result::Result<Snapshot, Error>> {
        let offer = match Offer::read(&source.path, &info.identity, train.epochs) {
            Ok(offer) => offer,
            Err(error) => return Ok(Err(error)),
        };
        let Offer { last, best, rows, timings } = offer;
        let state = &last.snapshot.state;
        metrics::write(&self.file(METRICS), &rows)?;
        timings::write(&self.file(TIMINGS), &timings)?;
        self.update(|own| {
            own.continued_from = Some(source.folder.clone());
            own.continued_after = Some(state.epoch);
            own.seconds = info.seconds;
            own.stands_at(state, train.checkpoint.metric);
        })?;
        self.take_epochs(&source.path, info, state.epoch, &train.checkpoint)?;
        if let Some(best) = best {
            self.adopt(best, &checkpoint::best(&self.path))?;
        }
        Ok(Ok(self.adopt(last, &checkpoint::last(&self.path))?))
    }

    /// Takes over the checkpoints of single epochs, as far as they would be kept here and are there.
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
        // What cannot be read of these is missing as it would be in a run gone on with that began without.
        let mut epochs = checkpoint::epochs(source).unwrap_or_default();
        epochs.retain(|epoch| *epoch <= done && epoch.is_multiple_of(spec.every));
        let surplus = if spec.keep > 0 { epochs.len().saturating_sub(spec.keep) } else { 0 };
        for &epoch in &epochs[surplus..] {
            let there = checkpoint::epoch(source, epoch);
            if let Ok(kept) = Checkpoint::load_for(&there, &info.identity) {
                self.adopt(kept, &checkpoint::epoch(&self.path, epoch))?;
            }
        }
        Ok(())
    }

    /// Saves the checkpoint of another run as one of this run.
    fn adopt(&self, other: Checkpoint, path: &Path) -> Result<Snapshot> {
        let own = Checkpoint { identity: self.info.identity.clone(), ..other };
        own.save(path)?;
        Ok(own.snapshot)
    }
}

impl Offer {
    /// Reads what the run in a folder has trained, for one of so many `epochs`.
    fn read(run: &Path, identity: &str, epochs: usize) -> Result<Self> {
        let last = Checkpoint::load_for(&checkpoint::last(run), identity)?;
        let state = &last.snapshot.state;
        let rows = metrics::of_first(&run.join(METRICS), state.epoch)?;
        // As in any run that goes on, none should want for its seconds.
        let mut timings = timings::read(&run.join(TIMINGS)).unwrap_or_default();
        timings.retain(|timing| timing.epoch <= state.epoch);
        Ok(Self { best: best(run, identity, state, epochs)?, rows, timings, last })
    }
}

/// The best epoch of a training that stands at `state`; none where no epoch is done.
fn best(
    run: &Path,
    identity: &str,
    state: &TrainState,
    epochs: usize,
) -> Result<Option<Checkpoint>> {
    let Some(epoch) = state.best.epoch else { return Ok(None) };
    let path = checkpoint::best(run);
    let best = Checkpoint::load_for(&path, identity)?;
    let of = best.snapshot.state.epoch;
    // A kill may have left that of the next epoch, which will be the best again when it is trained.
    if of as u64 == epoch || (of > state.epoch && state.goes_on(epochs)) {
        return Ok(Some(best));
    }
    let reason = format!(
        "has the weights of epoch {of}, and the best epoch was {epoch}: it was changed since"
    );
    Err(Error::broken(&path, reason))
}
