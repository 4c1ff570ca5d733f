//! Finds what can be removed from a folder of runs.

use super::{
    kind::Kind,
    place::Place,
    superseded::{EpochlessIdentities, Newest, successor},
};
use crate::{
    cli::{exit::Result, list, output},
    record::{
        self, Readback, RunInfo, RunSummary, Status,
        folder::clean::{self, Leftover},
        read::{is_run, name_of},
        sweep_json::SweepFile,
    },
    words::counted,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// Something that can be removed.
#[derive(Debug)]
pub struct Item {
    /// Why it can be removed.
    pub kind: Kind,
    /// The run's folder, or the leftover file or folder.
    pub path: PathBuf,
    /// Description.
    pub about: String,
    /// Size on disk.
    pub bytes: u64,
    /// Why it is kept nevertheless.
    pub kept: Option<String>,
    what: What,
}

#[derive(Debug)]
enum What {
    Leftover(Leftover),
    Run(RunSummary),
}

impl Item {
    /// Removes it, or returns why it was kept.
    pub fn remove(&self, known: &EpochlessIdentities) -> record::Result<Option<String>> {
        match (&self.what, self.kind) {
            (What::Leftover(leftover), _) => leftover.remove(),
            (What::Run(run), Kind::Checkpoints) => clean::remove_checkpoints(run),
            (What::Run(run), kind) => clean::remove(run, || outdated(kind, run, known)),
        }
    }
}

/// Returns why a run is no longer of a kind: what is beside it may have changed since it was listed.
fn outdated(
    kind: Kind,
    run: &RunSummary,
    known: &EpochlessIdentities,
) -> record::Result<Option<String>> {
    let Some(folder) = run.path.parent() else { return Ok(None) };
    let plan = SweepFile::read(folder);
    let plans = |plan: &SweepFile| run.info().is_some_and(|info| plan.plans(info, &run.folder()));
    let reason = match kind {
        // The command suggested for unplanned runs may have planned it meanwhile.
        Kind::Unplanned => {
            plan?.is_some_and(|plan| plans(&plan)).then_some("the plan of its sweep has it now")
        }
        Kind::Superseded => {
            let is_planned = plan.map_or(true, |plan| plan.is_some_and(|plan| plans(&plan)));
            let mut beside = record::scan_sweep(folder)?;
            beside.retain(|run| !run.path.is_symlink());
            let found = successor(&record::newest(&beside), run, is_planned, known);
            found.is_none().then_some("no other run contains it now")
        }
        _ => None,
    };
    Ok(reason.map(str::to_owned))
}

/// The selected runs, with the other runs beside them.
pub struct Places {
    places: Vec<Place>,
    /// Whether to include leftovers that belong to no run.
    whole: bool,
    /// Number of selected runs behind links.
    pub links: usize,
    epochless: EpochlessIdentities,
}

impl Places {
    /// Reads a folder of runs, a sweep's folder or a run's folder.
    pub fn of(folder: &Path, conditions: &[String]) -> Result<Self> {
        let single = is_run(folder);
        // A link is followed if it is named itself.
        let folder = if single { folder.canonicalize()? } else { folder.to_path_buf() };
        let matching = list::matching(&folder, conditions)?;
        let mut chosen: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        if !single {
            let sweeps = record::sweeps(&folder)?.into_iter();
            chosen.extend(sweeps.chain([folder.clone()]).map(|place| (place, BTreeSet::new())));
        }
        for run in matching {
            let place = run.path.parent().unwrap_or(Path::new("/")).to_path_buf();
            chosen.entry(place).or_default().insert(run.folder());
        }
        let mut links = 0;
        let mut places = Vec::new();
        for (place, names) in chosen {
            if !single && place != folder && place.is_symlink() {
                links += names.len();
                continue;
            }
            let mut runs = record::scan_sweep(&place)?;
            links += runs
                .iter()
                .filter(|run| names.contains(&run.folder()) && run.path.is_symlink())
                .count();
            runs.retain(|run| !run.path.is_symlink());
            let plan = SweepFile::read(&place);
            places.push(Place { folder: place, runs, plan, chosen: names });
        }
        let whole = !single && conditions.is_empty();
        Ok(Self { places, whole, links, epochless: EpochlessIdentities::default() })
    }

    /// Returns the number of selected runs.
    pub fn count(&self) -> usize {
        self.chosen().count()
    }

    /// Returns the size of all selected runs on disk.
    pub fn bytes(&self) -> u64 {
        self.chosen().map(|run| size(&run.path)).sum()
    }

    fn chosen(&self) -> impl Iterator<Item = &RunSummary> {
        self.places.iter().flat_map(Place::chosen)
    }

    /// Returns everything of the given kinds, without duplicates.
    pub fn items(&self, kinds: &[Kind]) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let (mut going, mut staying) = (BTreeSet::new(), BTreeSet::new());
        if kinds.contains(&Kind::Unplanned) {
            let plans = self.places.iter().filter_map(|place| place.plan.as_ref().err());
            plans.for_each(output::warn);
        }
        for &kind in kinds {
            if kind == Kind::Leftovers {
                items.extend(self.leftovers());
                continue;
            }
            for place in &self.places {
                let newest = record::newest(&place.runs);
                for run in place.chosen().filter(|run| !run.is_held()) {
                    let stays = staying.contains(&run.path)
                        && (kind != Kind::Checkpoints || clean::renamed(run).is_some());
                    if going.contains(&run.path) || stays {
                        continue;
                    }
                    if let Some(item) = self.item(kind, place, &newest, run) {
                        let fate = if item.kept.is_none() { &mut going } else { &mut staying };
                        fate.insert(run.path.clone());
                        items.push(item);
                    }
                }
            }
        }
        // Leftovers of a run that is removed go with it.
        items.retain(|item| {
            let of_run = item.path.ancestors().skip(1).any(|above| going.contains(above));
            !(item.kind == Kind::Leftovers && of_run)
        });
        items
    }

    fn leftovers(&self) -> Vec<Item> {
        let mut found = Vec::new();
        for place in self.places.iter().filter(|_| self.whole) {
            found.extend(readable(Leftover::in_folder(&place.folder)));
        }
        for run in self.chosen().filter(|run| !run.is_held()) {
            found.extend(readable(Leftover::in_run(&run.path)));
        }
        let item = |leftover: Leftover| Item {
            kind: Kind::Leftovers,
            path: leftover.path.clone(),
            about: if leftover.path.is_dir() { "incomplete folder" } else { "temporary file" }
                .into(),
            bytes: size(&leftover.path),
            kept: leftover.kept().unwrap_or_else(|error| Some(error.to_string())),
            what: What::Leftover(leftover),
        };
        found.into_iter().map(item).collect()
    }

    /// Returns a run that no process is training as an item of a kind; `None` if it is not of that kind.
    fn item(
        &self,
        kind: Kind,
        place: &Place,
        newest: &Newest<'_>,
        run: &RunSummary,
    ) -> Option<Item> {
        let (about, bytes, kept) = if kind == Kind::Checkpoints {
            let spare = spare(run);
            let bytes = spare.iter().map(|path| size(path)).sum();
            let count = counted(spare.len(), "checkpoint");
            let of = run.info().filter(|_| !spare.is_empty())?.status;
            (format!("{count} of a {of} run"), bytes, clean::renamed(run))
        } else {
            let about = self.about(kind, place, newest, run)?;
            // A folder that cannot be read cannot be removed either.
            let kept = clean::kept(run).unwrap_or_else(|error| Some(error.to_string()));
            (about, size(&run.path), kept)
        };
        Some(Item {
            kind,
            path: run.path.clone(),
            about,
            bytes,
            kept,
            what: What::Run(run.clone()),
        })
    }

    /// Describes a run of a kind that is removed as a whole; `None` if it is not of that kind.
    fn about(
        &self,
        kind: Kind,
        place: &Place,
        newest: &Newest<'_>,
        run: &RunSummary,
    ) -> Option<String> {
        let info = match &run.state {
            Readback::Broken(why) => return (kind == Kind::Broken).then(|| why.clone()),
            // Its metrics and weights are intact.
            Readback::Known(info) | Readback::Changed(info, _) => info,
        };
        let standing = format!("{} after {}", info.status, counted(info.epochs, "epoch"));
        match kind {
            Kind::Failed => {
                matches!(info.status, Status::Failed | Status::Diverged).then_some(standing)
            }
            Kind::Unplanned => place.is_unplanned(run, info).then_some(standing),
            Kind::Superseded => {
                let is_planned = !matches!(place.plan, Ok(None)) && !place.is_unplanned(run, info);
                let newer = successor(newest, run, is_planned, &self.epochless)?;
                Some(format!("{standing}; contained in {}", newer.folder()))
            }
            Kind::Leftovers | Kind::Broken | Kind::Checkpoints => None,
        }
    }
}

/// Returns the checkpoints of a finished run that are only needed for more training.
fn spare(run: &RunSummary) -> Vec<PathBuf> {
    let over = |info: &&RunInfo| matches!(info.status, Status::Completed | Status::Pruned);
    let Some(info) = run.info().filter(over) else { return Vec::new() };
    readable(clean::spare_checkpoints(&run.path, info))
}

/// Returns what was found, or nothing and a warning if it cannot be read.
fn readable<T>(found: record::Result<Vec<T>>) -> Vec<T> {
    found.unwrap_or_else(|error| {
        output::warn(error);
        Vec::new()
    })
}

/// Returns the size of a file, or of all files below a folder; links are not followed.
pub fn size(path: &Path) -> u64 {
    let files =
        WalkDir::new(path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    files.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Formats a path relative to the folder that is listed.
pub fn shown(path: &Path, folder: &Path) -> String {
    let below = path.strip_prefix(folder).ok().filter(|below| below.file_name().is_some());
    below.map_or_else(|| name_of(path), |below| below.display().to_string())
}
