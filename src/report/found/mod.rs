//! Collects the runs in the requested folders and builds the report.

#[cfg(test)]
pub(super) mod tests;

use super::{Report, apart::losses_differ, families, group, keys, run::Run};
use crate::{
    disk::canonical,
    record::{
        self, RunInfo, RunSummary,
        folder_name::{by_number, first_of},
        read::name_of,
        sweep_json::{Folders, Planned, SweepFile},
    },
    spec::{Metric, SEED},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The contents of the folders.
#[derive(Default)]
pub(super) struct Found {
    pub(super) runs: Vec<Run>,
    broken: Vec<(String, String)>,
    replaced: Vec<String>,
    strays: Vec<String>,
    /// Each with its folder.
    pub(super) sweeps: Vec<(PathBuf, SweepFile)>,
    seen: BTreeSet<PathBuf>,
    /// Paths of the runs as found, see [`place`].
    places: Vec<PathBuf>,
    /// Planned runs that have not begun, each with the folder of its sweep.
    waiting: Vec<(PathBuf, Planned)>,
    /// Keys listed before those of sweeps.
    first: Vec<String>,
}

impl Found {
    /// Starts from runs that are already loaded, with the keys to list first.
    pub(super) fn of(runs: Vec<Run>, first: Vec<String>) -> Self {
        Self { runs, first, ..Self::default() }
    }

    pub(super) fn look_into(&mut self, folder: &Path) -> record::Result<()> {
        if folder.join(record::RUN_JSON).exists() {
            let sweep = folder.parent().filter(|parent| parent.join(record::SWEEP_JSON).exists());
            let sweep = sweep.and_then(Path::file_name).map(|name| name.to_string_lossy());
            self.add(RunSummary::read(folder).within(sweep));
            return Ok(());
        }
        let is_sweep = folder.join(record::SWEEP_JSON).exists();
        let scan = if is_sweep { record::scan_sweep } else { record::scan };
        let runs = scan(folder)?;
        let sweeps: BTreeSet<PathBuf> = runs
            .iter()
            .filter(|run| run.sweep.is_some())
            .filter_map(|run| run.path.parent().map(Path::to_path_buf))
            .chain([folder.to_path_buf()])
            .collect();
        for sweep in sweeps {
            // If the plan cannot be read, the runs are reported from their own folders.
            let Ok(Some(file)) = SweepFile::read(&sweep) else { continue };
            let place = canonical(&sweep);
            if self.sweeps.iter().any(|(known, _)| *known == place) {
                continue;
            }
            let within = runs.iter().filter(|run| run.path.parent() == Some(&sweep));
            let begun: BTreeSet<String> =
                within.filter_map(|run| first_of(run.info()?, &run.folder())).collect();
            let waits = |point: &&Planned| {
                let known = point.folders().iter().any(|folder| begun.contains(*folder));
                !known && !sweep.join(&point.folder).is_dir()
            };
            let waiting = file.points.iter().filter(waits);
            self.waiting.extend(waiting.map(|point| (place.clone(), point.clone())));
            self.sweeps.push((place, file));
        }
        for run in runs {
            self.add(run);
        }
        for (folder, error) in record::read::unreadable(folder)? {
            if self.seen.insert(canonical(&folder)) {
                self.broken.push((folder.display().to_string(), error.to_string()));
            }
        }
        Ok(())
    }

    fn add(&mut self, summary: RunSummary) {
        if !self.seen.insert(canonical(&summary.path)) {
            return;
        }
        self.places.push(place(&summary.path));
        let shown = summary.path.display().to_string();
        match Run::read(summary) {
            Ok(run) => self.runs.push(run),
            Err(reason) => self.broken.push((shown, reason)),
        }
    }

    pub(super) fn report(mut self, folders: &[PathBuf]) -> Report {
        let single = self.single(folders).cloned();
        let single = single.as_ref();
        if single.is_none() {
            families::tell_sweeps(&mut self.runs, &self.sweeps);
        }
        // First, so that a copy is reported as one.
        self.drop_replaced();
        self.drop_strays();
        families::call_by_names(&mut self.runs, &mut self.waiting, &self.sweeps);
        name_apart(&mut self.runs);
        keys::tell_images(&mut self.runs);
        let Self { runs, broken, replaced, strays, sweeps, waiting, first, .. } = self;
        let swept = sweeps.iter().flat_map(|(_, sweep)| &sweep.keys);
        let first = first.iter().chain(swept).map(String::as_str);
        let keys = keys::differing(&runs, first);
        let has = |metric: &Metric| {
            runs.iter().flat_map(|run| &run.rows).any(|row| row.value(*metric).is_some())
        };
        let wanted = single.map_or_else(|| common_metric(&runs), |sweep| sweep.metric.name);
        // The fallback that every run has in the same unit, whatever loss it minimizes.
        let differ = losses_differ(&runs.iter().collect::<Vec<_>>());
        let other = wanted.depends_on_loss() && differ && has(&Metric::ValMse);
        let mut groups = group::groups(&runs, &keys, single.is_none());
        let has_families = single.is_none() && !sweeps.is_empty();
        if has_families {
            families::name(&mut groups, &runs, &sweeps);
        }
        if !waiting.is_empty() {
            let plans = plans_of(&sweeps);
            for group in &mut groups {
                group.waiting = repeats_of(&runs[group.runs[0]], &plans, &waiting);
            }
        }
        Report {
            title: title(single, folders),
            description: description(single, &runs),
            groups,
            is_sweep: single.is_some(),
            has_families,
            metric: if other { Metric::ValMse } else { wanted },
            instead_of: other.then_some(wanted),
            metrics: Metric::ALL.into_iter().filter(has).collect(),
            finals: RunInfo::finals_of(&runs.iter().map(|run| &run.info)),
            runs,
            broken,
            waiting: waiting.into_iter().map(|(_, point)| point).collect(),
            replaced,
            strays,
            keys,
            chosen: None,
            chosen_metrics: None,
            baseline: None,
        }
    }

    /// Returns the sweep if this report is about a single one: all runs are in its folder, and nothing else
    /// was requested.
    fn single(&self, folders: &[PathBuf]) -> Option<&SweepFile> {
        let [(sweep, file)] = &self.sweeps[..] else { return None };
        let within = |path: &PathBuf| path.parent() == Some(sweep);
        let asked =
            |folder: &PathBuf| sweep.starts_with(canonical(folder)) || within(&place(folder));
        (folders.iter().all(asked) && self.places.iter().all(within)).then_some(file)
    }

    /// Leaves runs that are not in the plan of their sweep out, as its tables and lists do.
    fn drop_strays(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        let plans = plans_of(&self.sweeps);
        let is_planned = |run: &Run| {
            let plan = plan_of(run, &plans);
            plan.is_none_or(|(_, plan)| plan.get(&run.info, &name_of(&run.path)).is_some())
        };
        let (kept, strays): (_, Vec<Run>) = runs.into_iter().partition(is_planned);
        self.runs = kept;
        self.strays = strays.iter().map(Run::folder).collect();
    }

    /// Keeps only the folder with the highest number for each name, identity and parent folder.
    fn drop_replaced(&mut self) {
        let key = |run: &Run| {
            let place = run.path.parent().map(Path::to_path_buf);
            (place, run.info.name.clone(), run.info.identity.clone())
        };
        let rank = |run: &Run| by_number(&run.info, &name_of(&run.path));
        let mut newest = BTreeMap::new();
        for run in &self.runs {
            let slot = newest.entry(key(run)).or_insert_with(|| rank(run));
            if *slot < rank(run) {
                *slot = rank(run);
            }
        }
        let counts = |run: &Run| newest.get(&key(run)) == Some(&rank(run));
        let (kept, old) = std::mem::take(&mut self.runs).into_iter().partition(counts);
        self.runs = kept;
        self.replaced = Vec::from_iter(old).iter().map(Run::folder).collect();
    }
}

/// The folders of sweeps and what their runs may be named.
type Plans<'s> = Vec<(&'s Path, Folders<'s>)>;

fn plans_of(sweeps: &[(PathBuf, SweepFile)]) -> Plans<'_> {
    sweeps.iter().map(|(sweep, plan)| (sweep.as_path(), plan.folders())).collect()
}

/// Returns the sweep in whose folder a run is.
fn plan_of<'p, 's>(run: &Run, plans: &'p Plans<'s>) -> Option<&'p (&'s Path, Folders<'s>)> {
    let folder = run.path.parent().filter(|_| !plans.is_empty()).map(canonical);
    plans.iter().find(|(sweep, _)| folder.as_deref() == Some(*sweep))
}

/// Counts the waiting runs that differ from a run only in their seed.
fn repeats_of(run: &Run, plans: &Plans<'_>, waiting: &[(PathBuf, Planned)]) -> usize {
    let planned = plan_of(run, plans)
        .and_then(|(sweep, plan)| Some((sweep, plan.get(&run.info, &name_of(&run.path))?)));
    planned.map_or(0, |(sweep, point)| {
        let is_repeat = |(other, repeat): &&(PathBuf, Planned)| {
            values_of(repeat).eq(values_of(point)) && other == sweep
        };
        waiting.iter().filter(is_repeat).count()
    })
}

/// Returns the values of a planned run, without its seed.
fn values_of(point: &Planned) -> impl Iterator<Item = (&String, &serde_json::Value)> {
    point.values.iter().filter(|(key, _)| *key != SEED)
}

/// Makes names and identities unique: runs that share a name get their folder's name, or its path if that is
/// shared too.
fn name_apart(runs: &mut [Run]) {
    for name in [Run::folder, |run: &Run| run.path.display().to_string()] {
        let names = count(runs, |run| &run.name);
        for run in runs.iter_mut().filter(|run| names[&run.name] > 1) {
            run.name = name(run);
        }
    }
    let ids = count(runs, |run| &run.id);
    for (index, run) in runs.iter_mut().enumerate() {
        if run.id.is_empty() || ids[&run.id] > 1 {
            run.id = format!("{}-{index}", run.id);
        }
    }
}

/// Counts the runs with each name or identity.
fn count(runs: &[Run], of: impl Fn(&Run) -> &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for run in runs {
        *counts.entry(of(run).to_owned()).or_default() += 1;
    }
    counts
}

fn title(sweep: Option<&SweepFile>, folders: &[PathBuf]) -> String {
    if let Some(name) = sweep.map(|sweep| &sweep.name).filter(|name| !name.is_empty()) {
        return name.clone();
    }
    let name = |folder: &PathBuf| name_of(&canonical(folder));
    folders.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Returns the sweep's description, or the one shared by all runs.
fn description(sweep: Option<&SweepFile>, runs: &[Run]) -> String {
    if let Some(text) = sweep.map(|sweep| &sweep.description).filter(|text| !text.is_empty()) {
        return text.clone();
    }
    let mut texts = runs.iter().map(|run| run.info.description.as_str());
    let first = texts.next().unwrap_or_default();
    if texts.all(|text| text == first) { first.to_owned() } else { String::new() }
}

/// Returns the metric by which most runs keep their best weights.
fn common_metric(runs: &[Run]) -> Metric {
    let count = |metric: Metric| runs.iter().filter(|run| run.metric() == metric).count();
    let most = Metric::ALL.into_iter().map(count).max().unwrap_or_default();
    // If no run has one, fall back to the default, `val_loss`.
    let first = Metric::ALL.into_iter().find(|metric| most > 0 && count(*metric) == most);
    first.unwrap_or_default()
}

/// Returns the path of a run's folder below its canonical parent. The run itself is not resolved, as it may
/// be a link to a larger disk.
fn place(run: &Path) -> PathBuf {
    let Some((parent, name)) = run.parent().zip(run.file_name()) else { return canonical(run) };
    // The parent of a bare name is empty.
    canonical(&Path::new(".").join(parent)).join(name)
}
