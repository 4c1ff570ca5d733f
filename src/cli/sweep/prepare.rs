//! What has to be known before the first epoch: data, identities, what is there already.

use crate::{
    cli::{
        exit::{Failure, Result},
        load::{File, identity_of, load_data},
        output,
    },
    plan::Plan,
    record::{
        self, RESOLVED, RunSummary, SWEEP_JSON, Status,
        folder::first_name,
        sweep_json::{FORMAT, Planned, SweepFile},
    },
    spec::{Data, Metric},
};
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// No table, figure or report takes so long to write.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// A sweep that is ready to begin.
pub struct Sweep<'a> {
    /// The experiment file and its plans.
    pub file: &'a File,
    /// The sweep's folder.
    pub folder: PathBuf,
    /// Every key that some run sets, in the order of the file.
    pub keys: Vec<String>,
    /// What runs are compared by.
    pub metric: Metric,
    /// One for each plan.
    pub runs: Vec<Run>,
    /// Folders of runs that are not planned.
    pub strays: Vec<String>,
}

/// A planned run and what is there of it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What its folder is called, apart from the hash.
    pub name: String,
    /// What makes it the same as another.
    pub identity: String,
    /// Its folder's name, whether it is there or not.
    pub folder: String,
    /// How it stands.
    pub state: State,
}

/// How a planned run stands before the sweep begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    New,
    /// Done.
    Complete,
    /// Cut off, failed, or to be described anew; epochs that are done.
    Partly(usize),
    /// Another process trains it.
    Elsewhere,
    /// Its sweep stopped it early.
    Pruned,
    /// Its loss was no longer a number, and would not be one again.
    Diverged,
}

impl State {
    /// Whether there is nothing to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Complete | Self::Pruned | Self::Diverged)
    }
}

impl<'a> Sweep<'a> {
    /// The sweep of each file that is one; refuses one whose folder is another file's.
    pub fn prepare_all(
        files: &'a [File],
        runs_dir: &Path,
        force: bool,
    ) -> Result<Vec<Option<Self>>> {
        let mut sweeps = Vec::with_capacity(files.len());
        for file in files {
            let prepare = || Self::prepare(file, runs_dir, force);
            let sweep = file.is_sweep().then(prepare).transpose()?;
            if let Some(sweep) = &sweep {
                sweep.claim_folder(&sweeps)?;
            }
            sweeps.push(sweep);
        }
        Ok(sweeps)
    }

    /// Refuses a folder that is another file's, be it one of the sweeps `before` this one; says so where
    /// that file is gone.
    fn claim_folder(&self, before: &[Option<Self>]) -> Result<()> {
        let shares =
            |other: &&Self| other.folder == self.folder && other.own_path() != self.own_path();
        if let Some(other) = before.iter().flatten().find(shares) {
            return Err(Failure::usage(format!(
                "{} and {} are sweeps of one name, {}: give one of them another with \
                 `experiment.name`",
                other.file.path.display(),
                self.file.path.display(),
                self.name()
            )));
        }
        if let Some(gone) = self.former_owner()? {
            output::note(format!(
                "{} was the sweep of {gone}, which is gone; it goes on as that of {}",
                self.folder.display(),
                self.file.path.display()
            ));
        }
        Ok(())
    }

    /// Opens the data, finds out what is there, and makes nothing. With `force` nothing that is over
    /// counts.
    fn prepare(file: &'a File, runs_dir: &Path, force: bool) -> Result<Self> {
        let folder = file.runs_dir(runs_dir);
        let digests = open_data(&file.plans)?;
        let mut identities = Vec::with_capacity(file.plans.len());
        for plan in &file.plans {
            let experiment = &plan.point.experiment;
            let digest = digests.iter().find(|(data, _)| *data == &experiment.data);
            let digest = digest.map_or("", |(_, digest)| digest.as_str());
            identities.push(identity_of(experiment, digest)?);
        }
        let there = record::scan(&folder)?;
        let (mut runs, strays) = recognise(file, identities, &there);
        for run in runs.iter_mut().filter(|run| force && run.state != State::Elsewhere) {
            run.state = State::New;
        }
        let settings = &file.settings;
        let metric = settings.metric.unwrap_or(file.base.train.checkpoint.metric);
        Ok(Self { keys: keys(&file.plans), folder, metric, runs, strays, file })
    }

    /// Name of the sweep.
    pub fn name(&self) -> &str {
        &self.file.base.experiment.name
    }

    /// Writes the plan into the sweep's folder, unless it stands there already, and removes what killed
    /// processes left there.
    pub fn write_plan(&self) -> Result<()> {
        // Again, because another process may have begun a sweep of that name meanwhile.
        self.former_owner()?;
        for folder in [self.folder.clone(), self.folder.join(record::FIGURES)] {
            record::atomic::clean(&folder, LEFT_BEHIND)?;
        }
        let known = SweepFile::read(&self.folder)?;
        let own = self.sweep_file();
        if known.as_ref() == Some(&own) {
            return Ok(());
        }
        record::files::make_folder(&self.folder)?;
        Ok(own.write(&self.folder)?)
    }

    /// Refuses a folder that is another file's; gives the file whose it was, if that is gone.
    fn former_owner(&self) -> Result<Option<String>> {
        let known = SweepFile::read(&self.folder)?;
        let other = known.and_then(|known| known.file);
        let Some(other) = other.filter(|other| Some(other) != self.own_path().as_ref()) else {
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

    fn own_path(&self) -> Option<String> {
        fs::canonicalize(&self.file.path).ok().map(|path| path.display().to_string())
    }

    fn sweep_file(&self) -> SweepFile {
        let base = &self.file.base.experiment;
        let planned = |(plan, run): (&Plan, &Run)| {
            let values = self.keys.iter().zip(values(plan, &self.keys));
            let values = values.filter_map(|(key, value)| {
                Some((key.clone(), serde_json::to_value(value?).unwrap_or_default()))
            });
            Planned {
                name: plan.name().to_owned(),
                values: values.collect(),
                repeat: plan.point.repeat.unwrap_or(1) - 1,
                seed: plan.point.experiment.experiment.seed,
                folder: run.folder.clone(),
            }
        };
        SweepFile {
            format: FORMAT,
            name: base.name.clone(),
            description: base.description.clone(),
            file: self.own_path(),
            keys: self.keys.clone(),
            metric: self.metric.into(),
            points: self.file.plans.iter().zip(&self.runs).map(planned).collect(),
        }
    }
}

/// The digest of each data set that runs train on.
fn open_data(plans: &[Plan]) -> Result<Vec<(&Data, String)>> {
    let mut digests: Vec<(&Data, String)> = Vec::new();
    for plan in plans {
        let config = &plan.point.experiment.data;
        if digests.iter().any(|(known, _)| *known == config) {
            continue;
        }
        let dataset = load_data(config)
            .map_err(|error| Failure::usage(format!("{error}\n  (run `{}`)", plan.name())))?;
        digests.push((config, dataset.digest));
    }
    Ok(digests)
}

/// Finds what is there of each run: a folder of its name, or else one of the same experiment that no
/// other run is called like. Also gives the folders of runs that are not planned.
fn recognise(
    file: &File,
    identities: Vec<String>,
    there: &[RunSummary],
) -> (Vec<Run>, Vec<String>) {
    let newest = record::newest(there);
    let mut by_identity: HashMap<&str, Vec<&RunSummary>> = HashMap::new();
    for run in there {
        let Some(key @ (_, identity)) = run.key() else { continue };
        if newest[&key].path == run.path {
            by_identity.entry(identity).or_default().push(run);
        }
    }
    let mut known: HashSet<(&str, &str)> =
        file.plans.iter().map(Plan::name).zip(identities.iter().map(String::as_str)).collect();
    let mut found = Vec::with_capacity(identities.len());
    for (plan, identity) in file.plans.iter().zip(&identities) {
        let exact = newest.get(&(plan.name(), identity.as_str())).copied();
        let free = |run: &&&RunSummary| run.key().is_some_and(|key| !known.contains(&key));
        let renamed = || by_identity.get(identity.as_str())?.iter().find(free).copied();
        let run = exact.or_else(renamed);
        known.extend(run.and_then(RunSummary::key));
        found.push(run);
    }
    // A run trained anew leaves older folders of the same name, which are no strangers.
    let stray = |run: &&RunSummary| run.key().is_none_or(|key| !known.contains(&key));
    let strays = there.iter().filter(stray).map(|run| run.folder.clone()).collect();
    let prunes = file.settings.prune.is_some();
    let runs = file.plans.iter().zip(identities).zip(found);
    let runs = runs.map(|((plan, identity), run)| {
        let name = run.and_then(|run| run.info()).map_or(plan.name(), |info| &info.name).to_owned();
        let folder = run.map_or_else(|| first_name(&name, &identity), |run| run.folder.clone());
        let state = run.map_or(State::New, |run| state(run, plan, prunes));
        Run { name, identity, folder, state }
    });
    (runs.collect(), strays)
}

/// How a run stands of which there is a folder.
pub fn state(run: &RunSummary, plan: &Plan, prunes: bool) -> State {
    let Some(info) = run.info() else { return State::New };
    match info.status {
        Status::Running => State::Elsewhere,
        Status::Pruned if prunes => State::Pruned,
        Status::Diverged => State::Diverged,
        Status::Completed => {
            let resolved = fs::read_to_string(run.path.join(RESOLVED)).unwrap_or_default();
            if info.format == record::FORMAT && resolved == plan.point.experiment.to_toml() {
                State::Complete
            } else {
                State::Partly(info.epochs)
            }
        }
        Status::Pruned | Status::Interrupted | Status::Failed => State::Partly(info.epochs),
    }
}

/// Every key that some run sets, in the order in which they come.
fn keys(plans: &[Plan]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (key, _) in plans.iter().flat_map(|plan| &plan.point.overrides) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// The value of each key in a run: as the sweep sets it or, where it does not, as it is.
pub fn values(plan: &Plan, keys: &[String]) -> Vec<Option<toml::Value>> {
    let own = |key: &String| {
        let set = plan.point.overrides.iter().find(|(known, _)| known == key);
        set.map(|(_, value)| value.clone())
    };
    if keys.len() == plan.point.overrides.len() {
        return keys.iter().map(own).collect();
    }
    let whole = toml::Value::try_from(&plan.point.experiment).ok();
    let resolved = |key: &str| {
        key.split('.').try_fold(whole.as_ref()?, |value, part| value.get(part)).cloned()
    };
    keys.iter().map(|key| own(key).or_else(|| resolved(key))).collect()
}
