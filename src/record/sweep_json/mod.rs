//! `sweep.json`: the plan of a sweep, for readers of its folder.

use crate::{
    record::{
        self, Error, Result, RunInfo, RunSummary, SWEEP_JSON,
        folder_name::{first_name, first_of, hash8_of},
        json,
    },
    spec::{
        BASELINE, Measured, Metric, Mode, NAME, Over, dotted, is_of_noise, sets_no_key,
        without_repeat,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
};

/// The format version that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The contents of `sweep.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepFile {
    /// Version of the file, see [`FORMAT`].
    pub format: u32,
    /// Name of the sweep.
    pub name: String,
    /// A one-sentence description for reports.
    pub description: String,
    /// Path of the experiment file, in full, which identifies the sweep.
    #[serde(default)]
    pub file: Option<String>,
    /// The swept keys.
    pub keys: Vec<String>,
    /// The metric that runs are compared by.
    pub metric: Comparison,
    /// Whether the metric measures the same quantity in all runs, so that a best run exists. Old versions of
    /// the program left it out or ignored noise, see [`Self::is_comparable`].
    #[serde(default = "yes")]
    pub comparable: bool,
    /// The planned runs, in order.
    pub points: Vec<Planned>,
}

/// The metric that runs are compared by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric.
    pub name: Metric,
    /// Which values of it are better.
    pub direction: Mode,
}

/// A planned run of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// Its values of the swept keys.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Index of the repeat, from 0.
    pub repeat: usize,
    /// Its seed.
    pub seed: u64,
    /// Name of its folder beside this file.
    pub folder: String,
    /// Estimated seconds on one CPU thread; absent in files of old versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
}

fn yes() -> bool {
    true
}

impl Planned {
    /// Returns its `experiment.name`, if the sweep varies it.
    fn given_name(&self) -> Option<&str> {
        self.values.get(NAME)?.as_str()
    }

    /// Returns the folder names that its run may have: the planned name, and the same without the number that
    /// a repeated training adds.
    pub fn folders(&self) -> [&str; 2] {
        let number =
            |(first, end): &(&str, &str)| hash8_of(first).is_some() && end.parse::<u32>().is_ok();
        let first = self.folder.rsplit_once('-').filter(number).map(|(first, _)| first);
        [&self.folder, first.unwrap_or(&self.folder)]
    }
}

/// The planned runs by the names of the folders that they may have.
pub struct Folders<'p>(HashMap<&'p str, &'p Planned>);

impl<'p> Folders<'p> {
    /// Returns the planned run that the run in a folder of this name is, whether trained again or not.
    pub fn get(&self, info: &RunInfo, folder: &str) -> Option<&'p Planned> {
        let known = |name: &str| self.0.get(name).copied();
        known(folder).or_else(|| known(&first_of(info, folder)?))
    }
}

impl From<Metric> for Comparison {
    fn from(name: Metric) -> Self {
        Self { name, direction: name.mode() }
    }
}

impl SweepFile {
    /// Returns the path of the file in a sweep's folder.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(SWEEP_JSON)
    }

    /// Reads the file from a sweep's folder, or returns `None` if there is none.
    ///
    /// # Errors
    /// If the file cannot be read, is not a sweep plan, or has a newer format.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let broken = |error| format!("is not a sweep plan: {error}; delete it to plan again");
        match json::read(&Self::path(folder), FORMAT, broken) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Returns the existing run for each planned one, chosen from `existing`, the runs in the sweep's folder.
    /// If a run was trained again after the plan was written, this is the newest training, even if the first
    /// folder is gone.
    pub fn started_runs<'r>(
        &self,
        existing: impl IntoIterator<Item = &'r RunSummary, IntoIter: Clone>,
    ) -> Vec<Option<&'r RunSummary>> {
        let existing = existing.into_iter();
        let newest = record::newest(existing.clone());
        let folders: HashMap<String, &RunSummary> =
            existing.map(|run| (run.folder(), run)).collect();
        let first =
            |run: &RunSummary| run.info().map(|info| first_name(&info.name, &info.identity));
        let retrained: HashMap<String, &RunSummary> =
            newest.values().filter_map(|run| Some((first(run)?, *run))).collect();
        let run = |point: &Planned| {
            let run = folders.get(point.folder.as_str()).copied();
            let key = run.and_then(RunSummary::key);
            let newest = key.and_then(|key| newest.get(&key).copied());
            // In place of a broken run, too.
            newest.or_else(|| retrained.get(point.folders()[1]).copied()).or(run)
        };
        self.points.iter().map(run).collect()
    }

    /// Whether the plan contains the run in a folder of this name, whether trained again or not. To ask this of
    /// many runs, see [`folders`](Self::folders).
    pub fn plans(&self, info: &RunInfo, folder: &str) -> bool {
        self.folders().get(info, folder).is_some()
    }

    /// Returns the planned runs by the names of the folders that they may have.
    pub fn folders(&self) -> Folders<'_> {
        let named = |point| Planned::folders(point).into_iter().map(move |name| (name, point));
        Folders(self.points.iter().flat_map(named).collect())
    }

    /// Returns what people call those experiments that the names of their runs do not describe, by these names:
    /// [`BASELINE`] for the combination that sets no key, and the `experiment.name` that one combination alone sets.
    pub fn called(&self) -> HashMap<&str, &str> {
        let is_baseline = |point: &Planned| sets_no_key(&point.name, &self.name);
        let mut with: HashMap<&str, HashSet<&str>> = HashMap::new();
        for point in &self.points {
            // The combination that sets no key may have the name of the file.
            let given = if is_baseline(point) { Some(BASELINE) } else { point.given_name() };
            if let Some(name) = given.filter(|name| *name != self.name) {
                with.entry(name).or_default().insert(without_repeat(&point.name));
            }
        }
        let is_own = |name: &&str| with.get(name).is_some_and(|all| all.len() == 1);
        // Without keys, there is a single experiment, which is called like the sweep.
        let named = self.points.iter().filter(|_| !self.keys.is_empty()).filter_map(|point| {
            let own =
                if is_baseline(point) { Some(BASELINE) } else { point.given_name().filter(is_own) };
            Some((point.name.as_str(), own?))
        });
        named.collect()
    }

    /// Whether the metric measures the same quantity in all planned runs, regardless of the program version
    /// that wrote the file: runs with different noise are not comparable.
    pub fn is_comparable(&self) -> bool {
        let measured = self.points.iter().map(|point| {
            let table = toml::Value::try_from(&point.values);
            let leaves = table.map(|table| dotted::leaves(&table)).unwrap_or_default();
            Measured::of(|key| leaves.get(key), "")
        });
        let measured: Vec<Measured> = measured.collect();
        let apart = Measured::apart(&measured, Over::from(self.metric.name));
        self.comparable && !apart.into_iter().any(is_of_noise)
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn write(&self, folder: &Path) -> Result<()> {
        json::write(&Self::path(folder), self)
    }
}

#[cfg(test)]
impl Planned {
    /// Returns a run without values, named like its folder.
    pub fn made_up(folder: &str) -> Self {
        let (name, values) = (folder.to_owned(), serde_json::Map::new());
        Self { folder: name.clone(), name, values, repeat: 0, seed: 1, estimate: None }
    }
}

#[cfg(test)]
impl SweepFile {
    /// Returns a plan of these runs, over the size of the code.
    pub fn made_up(metric: Metric, points: impl IntoIterator<Item = Planned>) -> Self {
        Self {
            format: FORMAT,
            name: "night".into(),
            description: String::new(),
            file: Some("/x/s.toml".into()),
            keys: vec!["model.latent_dim".into()],
            metric: metric.into(),
            comparable: true,
            points: points.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
