//! Prepares a sweep before the first epoch: opens the data and finds the existing runs.

use super::{
    prune,
    state::{PlannedRun, find_shorter, recognize, take_shorter},
    values::{keys, values},
};
use crate::{
    cli::{
        estimate,
        exit::{Failure, Result},
        load::File,
        output,
    },
    data::Counts,
    plan::Plan,
    record::{
        self, RunSummary, SWEEP_JSON, atomic,
        folder_name::first_name,
        read::is_run,
        sweep_json::{FORMAT, Planned, SweepFile},
    },
    run::{
        Identities, State,
        workplace::{self, load_data},
    },
    spec::{Data, Measured, Metric, Over},
};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// A sweep that is ready to start.
pub struct Sweep<'a> {
    /// The experiment file and its plans.
    pub file: &'a File,
    /// The sweep's folder.
    pub folder: PathBuf,
    /// The metric that runs are compared by.
    pub metric: Metric,
    /// The plan as `sweep.json` has it.
    pub plan: SweepFile,
    /// The runs, one per plan.
    pub runs: Vec<PlannedRun>,
    /// Folders of existing runs that are not planned.
    pub strays: Vec<String>,
    /// Whether all of them were trained on images that no planned run has.
    pub had_other_images: bool,
    /// Number of other existing runs that are not planned because longer planned runs replace them.
    pub shorter: usize,
    /// Numbers of epochs of the existing runs that new runs may continue.
    pub lengths: BTreeSet<usize>,
}

impl<'a> Sweep<'a> {
    /// Prepares the sweep of each file that is one, opening the data on `threads` threads; refuses a sweep
    /// whose folder belongs to another file.
    pub fn prepare_all(
        files: &'a [File],
        runs_dir: &Path,
        force: bool,
        threads: Option<u16>,
    ) -> Result<Vec<Option<Self>>> {
        let mut sweeps = Vec::with_capacity(files.len());
        for file in files {
            let prepare = || Self::prepare(file, runs_dir, force, threads);
            let sweep = file.is_sweep().then(prepare).transpose()?;
            if let Some(sweep) = &sweep {
                sweep.claim_folder(&sweeps)?;
            }
            sweeps.push(sweep);
        }
        Ok(sweeps)
    }

    /// Refuses a folder that belongs to another file, including those of the sweeps `before` this one; prints
    /// a note if that file no longer exists.
    fn claim_folder(&self, before: &[Option<Self>]) -> Result<()> {
        let shares =
            |other: &&Self| other.folder == self.folder && other.plan.file != self.plan.file;
        if let Some(other) = before.iter().flatten().find(shares) {
            return Err(Failure::usage(format!(
                "{} and {} are both sweeps named {}: rename one of them with \
                 `experiment.name`",
                other.file.path.display(),
                self.file.path.display(),
                self.name()
            )));
        }
        if let Some(gone) = self.former_owner()? {
            output::note(format!(
                "{} was the sweep of {gone}, which is gone; it continues as the sweep of {}",
                self.folder.display(),
                self.file.path.display()
            ));
        }
        Ok(())
    }

    /// Opens the data and finds the existing runs, without writing anything. With `force`, existing runs are
    /// ignored unless another process is training them.
    fn prepare(file: &'a File, runs_dir: &Path, force: bool, threads: Option<u16>) -> Result<Self> {
        let folder = file.runs_dir(runs_dir);
        if is_run(&folder) {
            return Err(Failure::usage(format!(
                "{} is the folder of a run: give the sweep another name with `experiment.name`",
                folder.display()
            )));
        }
        let mut runs = workplace::pool(threads)?.install(|| open_data(&file.plans))?;
        refuse_twins(file, &runs)?;
        let existing = record::scan_sweep(&folder)?;
        let mut strays = recognize(file, &mut runs, &existing);
        let shorter = take_shorter(&mut strays, &file.plans, &runs, &folder)?;
        let other_images = |stray: &&RunSummary| {
            stray
                .info()
                .is_some_and(|info| runs.iter().all(|run| run.data_digest != info.data_digest))
        };
        let had_other_images = strays.iter().all(other_images);
        let strays = strays.into_iter().map(RunSummary::folder).collect();
        let settings = &file.settings;
        let metric = settings.metric.unwrap_or(file.base.train.checkpoint.metric);
        if let Some(rule) = &settings.prune {
            prune::reconsider(rule, metric, &folder, &file.plans, &mut runs);
        }
        for run in runs.iter_mut().filter(|run| force && run.standing.state != State::Elsewhere) {
            run.standing = State::New.into();
        }
        // With pruning, each epoch must be compared with those of other runs.
        let lengths = if force || settings.prune.is_some() {
            BTreeSet::new()
        } else {
            find_shorter(&file.plans, &mut runs, [&folder, runs_dir])?
        };
        let plan = sweep_file(file, metric, &runs);
        Ok(Self { file, folder, metric, plan, runs, strays, had_other_images, shorter, lengths })
    }

    /// Returns the name of the sweep.
    pub fn name(&self) -> &str {
        &self.file.base.meta.name
    }

    /// Whether hopeless runs are stopped early.
    pub fn prunes(&self) -> bool {
        self.file.settings.prune.is_some()
    }

    /// Returns the runs that are not over, with their plans.
    pub fn to_do(&self) -> impl Iterator<Item = (&Plan, &PlannedRun)> {
        let all = self.file.plans.iter().zip(&self.runs);
        all.filter(|(_, run)| !run.standing.state.has_nothing_to_do())
    }

    /// Writes the plan into the sweep's folder, unless it is already there, and removes leftovers of killed
    /// processes.
    pub fn write_plan(&self) -> Result<()> {
        // Checked again, here and alone: another process may start a sweep of that name at the same time.
        self.former_owner()?;
        for folder in [self.folder.clone(), self.folder.join(record::FIGURES)] {
            atomic::clean(&folder, atomic::LEFT_BEHIND)?;
        }
        let known = SweepFile::read(&self.folder)?;
        if known.as_ref() == Some(&self.plan) {
            return Ok(());
        }
        record::files::make_folder(&self.folder)?;
        record::folder::alone_in(&self.folder, || {
            self.former_owner()?;
            Ok(self.plan.write(&self.folder)?)
        })
    }

    /// Whether another process has planned other runs in this sweep's folder meanwhile, after a change to the
    /// file or with other settings. Tables and report of this plan would contradict the one in the folder.
    pub fn is_replaced(&self) -> bool {
        let own = &self.plan;
        let is_planned = |(known, own): (&Planned, &Planned)| {
            // The number at the end of a folder's name is that of its latest training.
            known.folders()[1] == own.folders()[1]
                && (&known.values, known.repeat) == (&own.values, own.repeat)
        };
        // A damaged plan is none.
        SweepFile::read(&self.folder).ok().flatten().is_some_and(|known| {
            (&known.metric, &known.keys, known.points.len())
                != (&own.metric, &own.keys, own.points.len())
                || !known.points.iter().zip(&own.points).all(is_planned)
        })
    }

    /// Refuses a folder that belongs to another file; returns that file if it no longer exists.
    fn former_owner(&self) -> Result<Option<String>> {
        let known = SweepFile::read(&self.folder)?;
        let other = known.and_then(|known| known.file);
        let Some(other) = other.filter(|other| Some(other) != self.plan.file.as_ref()) else {
            return Ok(None);
        };
        if !Path::new(&other).exists() {
            return Ok(Some(other));
        }
        Err(Failure::usage(format!(
            "{} holds the sweep of another file, {other}: give this one a name of its own with \
             `experiment.name`, or another folder with --runs-dir (if that file is no longer used, \
             delete {})",
            self.folder.display(),
            self.folder.join(SWEEP_JSON).display()
        )))
    }
}

/// Returns the plan as `sweep.json` has it.
fn sweep_file(file: &File, metric: Metric, runs: &[PlannedRun]) -> SweepFile {
    let keys = keys(&file.plans);
    let planned = |(plan, run): (&Plan, &PlannedRun)| {
        let values = keys.iter().zip(values(plan, &keys));
        let values = values.filter_map(|(key, value)| {
            Some((key.clone(), serde_json::to_value(value?).unwrap_or_default()))
        });
        Planned {
            name: plan.name().to_owned(),
            values: values.collect(),
            repeat: plan.point.repeat.unwrap_or(1) - 1,
            seed: plan.point.experiment.meta.seed,
            folder: run.folder.clone(),
            estimate: Some((1000.0 * estimate::seconds(plan, run.counts)).round() / 1000.0),
        }
    };
    let points = file.plans.iter().zip(runs).map(planned).collect();
    let measured = runs.iter().map(|run| &run.measured);
    SweepFile {
        format: FORMAT,
        name: file.base.meta.name.clone(),
        description: file.base.meta.description.clone(),
        file: fs::canonicalize(&file.path).ok().map(|path| path.display().to_string()),
        keys,
        metric: metric.into(),
        comparable: Measured::apart(measured, Over::from(metric)).is_empty(),
        points,
    }
}

/// Opens each data set once and returns the run of each plan, as if it were new.
fn open_data(plans: &[Plan]) -> Result<Vec<PlannedRun>> {
    let mut known: Vec<(&Data, String, Counts)> = Vec::new();
    let mut runs = Vec::with_capacity(plans.len());
    let mut identities = Identities::default();
    for plan in plans {
        let experiment = &plan.point.experiment;
        let config = &experiment.data;
        let place = known.iter().position(|(data, ..)| *data == config);
        if place.is_none() {
            let dataset = load_data(config)
                .map_err(|error| Failure::usage(format!("{error}\n  (run `{}`)", plan.name())))?;
            let counts = dataset.counts();
            known.push((config, dataset.digest, counts));
        }
        let (_, digest, counts) = &known[place.unwrap_or(known.len() - 1)];
        let identity = identities.of(experiment, digest)?;
        runs.push(PlannedRun {
            name: plan.name().to_owned(),
            folder: first_name(plan.name(), &identity),
            identity,
            counts: *counts,
            measured: experiment.measured(digest),
            data_digest: digest.clone(),
            standing: State::New.into(),
        });
    }
    Ok(runs)
}

/// Refuses runs that turn out to train the same network now that device, images and initial weights are known.
fn refuse_twins(file: &File, runs: &[PlannedRun]) -> Result<()> {
    let mut known = HashMap::new();
    let twins = runs.iter().find_map(|run| Some((known.insert(&run.identity, run)?, run)));
    let Some((first, second)) = twins else { return Ok(()) };
    Err(Failure::usage(format!(
        "{}: `{}` and `{}` train the same network: device, images and initial weights are the same; \
         leave one of them out of [sweep]",
        file.path.display(),
        first.name,
        second.name
    )))
}
