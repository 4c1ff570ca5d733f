//! The state of a planned run: what the command that trains it would find and do.
//!
//! That follows from the [`Status`] in its `run.json`, if its folder can be read back (see
//! [`Readback`](crate::record::Readback)), and from what the plan asks for.

use super::{results, shorter::Shorter};
use crate::{
    plan::Plan,
    record::{self, RunSummary, Status, checkpoint},
};

/// The state of a planned run before it is trained or resumed.
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
    /// Stopped early by its sweep, which still prunes.
    Pruned,
    /// Diverged: its loss became NaN or infinite.
    Diverged,
    /// Its folder cannot be read and is left as it is: the run will fail.
    Broken,
}

impl State {
    /// Returns the state of an existing run, whose sweep `prunes` or not.
    pub fn of(run: &RunSummary, plan: &Plan, prunes: bool) -> Self {
        let Some(info) = run.info() else { return Self::Broken };
        match info.status {
            Status::Running => Self::Elsewhere,
            Status::Pruned if prunes => Self::Pruned,
            Status::Diverged => Self::Diverged,
            Status::Completed => {
                let (resolved, results) = (plan.point.experiment.to_toml(), results::files(plan));
                if record::folder::is_done(&run.path, info, Some(&resolved), &results) {
                    Self::Complete
                } else {
                    Self::Trained
                }
            }
            _ if info.trained => Self::Trained,
            // Killed while it took over a shorter run, for example, or cleaned: it starts over.
            _ if !checkpoint::last_path(&run.path).exists() => Self::New,
            Status::Pruned | Status::Interrupted | Status::Failed => Self::after(info.epochs, plan),
        }
    }

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

    /// Returns the same as a fraction, 0 to 1.
    pub fn share(self, shorter: Option<&Shorter>, epochs: usize) -> f64 {
        (self.done(shorter, epochs) as f64 / epochs.max(1) as f64).min(1.0)
    }

    /// Describes the state in words.
    pub fn describe(self, shorter: Option<&Shorter>, epochs: usize) -> String {
        match self {
            Self::New => shorter.map_or("new".to_owned(), |shorter| {
                let from = shorter.run.path.display();
                match epochs - shorter.done(epochs) {
                    0 => format!("results to be made, from {from}"),
                    left => format!("{left} of {epochs} epochs to train, from {from}"),
                }
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
