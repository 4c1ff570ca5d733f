//! What has to be known before the first epoch: data, identities, what is there already.

use crate::{
    cli::{
        exit::{Failure, Result},
        load::{File, data_dir, identity_of},
        output,
    },
    data,
    plan::Plan,
    record::{self, RESOLVED, RunSummary, SWEEP_JSON, Status, folder::first_name},
    spec::{Data, Metric},
    sweep::plan_file::{FORMAT, Planned, SweepFile},
};
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

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
    /// Opens the data, finds out what is there, and makes nothing.
    pub fn prepare(file: &'a File, runs_dir: &Path) -> Result<Self> {
        let folder = file.runs_dir(runs_dir);
        let digests = open_data(&file.plans)?;
        let mut identities = Vec::with_capacity(file.plans.len());
        for plan in &file.plans {
            let experiment = &plan.point.experiment;
            let digest = digests.iter().find(|(data, _)| *data == &experiment.data);
            let digest = digest.map_or("", |(_, digest)| digest.as_str());
            identities.push(identity_of(experiment, digest)?);
        }
        let there = record::scan(&folder).map_err(Failure::failed)?;
        let (runs, used) = recognise(file, identities, &there);
        let strays = there.iter().enumerate().filter(|(index, _)| !used.contains(index));
        let settings = &file.loaded.settings;
        let metric = settings.metric.unwrap_or(file.loaded.base.train.checkpoint.metric);
        let strays = strays.map(|(_, run)| run.folder.clone()).collect();
        Ok(Self { keys: keys(&file.plans), folder, metric, runs, strays, file })
    }

    /// Name of the sweep.
    pub fn name(&self) -> &str {
        &self.file.loaded.base.experiment.name
    }

    /// Writes the plan into the sweep's folder, unless it stands there already.
    pub fn write_plan(&self) -> Result<()> {
        let known = SweepFile::read(&self.folder).map_err(Failure::failed)?;
        let own = self.plan_file();
        if known.as_ref() == Some(&own) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder).map_err(|error| {
            Failure::failed(record::Error::io("make the folder", &self.folder)(error))
        })?;
        own.write(&self.folder).map_err(Failure::failed)
    }

    /// Refuses a folder that is another file's.
    pub fn check_owner(&self) -> Result<()> {
        let known = SweepFile::read(&self.folder).map_err(Failure::failed)?;
        let Some(other) = known.and_then(|known| known.file) else { return Ok(()) };
        if Some(&other) == self.own_path().as_ref() {
            return Ok(());
        }
        if !Path::new(&other).exists() {
            output::note(format!(
                "{} was the sweep of {other}, which is gone; it goes on as that of {}",
                self.folder.display(),
                self.file.loaded.file.display()
            ));
            return Ok(());
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
        fs::canonicalize(&self.file.loaded.file).ok().map(|path| path.display().to_string())
    }

    fn plan_file(&self) -> SweepFile {
        let base = &self.file.loaded.base.experiment;
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
        let dataset = data::load(config, data_dir().as_deref())
            .map_err(|error| Failure::usage(format!("{error}\n  (run `{}`)", plan.name())))?;
        digests.push((config, dataset.digest));
    }
    Ok(digests)
}

/// Finds what is there of each run: a folder of its name, or else one of the same experiment that no
/// other run is called like. Also gives the positions of the folders that were found.
fn recognise(
    file: &File,
    identities: Vec<String>,
    there: &[RunSummary],
) -> (Vec<Run>, HashSet<usize>) {
    let mut by_name: HashMap<(&str, &str), usize> = HashMap::new();
    let mut by_identity: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, run) in there.iter().enumerate() {
        let Some(info) = run.info() else { continue };
        // A forced one beside it has a longer name or, of the same length, a higher number.
        let newer = |other: usize| {
            (there[other].folder.len(), &there[other].folder) < (run.folder.len(), &run.folder)
        };
        let slot = by_name.entry((&info.name, &info.identity)).or_insert(index);
        if newer(*slot) {
            *slot = index;
        }
        by_identity.entry(&info.identity).or_default().push(index);
    }
    let wanted: HashSet<(&str, &str)> =
        file.plans.iter().map(Plan::name).zip(identities.iter().map(String::as_str)).collect();
    let mut used = HashSet::new();
    let mut found = Vec::with_capacity(identities.len());
    for (plan, identity) in file.plans.iter().zip(&identities) {
        let exact = by_name.get(&(plan.name(), identity.as_str())).copied();
        let free = |index: &&usize| {
            let name = there[**index].info().map_or("", |info| info.name.as_str());
            !used.contains(*index) && !wanted.contains(&(name, identity.as_str()))
        };
        let renamed = || by_identity.get(identity.as_str())?.iter().find(free).copied();
        let index = exact.or_else(renamed);
        used.extend(index);
        found.push(index);
    }
    // A run trained anew leaves older folders of the same name, which are no strangers.
    for (index, run) in there.iter().enumerate() {
        let known =
            run.info().is_some_and(|i| wanted.contains(&(i.name.as_str(), i.identity.as_str())));
        if known {
            used.insert(index);
        }
    }
    let prunes = file.loaded.settings.prune.is_some();
    let runs = file.plans.iter().zip(identities).zip(found);
    let runs = runs.map(|((plan, identity), index)| {
        let run = index.map(|index| &there[index]);
        let name = run.and_then(|run| run.info()).map_or(plan.name(), |info| &info.name).to_owned();
        let folder = run.map_or_else(|| first_name(&name, &identity), |run| run.folder.clone());
        let state = run.map_or(State::New, |run| state(run, plan, prunes));
        Run { name, identity, folder, state }
    });
    (runs.collect(), used)
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
