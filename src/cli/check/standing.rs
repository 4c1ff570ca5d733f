//! The state of the run of a single experiment before it is trained or resumed.

use crate::{
    cli::{exit::Result, trained::experiment_of},
    plan::Plan,
    record::{
        self, RunInfo, RunSummary,
        folder_name::{hash8_of, number_of},
    },
    run::{
        Identities, Standing, State,
        shorter::{Places, Shorter},
    },
    spec::DatasetName,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The state of a run, as far as it can be determined without opening its data: the data is assumed to be
/// the same as that of the runs in the folder.
pub struct Found {
    standing: Standing,
    /// The run's folder, if it exists.
    folder: Option<PathBuf>,
    /// Its `run.json`, if it was begun.
    info: Option<RunInfo>,
}

impl Found {
    /// Looks in a folder of runs for the run of a plan, or else for one that it would continue.
    pub fn of(plan: &Plan, runs_dir: &Path) -> Result<Self> {
        let found = |standing, folder: Option<PathBuf>| Ok(Self { standing, folder, info: None });
        let existing = record::scan_sweep(runs_dir)?;
        let mut known = Identities::default();
        let own = own(plan, &existing, &mut known)?;
        if let Some(run) = broken(plan, own, &existing, &mut known)? {
            return found(Standing::of(run, plan, false), None);
        }
        if let Some(run) = own {
            let standing = Standing::of(run, plan, false);
            if standing.state != State::New || standing.problem.is_some() {
                let (folder, info) = (Some(run.path.clone()), run.info().cloned());
                return Ok(Self { standing, folder, info });
            }
            let number = run.info().and_then(|info| number_of(info, &run.folder()));
            if number != Some(1) {
                // Forced beside others, it starts at its first step.
                return found(standing, None);
            }
        }
        let shorter = shorter(plan, runs_dir, &existing, &mut known)?;
        found(Standing { shorter, ..State::New.into() }, None)
    }

    /// Describes the state in words.
    pub fn describe(&self, plan: &Plan) -> String {
        let Standing { state, shorter, problem } = &self.standing;
        let text = match state {
            _ if problem.is_some() => return self.standing.describe(plan),
            // Unlike in a sweep, where diverged runs are left alone.
            State::Diverged => "diverged, starts over".to_owned(),
            _ => self.standing.describe(plan),
        };
        let folder = self
            .folder
            .as_ref()
            .map_or_else(String::new, |folder| format!(", in {}", folder.display()));
        let exists = self.folder.is_some() || shorter.is_some();
        let dataset = plan.point.experiment.data.dataset;
        let may_change = dataset == DatasetName::ImageFolder && exists;
        let unless = if may_change { ", unless its images have changed" } else { "" };
        format!("{text}{folder}{unless}")
    }

    /// Returns the seconds that remain of the training, of which an epoch has `images` images, at the pace of what was
    /// trained on so many threads before; `None` if nothing was.
    pub fn left(&self, plan: &Plan, images: usize, threads: usize) -> Option<f64> {
        let info = self.info.as_ref().filter(|info| info.step > 0 && info.threads == threads)?;
        let train = &plan.point.experiment.train;
        let per_epoch = train.steps_per_epoch(images);
        let steps = per_epoch.saturating_mul(train.epochs) as u64;
        // Older versions counted the seconds of an unfinished epoch, but not its steps.
        let is_whole = info.step == per_epoch.saturating_mul(info.epochs) as u64;
        let seconds = info.seconds - info.epoch_seconds.filter(|_| is_whole).unwrap_or(0.0);
        let left = steps.saturating_sub(info.step) as f64 * seconds / info.step as f64;
        (self.standing.state != State::Diverged).then_some(left)
    }

    /// Returns the fraction of its training that remains, 0 to 1.
    pub fn remaining(&self, plan: &Plan) -> f64 {
        let state = self.standing.state;
        let is_over = state.has_nothing_to_do() && state != State::Diverged;
        if is_over { 0.0 } else { 1.0 - self.standing.share(plan) }
    }
}

/// Returns the run of a plan; if there are several, on different data, the one started last.
fn own<'r>(
    plan: &Plan,
    existing: &'r [RunSummary],
    known: &mut Identities,
) -> Result<Option<&'r RunSummary>> {
    let mut found: Option<&RunSummary> = None;
    let started = |run: &RunSummary| run.info().map(|info| info.started);
    for run in record::newest(existing).into_values() {
        let Some(info) = run.info().filter(|info| info.name == plan.name()) else { continue };
        let is_own = known.of(&plan.point.experiment, &info.data_digest)? == info.identity;
        if is_own && found.is_none_or(|found| started(found) < started(run)) {
            found = Some(run);
        }
    }
    Ok(found)
}

/// Returns the unreadable run on which training a plan would fail: the one with the next higher number after its
/// `own` run, or, without one, any with its name and experiment. Its `run.json`, which says on what data it was
/// trained, cannot be read.
fn broken<'r>(
    plan: &Plan,
    own: Option<&RunSummary>,
    existing: &'r [RunSummary],
    known: &mut Identities,
) -> Result<Option<&'r RunSummary>> {
    let number = |run: &RunSummary| (run.folder().len(), run.folder());
    for run in existing.iter().filter(|run| run.info().is_none()) {
        let folder = run.folder();
        let Some(hash8) = hash8_of(&folder) else { continue };
        let is_named = folder.starts_with(&format!("{}-{hash8}", plan.name()));
        let is_after = own
            .is_none_or(|own| hash8_of(&own.folder()) == Some(hash8) && number(own) < number(run));
        if !is_named || !is_after {
            continue;
        }
        let Ok(experiment) = experiment_of(&run.path) else { continue };
        // With the same data, whatever it is, they are the same run.
        if known.of(&experiment, "")? == known.of(&plan.point.experiment, "")? {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Returns the run that a new run would continue: the one trained for the most epochs.
fn shorter(
    plan: &Plan,
    runs_dir: &Path,
    existing: &[RunSummary],
    known: &mut Identities,
) -> Result<Option<Shorter>> {
    // The sweep of its name may have trained it. If that cannot be read, the training does not fail either.
    let sweep = runs_dir.join(plan.name());
    let places = Places::of([runs_dir, &sweep]);
    let lengths = places.lengths();
    let in_sweep = record::scan_sweep(&sweep).unwrap_or_default();
    let all = existing.iter().chain(&in_sweep);
    let digests: BTreeSet<&str> =
        all.filter_map(|run| Some(run.info()?.data_digest.as_str())).collect();
    let mut found = Vec::new();
    for data_digest in digests {
        found.extend(places.continued_by(plan, &lengths, data_digest, known)?);
    }
    Ok(found.into_iter().max_by_key(|shorter| shorter.info.epochs))
}
