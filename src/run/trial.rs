//! A run to train: its plan, where its folder goes and what to compute with.

use super::{
    Result, Verdict,
    workplace::{Workplace, target_of},
};
use crate::{device::Target, plan::Plan, record::RunInfo};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A run to train, unless it is already complete.
pub struct Trial<'a> {
    /// The experiment file as given.
    pub text: &'a str,
    /// What to train.
    pub plan: &'a Plan,
    /// The parent of its folder.
    pub runs_dir: &'a Path,
    /// Kernels and threads.
    pub workplace: &'a Workplace,
    /// The device.
    pub target: Target,
    /// Whether to train again in a new folder beside an existing run.
    pub force: bool,
    /// Returns why to stop after the current batch, such as `interrupted by SIGINT`, or `None`. Called often
    /// and from any thread; once it returns a reason, it must keep doing so.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
    /// Decides whether the run is worth another epoch after this many, which are saved; may block.
    pub pruner: Option<&'a (dyn Fn(usize) -> Verdict + Sync)>,
    /// For a run of a sweep, whose folder is `runs_dir`: the planned numbers of epochs of the runs in it and
    /// around it, any of which this run may continue. Otherwise the runs in `runs_dir` are asked, and those of the
    /// sweep of the same name in it.
    pub sweep_lengths: Option<&'a BTreeSet<usize>>,
    /// For a run that was planned earlier: the identity that it had then. With another, as its images have
    /// changed meanwhile, it is not trained.
    pub planned: Option<&'a str>,
}

/// The outcome of a trial.
#[derive(Debug)]
pub struct Ended {
    /// The run's folder.
    pub folder: PathBuf,
    /// What its `run.json` says.
    pub info: RunInfo,
    /// Whether it was already complete, so that nothing was done.
    pub skipped: bool,
}

impl<'a> Trial<'a> {
    /// Creates a trial of a single run on the device that it names, which is never stopped. `text` is its
    /// experiment file.
    ///
    /// # Errors
    /// [`Error::Device`](super::Error::Device).
    pub fn new(
        text: &'a str,
        plan: &'a Plan,
        runs_dir: &'a Path,
        workplace: &'a Workplace,
    ) -> Result<Self> {
        Ok(Self {
            text,
            plan,
            runs_dir,
            workplace,
            target: target_of(plan.device())?,
            force: false,
            stop: &|| None,
            pruner: None,
            sweep_lengths: None,
            planned: None,
        })
    }
}
