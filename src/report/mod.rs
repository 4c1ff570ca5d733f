//! What many runs say together: one HTML file, a Markdown or CSV table, a comparison of two.
//!
//! Everything is read from run folders, in any state, also while they are being written; nothing in
//! them is changed. Numbers are those of `metrics.csv`. Where a run has one value of a metric, it is
//! the one in its best epoch, by the metric of its checkpoints: those weights are the ones that are
//! kept, tested and drawn.
//!
//! [`Report::read`] gathers the runs, finds the keys in which they differ ([`keys`]) and puts repeats
//! together ([`group`]). [`Report::html`], [`Report::markdown`] and [`Report::csv`] tell it.

mod chart;
pub mod compare;
mod csv;
mod data;
pub mod group;
mod html;
pub mod keys;
mod markdown;
pub mod number;
mod pictures;
mod provenance;
pub mod run;
mod summary;
mod sweep_file;

use crate::{
    record::{self, RunSummary, Status, atomic},
    spec::Metric,
};
use group::Group;
use keys::Key;
use run::Run;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use sweep_file::SweepFile;

/// Runs, and how they belong together.
#[derive(Debug, Clone)]
pub struct Report {
    /// The sweep's name, or the folder's.
    pub title: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// The runs, by folder.
    pub runs: Vec<Run>,
    /// Folders of runs of which nothing is known, and why.
    pub broken: Vec<(String, String)>,
    /// Names of planned runs that have not begun.
    pub waiting: Vec<String>,
    /// Folders of runs that were trained anew beside them, which count in their place.
    pub replaced: Vec<String>,
    /// The keys in which runs differ.
    pub keys: Vec<Key>,
    /// Repeats together.
    pub groups: Vec<Group>,
    /// What runs are compared by.
    pub metric: Metric,
    /// The metrics that any run has.
    pub metrics: Vec<Metric>,
}

/// Writes the HTML report of the runs in some folders.
///
/// # Errors
/// When a folder cannot be read, or the file cannot be written.
pub fn write(folders: &[PathBuf], out: &Path) -> record::Result<()> {
    atomic::write(out, Report::read(folders)?.html())
}

impl Report {
    /// Reads the runs in some folders: folders of runs, of sweeps, or runs themselves.
    ///
    /// # Errors
    /// When a folder cannot be read; what is wrong with a single run is told in the report.
    pub fn read(folders: &[PathBuf]) -> record::Result<Self> {
        let mut found = Found::default();
        for folder in folders {
            found.look_into(folder)?;
        }
        Ok(found.report(folders))
    }

    /// The places of the groups from the best to the worst.
    pub fn ranked(&self) -> Vec<usize> {
        group::ranked(&self.groups, &self.runs, self.metric)
    }

    /// The value of a key, as people write it; empty for a run that has none.
    pub fn cell(&self, run: &Run, key: &Key) -> String {
        run.values.get(&key.path).map_or_else(String::new, run::plain)
    }
}

/// What is in the folders.
#[derive(Default)]
struct Found {
    runs: Vec<Run>,
    broken: Vec<(String, String)>,
    replaced: Vec<String>,
    sweeps: Vec<SweepFile>,
    seen: BTreeSet<PathBuf>,
    waiting: Vec<String>,
}

impl Found {
    fn look_into(&mut self, folder: &Path) -> record::Result<()> {
        if folder.join(record::RUN_JSON).exists() {
            let sweep = folder.parent().filter(|parent| parent.join(record::SWEEP_JSON).exists());
            let sweep = sweep.and_then(Path::file_name).map(|name| name.to_string_lossy());
            self.add(RunSummary::read(folder, sweep.as_deref()));
            return Ok(());
        }
        let runs = record::scan(folder)?;
        let sweeps: BTreeSet<PathBuf> = runs
            .iter()
            .filter(|run| run.sweep.is_some())
            .filter_map(|run| run.path.parent().map(Path::to_path_buf))
            .chain([folder.to_path_buf()])
            .collect();
        for sweep in sweeps {
            let Some(file) = SweepFile::read(&sweep) else { continue };
            let begun = |name: &str| {
                let of = |run: &&RunSummary| run.info().is_some_and(|info| info.name == name);
                runs.iter().filter(|run| run.path.parent() == Some(&sweep)).any(|run| of(&run))
            };
            let waiting = file.points.iter().filter(|point| {
                let made = point.folder.as_ref().is_some_and(|name| sweep.join(name).is_dir());
                !made && !begun(&point.name)
            });
            self.waiting.extend(waiting.map(|point| point.name.clone()));
            self.sweeps.push(file);
        }
        for run in runs {
            self.add(run);
        }
        Ok(())
    }

    fn add(&mut self, summary: RunSummary) {
        let path = summary.path.canonicalize().unwrap_or_else(|_| summary.path.clone());
        if !self.seen.insert(path) {
            return;
        }
        let shown = summary.path.display().to_string();
        match Run::read(summary) {
            Ok(run) => self.runs.push(run),
            Err(reason) => self.broken.push((shown, reason)),
        }
    }

    fn report(mut self, folders: &[PathBuf]) -> Report {
        self.drop_replaced();
        name_apart(&mut self.runs);
        let Self { runs, broken, replaced, sweeps, waiting, .. } = self;
        let swept: Vec<String> = sweeps.iter().flat_map(|sweep| sweep.keys.clone()).collect();
        let keys = keys::differing(&runs, &swept);
        let single = if let [sweep] = &sweeps[..] { Some(sweep) } else { None };
        let has = |metric: &Metric| {
            runs.iter().flat_map(|run| &run.rows).any(|row| row.value(*metric).is_some())
        };
        Report {
            title: title(single, folders),
            description: description(single, &runs),
            groups: group::groups(&runs, &keys),
            metric: single.and_then(SweepFile::metric).unwrap_or_else(|| common_metric(&runs)),
            metrics: Metric::ALL.into_iter().filter(has).collect(),
            runs,
            broken,
            waiting,
            replaced,
            keys,
        }
    }

    /// Of runs of one experiment in one folder, the one with the highest number counts.
    fn drop_replaced(&mut self) {
        let place =
            |run: &Run| (run.path.parent().map(Path::to_path_buf), run.info.identity.clone());
        let number = |run: &Run| {
            let name = run.folder();
            let rest = name.rsplit_once(&format!("-{}", run.id)).map(|(_, rest)| rest.to_owned());
            rest.and_then(|rest| rest.strip_prefix('-')?.parse::<usize>().ok()).unwrap_or(1)
        };
        let mut newest: BTreeMap<_, usize> = BTreeMap::new();
        for run in &self.runs {
            let newest = newest.entry(place(run)).or_default();
            *newest = (*newest).max(number(run));
        }
        let counts = |run: &Run| newest.get(&place(run)) == Some(&number(run));
        let (kept, old) = std::mem::take(&mut self.runs).into_iter().partition(counts);
        self.runs = kept;
        self.replaced = Vec::from_iter(old).iter().map(Run::folder).collect();
    }
}

/// Gives runs of one name or identity names and identities of their own: those of their folders.
fn name_apart(runs: &mut [Run]) {
    let count = |of: fn(&Run) -> &str| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for run in runs.iter() {
            *counts.entry(of(run).to_owned()).or_default() += 1;
        }
        counts
    };
    let (names, ids) = (count(|run| &run.name), count(|run| &run.id));
    for (index, run) in runs.iter_mut().enumerate() {
        if names[&run.name] > 1 {
            run.name = run.folder();
        }
        if run.id.is_empty() || ids[&run.id] > 1 {
            run.id = format!("{}-{index}", run.id);
        }
    }
}

fn title(sweep: Option<&SweepFile>, folders: &[PathBuf]) -> String {
    if let Some(name) = sweep.map(|sweep| &sweep.name).filter(|name| !name.is_empty()) {
        return name.clone();
    }
    let name = |folder: &PathBuf| {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned()
    };
    folders.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The sweep's description, or the one that all runs have.
fn description(sweep: Option<&SweepFile>, runs: &[Run]) -> String {
    if let Some(text) = sweep.map(|sweep| &sweep.description).filter(|text| !text.is_empty()) {
        return text.clone();
    }
    let mut texts = runs.iter().map(|run| run.info.description.as_str());
    let first = texts.next().unwrap_or_default();
    if texts.all(|text| text == first) { first.to_owned() } else { String::new() }
}

/// The metric by which most runs keep their best weights.
fn common_metric(runs: &[Run]) -> Metric {
    let count = |metric: Metric| runs.iter().filter(|run| run.metric() == metric).count();
    let most = Metric::ALL.into_iter().map(count).max().unwrap_or_default();
    // `val_loss` where there is nothing to choose by.
    let first = Metric::ALL.into_iter().find(|metric| most > 0 && count(*metric) == most);
    first.unwrap_or_default()
}

/// How many runs stand how, in the order of statuses.
pub(crate) fn counts(runs: &[Run]) -> Vec<(Status, usize)> {
    use Status::{Completed, Diverged, Failed, Interrupted, Pruned, Running};
    let count = |status: Status| runs.iter().filter(|run| run.info.status == status).count();
    let all = [Completed, Running, Interrupted, Failed, Diverged, Pruned];
    all.map(|status| (status, count(status))).into_iter().filter(|(_, count)| *count > 0).collect()
}
