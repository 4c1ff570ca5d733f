//! Selects the runs to measure and the data to measure them on. Everything is checked before anything is
//! measured.

use super::super::{
    args::{EvaluateArgs, Part},
    exit::{Failure, Result},
    find::{self, Found},
    output, sweep,
    trained::Trained,
};
use crate::{
    data::Dataset,
    disk::{canonical, parent},
    record::{RESOLVED, Readback, RunSummary, Status, sweep_json::SweepFile},
    report::{compare::repeats::Reports, keys, run::Run},
    spec::{self, Data, DatasetName, Experiment, LevelKind, Task, without_repeat},
    words::{counted, listed, shortlist},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

/// At most this many runs that share a mistake are named.
const NAMED: usize = 3;

/// A run and what to measure it on.
pub struct Chosen {
    /// Its name on screen: its folder, relative to the folder of runs.
    pub name: String,
    /// The run itself.
    pub found: Trained,
    /// What its repeats have in common, as text to compare.
    pub repeated: BTreeMap<String, String>,
    /// The data set.
    pub data: Data,
    /// The part of the data set asked for.
    part: Option<Part>,
    /// One task per noise level; never empty.
    pub tasks: Vec<Task>,
}

/// Returns all runs that the arguments name, each once, and how many of several could not be read back. The
/// mistakes of all are reported together.
pub fn all(args: &EvaluateArgs) -> Result<(Vec<Chosen>, usize)> {
    let mut seen = HashSet::new();
    let (mut runs, mut reports) = (Vec::new(), Reports::default());
    for wanted in &args.runs {
        for run in named(&args.trained.runs_dir.path, wanted, &mut reports)? {
            if seen.insert(canonical(&run.path)) {
                runs.push(run);
            }
        }
    }
    let several = runs.len() > 1;
    let (mut chosen, mut failed) = (Vec::new(), 0);
    let mut mistakes: Vec<(String, Vec<String>)> = Vec::new();
    for run in runs {
        let found = match Trained::open(run, args.trained.last) {
            Err(failure) if several => {
                output::error(failure.message());
                failed += 1;
                continue;
            }
            opened => opened?,
        };
        let below = found.folder.strip_prefix(&args.trained.runs_dir.path).unwrap_or(&found.folder);
        let name = below.display().to_string();
        match Chosen::of(name.clone(), found, args) {
            Ok(one) => chosen.push(one),
            // Runs of a sweep often share a mistake.
            Err(mistake) => match mistakes.iter_mut().find(|(known, _)| *known == mistake) {
                Some((_, names)) => names.push(name),
                None => mistakes.push((mistake, vec![name])),
            },
        }
    }
    if mistakes.is_empty() {
        return Ok((chosen, failed));
    }
    let all = mistakes.iter().map(|(_, names)| names.len()).sum::<usize>() + chosen.len();
    let told = mistakes.into_iter().map(|(mistake, names)| match names.len() {
        count if count == all => mistake,
        _ => format!(
            "{}\nin the case of {}",
            mistake.trim_end(),
            listed(&shortlist(names.into_iter(), NAMED))
        ),
    });
    Err(Failure::usage(told.collect::<Vec<_>>().join("\n\n")))
}

/// Returns the run of a name, or the complete runs of a sweep or of some of its experiments.
fn named(runs_dir: &Path, wanted: &str, reports: &mut Reports) -> Result<Vec<RunSummary>> {
    if let Some(folder) = find::sweep(runs_dir, wanted) {
        let (runs, planned) = sweep::runs(&folder)?;
        return complete(runs, planned, &folder.display().to_string());
    }
    match find::run_or_experiments(runs_dir, wanted, reports)? {
        Found::Run(run) => Ok(vec![run]),
        Found::Experiments { experiments, .. } => {
            let summary = |run: &Run| RunSummary::read(&run.path).within(run.sweep.as_ref());
            let runs: Vec<_> = experiments.runs().map(summary).collect();
            let planned = runs.len() + experiments.waiting;
            complete(runs, planned, wanted)
        }
    }
}

/// Returns the complete ones of `runs`, and notes that the others of those `planned` are left out.
fn complete(mut runs: Vec<RunSummary>, planned: usize, name: &str) -> Result<Vec<RunSummary>> {
    let complete = |run: &RunSummary| run.info().is_some_and(|run| run.status == Status::Completed);
    if !runs.iter().any(complete) {
        let mut words: BTreeSet<&str> = runs.iter().map(|run| run.state.word()).collect();
        if runs.len() < planned {
            words.insert(Readback::NOT_BEGUN);
        }
        let words = listed(&Vec::from_iter(words));
        return Err(Failure::failed(format!("{name} has no complete run: its runs are {words}")));
    }
    runs.retain(complete);
    if runs.len() < planned {
        output::note(format!(
            "note: {} of {} of {name} are complete; the others are left out",
            runs.len(),
            counted(planned, "run"),
        ));
    }
    Ok(runs)
}

impl Chosen {
    /// Applies `args` to a run, or returns what is wrong with them.
    fn of(name: String, found: Trained, args: &EvaluateArgs) -> std::result::Result<Self, String> {
        let changed = spec::reload(&found.folder.join(RESOLVED), &args.set)
            .map_err(|mistakes| mistakes.render(true))?;
        refuse_useless(args, &changed.data)?;
        fits(&found.experiment, &changed)?;
        let tasks = at_levels(&changed.task, &args.levels)?;
        let values = found.experiment.values();
        let repeated = keys::repeated(&values, &found.info.data_digest);
        let repeated = repeated.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Ok(Self { name, found, repeated, data: changed.data, part: args.part, tasks })
    }

    /// Returns the part of `dataset` to measure the run on. Other folders of images are used whole, as they were not
    /// split for this network, unless they have the run's own images, which were moved or copied. Without a
    /// validation split, the test images serve as validation images.
    pub fn part(&self, dataset: &Dataset) -> Part {
        let is_other = self.data.is_other_folder(&self.found.experiment.data)
            && dataset.digest != self.found.info.data_digest;
        match self.part {
            None if is_other => Part::All,
            Some(Part::Validation) if !self.data.is_split() => Part::Test,
            wanted => wanted.unwrap_or(Part::Test),
        }
    }

    /// Returns its seed.
    pub const fn seed(&self) -> u64 {
        self.found.experiment.meta.seed
    }

    /// Returns the name that it shares with its repeats, by which they are found in a sweep.
    pub fn shared_name(&self) -> String {
        let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        let (name, sweep) = (self.found.name(), parent(&self.found.folder));
        let plan = SweepFile::read(sweep).ok().flatten();
        let called = plan.as_ref().and_then(|plan| plan.called().get(name).copied());
        match called.unwrap_or_else(|| without_repeat(name)) {
            "" => folder.display().to_string(),
            name => folder.join(name).display().to_string(),
        }
    }
}

/// Refuses settings that would have no effect.
fn refuse_useless(args: &EvaluateArgs, data: &Data) -> std::result::Result<(), String> {
    let set = spec::paths(&args.set);
    let is_set = |key: &&str| set.iter().any(|set| set == *key);
    let given = LevelKind::ALL.map(LevelKind::key).into_iter().find(is_set);
    if let Some(key) = given.filter(|_| !args.levels.is_empty()) {
        return Err(format!(
            "error: --levels says at which {key} to measure; leave the key out of --set"
        ));
    }
    if data.dataset.is_drawn() && is_set(&spec::ROOT) {
        return Err(format!(
            "error: `{}` has no effect, since the images of `{}` are synthetic; for a folder of images add --set \
             data.dataset={}",
            spec::ROOT,
            data.dataset.name(),
            DatasetName::ImageFolder.name()
        ));
    }
    Ok(())
}

/// Refuses images whose size is not that of the network.
fn fits(own: &Experiment, changed: &Experiment) -> std::result::Result<(), String> {
    let (takes, are) = (own.data.size(), changed.data.size());
    if takes == are {
        return Ok(());
    }
    let advice = if changed.data.dataset == DatasetName::ImageFolder {
        "leave out data.image_size and data.channels to use the network's".to_owned()
    } else {
        let set = format!("--set data.dataset={}", DatasetName::ImageFolder.name());
        format!("save the images as PNG files, which are resized to fit: {set}")
    };
    Err(format!("error: the network takes {takes}, these images are {are}; {advice}"))
}

/// Returns the task at each of `levels`, or unchanged if there are none.
fn at_levels(task: &Task, levels: &[f64]) -> std::result::Result<Vec<Task>, String> {
    if levels.is_empty() {
        return Ok(vec![task.clone()]);
    }
    let Task::Denoise { noise } = task else {
        return Err(format!(
            "error: --levels are noise levels, and the task `{}` has no noise",
            task.name()
        ));
    };
    let (most, expected) = match noise.level_kind() {
        LevelKind::Sigma => (f64::MAX, "a sigma of 0 or more"),
        LevelKind::Amount => (1.0, "an amount from 0 to 1"),
    };
    if let Some(level) = levels.iter().find(|level| !(0.0..=most).contains(*level)) {
        return Err(format!(
            "error: --levels has {level}, but `{}` needs {expected}",
            noise.name()
        ));
    }
    let once = |(place, level): &(usize, &f64)| !levels[..*place].contains(level);
    let levels = levels.iter().enumerate().filter(once);
    Ok(levels.map(|(_, level)| Task::Denoise { noise: noise.at_level(*level) }).collect())
}
