//! `runner list`: lists the runs of a folder.

mod column;
mod condition;
mod moment;

use super::{
    args::ListArgs,
    exit::{Exit, Failure, Result},
    find, output,
    show::as_json,
    text,
};
use crate::{
    record::{self, RunInfo, RunSummary, Status, read::is_run, sweep_json::SweepFile},
    report::{incomparable_over, run::Run},
    spec::Over,
    words::{counted, duration, figure},
};
use column::{Column, Columns, Field};
use condition::Condition;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

/// A run in any state, and the contents of its folder if they could be read.
struct Listed {
    summary: RunSummary,
    run: Option<Run>,
    in_sweep: InSweep,
    /// What people call its experiment, if its own name does not tell.
    called: Option<String>,
}

/// What a run is to its sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InSweep {
    /// There is no sweep, or its plan cannot be read.
    Unknown,
    /// The run at this index of the plan.
    Planned(usize),
    /// The plan does not have it, or a newer run replaces it.
    Outdated,
}

impl InSweep {
    /// Whether the run counts in its sweep; `None` if that is not known.
    fn counts(self) -> Option<bool> {
        (self != Self::Unknown).then_some(self != Self::Outdated)
    }

    /// Returns the index in the plan; runs without one come last.
    fn index(self) -> usize {
        if let Self::Planned(index) = self { index } else { usize::MAX }
    }
}

impl Listed {
    /// Whether the run no longer counts in its sweep. Runs that are being trained may count once the plan is
    /// written again.
    fn is_outdated(&self) -> bool {
        let trains = |info: &RunInfo| info.status == Status::Running;
        // Broken runs are always shown.
        self.in_sweep == InSweep::Outdated && self.summary.info().is_some_and(|info| !trains(info))
    }
}

/// Lists the runs of a folder, in any state.
pub fn list(args: &ListArgs) -> Result {
    let folder: &Path = match &args.folder {
        Some(wanted) => &find::folder(&args.runs_dir.path, wanted)?,
        None => &args.runs_dir.path,
    };
    let mut runs = read(folder)?;
    let unreadable = if is_run(folder) { Vec::new() } else { record::read::unreadable(folder)? };
    for (_, error) in unreadable {
        output::warn(format!("{error}; its runs, if it has any, are not listed"));
    }
    // A run that is named itself is always shown.
    let outdated = if args.all || is_run(folder) { 0 } else { remove_outdated(&mut runs) };
    let all = runs.len();
    let Requested { keys, sort } = Requested::of(args, &runs)?;
    retain(&mut runs, &args.conditions.given)?;
    if all == 0 && !args.json {
        output::note(format!("no runs in {}", folder.display()));
        note_left_out(outdated);
        return Ok(Exit::Done);
    }
    if let Some(by) = &sort {
        runs.sort_by(|a, b| by.order(a, b, args.reverse));
        warn(&runs, by);
    } else if args.reverse {
        runs.reverse();
    }
    runs.truncate(args.top.map_or(usize::MAX, |top| top as usize));
    if args.json {
        output::json(&runs.iter().map(|run| json(run, &keys)).collect::<Result<Vec<Value>>>()?)?;
    } else if runs.is_empty() {
        output::note(format!("none of {} in {} matches", counted(all, "run"), folder.display()));
    } else {
        output::result(table(&runs, folder, &shown(keys, sort)))?;
        let broken = runs.iter().filter(|listed| listed.run.is_none());
        broken.for_each(|listed| output::note(&listed.summary.state));
    }
    note_left_out(outdated);
    Ok(Exit::Done)
}

/// Returns the runs of a folder that meet all `conditions`, as given to `--where`.
pub fn matching(folder: &Path, conditions: &[String]) -> Result<Vec<RunSummary>> {
    let mut runs = read(folder)?;
    retain(&mut runs, conditions)?;
    Ok(runs.into_iter().map(|run| run.summary).collect())
}

/// Finds the dotted keys of runs by their names.
pub fn keys_named(runs: &[Run], names: &[String]) -> Result<Vec<String>> {
    let columns = Columns::of(runs.iter());
    names.iter().map(|name| columns.key(name).map_err(Failure::usage)).collect()
}

/// Keeps the runs that meet all `conditions`.
fn retain(runs: &mut Vec<Listed>, conditions: &[String]) -> Result<()> {
    let conditions: Vec<Condition> =
        conditions.iter().map(|text| Condition::read(text)).collect::<Result<_>>()?;
    // Without runs, no key can be wrong.
    if runs.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(known(runs));
    let conditions = conditions.into_iter().map(|condition| condition.bind(&columns, runs));
    let conditions = conditions.collect::<Result<Vec<_>>>()?;
    runs.retain(|run| conditions.iter().all(|condition| condition.matches(run)));
    Ok(())
}

/// Returns the runs that could be read.
fn known(runs: &[Listed]) -> impl Iterator<Item = &Run> {
    runs.iter().filter_map(|listed| listed.run.as_ref())
}

/// The columns requested by name.
#[derive(Default)]
struct Requested {
    keys: Vec<Column>,
    sort: Option<Column>,
}

impl Requested {
    fn of(args: &ListArgs, runs: &[Listed]) -> Result<Self> {
        // Without runs, no key can be wrong.
        if runs.is_empty() {
            return Ok(Self::default());
        }
        let columns = Columns::of(known(runs));
        let find = |name: &String| columns.find(name).map_err(Failure::usage);
        Ok(Self {
            keys: args.keys.iter().map(find).collect::<Result<_>>()?,
            sort: args.sort.as_ref().map(find).transpose()?,
        })
    }
}

fn read(folder: &Path) -> Result<Vec<Listed>> {
    let runs = if is_run(folder) { vec![RunSummary::read(folder)] } else { record::scan(folder)? };
    let in_sweeps = in_sweeps(&runs);
    let read = |(summary, (in_sweep, called)): (RunSummary, (InSweep, Option<String>))| {
        let run = Run::read(summary.clone()).ok();
        Listed { summary, run, in_sweep, called }
    };
    let mut runs: Vec<Listed> = runs.into_iter().zip(in_sweeps).map(read).collect();
    // By name, latent_dim=16 would come before latent_dim=2.
    for sweep in runs.chunk_by_mut(|a, b| a.summary.path.parent() == b.summary.path.parent()) {
        sweep.sort_by_key(|run| run.in_sweep.index());
    }
    Ok(runs)
}

/// Returns, for each run, what it is to its sweep, and what people call its experiment there, if its own name does not
/// tell.
fn in_sweeps(runs: &[RunSummary]) -> Vec<(InSweep, Option<String>)> {
    let sweeps: BTreeSet<&Path> = runs.iter().filter_map(|run| run.path.parent()).collect();
    let mut planned: HashMap<&Path, HashMap<&Path, (usize, Option<String>)>> = HashMap::new();
    for sweep in sweeps {
        if let Ok(Some(plan)) = SweepFile::read(sweep) {
            let within = runs.iter().filter(|run| run.path.parent() == Some(sweep));
            let begun = plan.started_runs(within).into_iter().enumerate();
            let called = plan.called();
            let called = |index: usize| called.get(plan.points[index].name.as_str()).copied();
            let begun = begun.filter_map(|(index, run)| {
                Some((run?.path.as_path(), (index, called(index).map(str::to_owned))))
            });
            planned.insert(sweep, begun.collect());
        }
    }
    let of = |run: &RunSummary| match run.path.parent().and_then(|sweep| planned.get(sweep)) {
        None => (InSweep::Unknown, None),
        Some(plan) => match plan.get(run.path.as_path()) {
            None => (InSweep::Outdated, None),
            Some((index, called)) => (InSweep::Planned(*index), called.clone()),
        },
    };
    runs.iter().map(of).collect()
}

/// Removes runs that no longer count in their sweep, as its tables and report do. Returns how many.
fn remove_outdated(runs: &mut Vec<Listed>) -> usize {
    let all = runs.len();
    runs.retain(|run| !run.is_outdated());
    all - runs.len()
}

fn note_left_out(outdated: usize) {
    if outdated > 0 {
        let runs = counted(outdated, "run");
        output::note(format!(
            "left out as no longer part of their sweep: {runs}; --all lists them"
        ));
    }
}

/// Warns if the metric that the list is sorted by cannot be compared between the runs.
fn warn(runs: &[Listed], by: &Column) {
    let known: Vec<&Run> = runs.iter().filter_map(|listed| listed.run.as_ref()).collect();
    let why = match by.field {
        Field::Metric(metric) => incomparable_over(&known, metric, metric.into()),
        Field::AtLevel(metric, _) => incomparable_over(&known, metric, Over::Levels),
        Field::Final(metric) => metric.incomparable(&known),
        _ => None,
    };
    if let Some(why) = why {
        let name = &by.title;
        output::warn(format!("sorted by {name}, by which no run is better than another. {why}"));
    }
}

/// Returns the additional columns: the requested ones, and the one that the list is sorted by.
fn shown(mut keys: Vec<Column>, sort: Option<Column>) -> Vec<Column> {
    let new = sort.filter(|by| !keys.contains(by) && !by.is_in_every_list());
    keys.extend(new);
    keys
}

fn table(runs: &[Listed], folder: &Path, columns: &[Column]) -> String {
    let fixed = ["run", "status", "epochs", "best", "time"];
    let titles: Vec<&str> =
        fixed.into_iter().chain(columns.iter().map(|column| column.title.as_str())).collect();
    let row = |run: &Listed| -> Vec<String> {
        let cells = columns.iter().map(|column| column.cell(run));
        row(run, folder).into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    text::columns(&titles, &rows)
}

fn row(listed: &Listed, folder: &Path) -> [String; 5] {
    let Listed { summary, run, called, .. } = listed;
    let path = &summary.path;
    let below = path.strip_prefix(folder).ok().filter(|below| below.file_name().is_some());
    let mut name = below.unwrap_or(path).display().to_string();
    if let Some(called) = called {
        name = format!("{name} ({called})");
    }
    let Some(run) = run else {
        return [name, summary.state.word().into(), String::new(), String::new(), String::new()];
    };
    let best = run.info.best.as_ref();
    [
        name,
        text::status(run) + if listed.is_outdated() { ", no longer counts" } else { "" },
        text::epochs(run),
        best.map_or(String::new(), |best| format!("{} {}", best.metric.name(), figure(best.value))),
        duration(run.info.seconds),
    ]
}

fn json(listed: &Listed, keys: &[Column]) -> Result<Value> {
    let mut value = as_json(&listed.summary, listed.run.as_ref())?;
    if let Some(counts) = listed.in_sweep.counts() {
        value["counts"] = counts.into();
    }
    if !keys.is_empty() {
        let setting = |column: &Column| {
            let value = listed.run.as_ref().and_then(|run| column.value(run));
            Ok((column.name(), serde_json::to_value(value)?))
        };
        value["settings"] = keys.iter().map(setting).collect::<Result<Map<_, _>>>()?.into();
    }
    Ok(value)
}
