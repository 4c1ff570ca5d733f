//! Writes checkpoints in the background while the training continues.

use crate::{
    record::{self, Checkpoint, checkpoint},
    spec,
};
use std::{
    panic,
    path::PathBuf,
    thread::{self, JoinHandle},
};

/// Everything that a thread needs to write a checkpoint.
pub struct Saving {
    /// The run's folder.
    pub run: PathBuf,
    pub checkpoint: Checkpoint,
    /// Whether these weights are the best so far.
    pub best: bool,
    /// Whether an epoch has just ended.
    pub epoch_done: bool,
    pub spec: spec::Checkpoint,
}

impl Saving {
    /// Starts writing.
    pub fn begin(self) -> record::Result<Pending> {
        let run = self.run.clone();
        let thread = thread::Builder::new().name("checkpoint".to_owned());
        let thread = thread.spawn(move || self.write().map(|()| self));
        Ok(Pending(
            thread.map_err(record::Error::io("start a thread to write a checkpoint in", &run))?,
        ))
    }

    /// Writes the files, `last` after the others: until then, the run still stands at its previous
    /// checkpoint.
    fn write(&self) -> record::Result<()> {
        let Self { run, checkpoint, best, epoch_done, spec } = self;
        let epoch = checkpoint.snapshot.state.epoch;
        if *best {
            checkpoint.save(&checkpoint::best_path(run))?;
        }
        if *epoch_done && spec.every > 0 && epoch.is_multiple_of(spec.every) {
            checkpoint.save(&checkpoint::epoch_path(run, epoch))?;
            if spec.keep > 0 {
                checkpoint::keep_newest(run, spec.keep)?;
            }
        }
        checkpoint.save(&checkpoint::last_path(run))
    }
}

/// A checkpoint that is being written.
pub struct Pending(JoinHandle<record::Result<Saving>>);

impl Pending {
    /// Whether it has been written, so that waiting returns at once.
    pub fn is_done(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits until it is on disk.
    pub fn wait(self) -> record::Result<Saving> {
        self.0.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
    }
}
