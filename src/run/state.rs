//! The state of a planned run: what the command that trains it would find and do.
//!
//! That follows from the [`Status`] in its `run.json`, if its folder can be read back (see
//! [`Readback`](crate::record::Readback)), and from what the plan asks for.

use super::{results, shorter::Shorter};
use crate::{
    plan::Plan,
    record::{self, RunSummary, Status, checkpoint},
};

/// How a planned run stands before it is trained or resumed.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// The run of fewer epochs, or of the same experiment, that it continues if it is new.
    pub shorter: Option<Shorter>,
    /// Why its folder cannot be read back, and what to do, unless it is trained anew beside that.
    pub problem: Option<String>,
}

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
            _ if info.results_pending => Self::Trained,
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

    /// Whether there is nothing to do.
    pub const fn has_nothing_to_do(self) -> bool {
        matches!(self, Self::Complete | Self::Pruned | Self::Diverged)
    }

    /// Whether epochs remain to be trained.
    pub const fn trains_on(self) -> bool {
        matches!(self, Self::New | Self::Partly(_) | Self::Elsewhere)
    }
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        Self { state, shorter: None, problem: None }
    }
}

impl Standing {
    /// Returns how an existing run stands, whose sweep `prunes` or not.
    pub fn of(run: &RunSummary, plan: &Plan, prunes: bool) -> Self {
        Self { problem: run.state.problem(), ..Self::from(State::of(run, plan, prunes)) }
    }

    /// Returns the fraction of its training that is done, including that of a shorter run that it continues, 0
    /// to 1.
    pub fn share(&self, plan: &Plan) -> f64 {
        let epochs = plan.point.experiment.train.epochs;
        let done = match (self.state, &self.shorter) {
            (State::Trained, _) => epochs,
            (State::Partly(done), _) => done,
            (State::New, Some(shorter)) => shorter.done(epochs),
            _ => 0,
        };
        (done as f64 / epochs.max(1) as f64).min(1.0)
    }

    /// Describes it in words.
    pub fn describe(&self, plan: &Plan) -> String {
        let epochs = plan.point.experiment.train.epochs;
        let state = || match (self.state, &self.shorter) {
            (State::New, None) => "new".to_owned(),
            (State::New, Some(shorter)) => {
                let from = shorter.run.path.display();
                match epochs - shorter.done(epochs) {
                    0 => format!("results to be made, from {from}"),
                    left => format!("{left} of {epochs} epochs to train, from {from}"),
                }
            }
            (State::Complete, _) => "complete".to_owned(),
            (State::Trained, _) => "results to be rebuilt".to_owned(),
            (State::Partly(done), _) => format!("{done} of {epochs} epochs done"),
            (State::Elsewhere, _) => "trained by another process".to_owned(),
            (State::Pruned, _) => "pruned".to_owned(),
            (State::Diverged, _) => "diverged".to_owned(),
            (State::Broken, _) => "cannot be read".to_owned(),
        };
        self.problem.clone().unwrap_or_else(state)
    }
}
