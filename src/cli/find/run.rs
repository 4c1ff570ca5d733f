//! Finds a run by one of its names.

use super::{best, sweep};
use crate::{
    cli::exit::{Failure, Result},
    record::{
        self, RunSummary, SWEEP_JSON,
        folder_name::by_number,
        read::{is_run, name_of},
        scan_sweep,
        sweep_json::SweepFile,
    },
    spec::{name_within, nearest},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// At most this many runs are named in an error.
pub(super) const LISTED: usize = 8;

/// Finds a run: by path, by folder name or its beginning, or by the name of an experiment, optionally prefixed
/// with its sweep; or the best run of a sweep, `SWEEP@best`. Of several runs of a name, the newest is returned.
///
/// # Errors
/// If no run or more than one has this name; the error lists those that do. If a sweep has no best run, or none
/// yet.
pub fn run(runs_dir: &Path, wanted: &str) -> Result<RunSummary> {
    let path = Path::new(wanted);
    if is_run(path) {
        return Ok(RunSummary::read(path));
    }
    // A run's name may contain an `@`.
    if let Some((name, word)) = wanted.rsplit_once('@').filter(|(_, word)| !word.contains('/'))
        && let Some(folder) = sweep(runs_dir, name)
    {
        return best::of(&folder, name, word);
    }
    let wanted = wanted.trim_end_matches('/');
    if let Some(run) = in_folder(runs_dir, wanted) {
        return Ok(run);
    }
    let runs = record::scan(runs_dir).map_err(Failure::usage)?;
    let called = called(&runs, wanted);
    if let Some(run) = newest(&runs, wanted, &called) {
        return Ok(run.clone());
    }
    // The path of a sweep, as completed by a shell, stands for all its runs.
    let is_sweep = path.join(SWEEP_JSON).is_file();
    let own = if is_sweep { scan_sweep(path).map_err(Failure::usage)? } else { Vec::new() };
    let fits = |run: &&RunSummary| {
        let is_called = |name: &String| format!("{name}{}", end(run)).starts_with(wanted);
        let is_any = [qualified(run), run.folder()].iter().any(|name| name.starts_with(wanted));
        is_any || called.get(&run.path).is_some_and(is_called)
    };
    let matches: Vec<&RunSummary> =
        if is_sweep { own.iter().collect() } else { runs.iter().filter(fits).collect() };
    match matches[..] {
        [run] => Ok(run.clone()),
        [] if sweep(runs_dir, wanted).is_some() => {
            Err(Failure::usage(format!("no run of the sweep {wanted:?} has begun")))
        }
        [] => Err(Failure::usage(not_found(runs_dir, wanted, &runs, &called))),
        _ => {
            let sweep = if is_sweep { Some(wanted) } else { common_sweep(&matches) };
            Err(Failure::usage(several(wanted, &matches, sweep)))
        }
    }
}

/// Returns the folder's name, prefixed with its sweep's.
fn qualified(run: &RunSummary) -> String {
    match &run.sweep {
        Some(sweep) => format!("{sweep}/{}", run.folder()),
        None => run.folder(),
    }
}

/// What people call runs of a sweep besides their own names, with the sweep's, by their folders.
type Called = BTreeMap<PathBuf, String>;

/// Returns what people call those runs of the sweep that `wanted` begins with whose own names do not tell:
/// `night/baseline,r1` for `night/r1-ab`, see [`SweepFile::called`].
fn called(runs: &[RunSummary], wanted: &str) -> Called {
    let Some((sweep, _)) = wanted.split_once('/') else { return Called::new() };
    let own = runs.iter().filter(|run| run.sweep.as_deref() == Some(sweep));
    let folder = own.clone().find_map(|run| run.path.parent());
    let Some(plan) = folder.and_then(|folder| SweepFile::read(folder).ok()?) else {
        return Called::new();
    };
    let called = plan.called();
    let name = |run: &RunSummary| {
        let name = run.info()?.name.as_str();
        let experiment = called.get(name)?;
        Some((run.path.clone(), format!("{sweep}/{}", name_within(experiment, name))))
    };
    own.filter_map(name).collect()
}

/// Returns what follows a run's name in that of its folder.
fn end(run: &RunSummary) -> String {
    let folder = run.folder();
    let end = run.info().and_then(|info| folder.strip_prefix(&info.name));
    end.unwrap_or_default().to_owned()
}

/// Returns the run that [`record::scan`] would find in the folder `wanted`, without reading any other.
fn in_folder(runs_dir: &Path, wanted: &str) -> Option<RunSummary> {
    let names: Vec<&str> = wanted.split('/').collect();
    let path = runs_dir.join(wanted);
    let (sweep, is_possible) = match names[..] {
        [_] => (None, !path.join(SWEEP_JSON).exists()),
        [sweep, _] => (Some(sweep), !is_run(&runs_dir.join(sweep))),
        _ => return None,
    };
    let is_visible = names.iter().all(|name| !name.is_empty() && !name.starts_with('.'));
    (is_possible && is_visible && is_run(&path)).then(|| RunSummary::read(&path).within(sweep))
}

/// Returns the newest run of an experiment.
fn newest<'r>(runs: &'r [RunSummary], wanted: &str, called: &Called) -> Option<&'r RunSummary> {
    let goes_by = |run: &RunSummary, name: &str| {
        let within = |sweep: &String| wanted == format!("{sweep}/{name}");
        let is_called = called.get(&run.path).is_some_and(|name| name == wanted);
        name == wanted || is_called || run.sweep.as_ref().is_some_and(within)
    };
    let named = runs.iter().filter(|run| run.info().is_some_and(|info| goes_by(run, &info.name)));
    let named: Vec<&RunSummary> = named.collect();
    // Of trainings of one experiment, the number tells, whatever the clock said; copies have none.
    let latest: Vec<&RunSummary> = record::newest(named.iter().copied()).into_values().collect();
    let among = if latest.is_empty() { named } else { latest };
    let age =
        |run: &&RunSummary| Some((run.info()?.started, by_number(run.info()?, &run.folder())));
    among.into_iter().max_by_key(age)
}

/// Returns the sweep that contains all of the runs.
fn common_sweep<'a>(runs: &[&'a RunSummary]) -> Option<&'a str> {
    let first = runs.first()?;
    let planned = first.path.with_file_name(SWEEP_JSON).is_file();
    let same = planned && runs.iter().all(|run| run.sweep == first.sweep);
    first.sweep.as_deref().filter(|_| same)
}

/// Says which runs, perhaps all of a sweep, have one name.
fn several(wanted: &str, runs: &[&RunSummary], sweep: Option<&str>) -> String {
    let names: Vec<_> = runs.iter().take(LISTED).map(|run| qualified(run)).collect();
    let more = match runs.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let folder = runs.first().and_then(|run| run.path.parent());
    let best = sweep.zip(folder).map_or_else(String::new, |(sweep, at)| best::hint(at, sweep));
    format!("{wanted:?} fits several runs: {}{more}; name one of them{best}", names.join(", "))
}

/// Says that no run has a name, and which name was perhaps meant.
fn not_found(runs_dir: &Path, wanted: &str, runs: &[RunSummary], called: &Called) -> String {
    let sweeps = record::sweeps(runs_dir).unwrap_or_default();
    let sweeps: Vec<String> = sweeps.iter().map(|sweep| name_of(sweep)).collect();
    let near_sweep = |name: &str| nearest(name, sweeps.iter().map(String::as_str));
    let names = sweeps.iter().chain(called.values()).cloned();
    let names: Vec<String> = names.chain(runs.iter().map(qualified)).collect();
    let known = names.iter().flat_map(|name| goes_by(name, wanted));
    let whole = |near: &str| names.iter().find(|name| goes_by(name, wanted).contains(&near));
    let of_best = wanted.rsplit_once('@').and_then(|(sweep, _)| near_sweep(sweep));
    let near = of_best
        .map(best::name)
        .or_else(|| nearest(wanted, known).and_then(whole).cloned())
        // A part of a sweep's name is also one of the names of its runs.
        .or_else(|| near_sweep(wanted).map(str::to_owned));
    let hint = match near {
        Some(name) => format!("did you mean {name}?"),
        None if names.is_empty() => {
            "it holds none; `runner FILE.toml` trains some, `--runs-dir` names another folder"
                .into()
        }
        None => "`runner list` shows all there are".into(),
    };
    format!("there is no run or sweep {wanted:?} in {}; {hint}", runs_dir.display())
}

/// Returns what a run may be called instead of its whole `name`: without its sweep, and the beginnings of both
/// that are as long as `wanted`.
fn goes_by<'n>(name: &'n str, wanted: &str) -> [&'n str; 4] {
    let own = name.rsplit('/').next().unwrap_or(name);
    let length = wanted.chars().count();
    let beginning =
        |name: &'n str| name.char_indices().nth(length).map_or(name, |(end, _)| &name[..end]);
    [beginning(name), name, beginning(own), own]
}
