//! Finds the run that a user means.

use super::{RunSummary, is_run, scan, scan_sweep};
use crate::{
    record::{Error, Result, SWEEP_JSON, folder_name::by_number},
    spec::nearest,
};
use std::path::Path;

/// At most this many runs are named in an error.
pub(super) const LISTED: usize = 8;

/// Finds the run that a user means: by path, by folder name or its beginning, or by the name of an
/// experiment, optionally prefixed with its sweep. Of several runs of that name, the newest is returned.
///
/// # Errors
/// If no run or more than one matches `wanted`; the error lists those that do.
pub fn find(runs_dir: &Path, wanted: &str) -> Result<RunSummary> {
    let path = Path::new(wanted);
    if is_run(path) {
        return Ok(RunSummary::read(path, None));
    }
    let runs = scan(runs_dir)?;
    let wanted = wanted.trim_end_matches('/');
    let qualified = |run: &RunSummary| match &run.sweep {
        Some(sweep) => format!("{sweep}/{}", run.folder),
        None => run.folder.clone(),
    };
    if let Some(run) = runs.iter().find(|run| qualified(run) == wanted) {
        return Ok(run.clone());
    }
    let goes_by = |run: &RunSummary, name: &str| {
        let within = |sweep: &String| wanted == format!("{sweep}/{name}");
        name == wanted || run.sweep.as_ref().is_some_and(within)
    };
    let named = runs.iter().filter(|run| run.info().is_some_and(|info| goes_by(run, &info.name)));
    // A copy has the same start time as its original.
    let age = |run: &&RunSummary| Some((run.info()?.started, by_number(run.info()?, &run.folder)));
    if let Some(newest) = named.max_by_key(age) {
        return Ok(newest.clone());
    }
    // The path of a sweep, as completed by a shell, stands for all its runs.
    let is_sweep = path.join(SWEEP_JSON).is_file();
    let own = if is_sweep { scan_sweep(path)? } else { Vec::new() };
    let fits =
        |run: &&RunSummary| qualified(run).starts_with(wanted) || run.folder.starts_with(wanted);
    let matches: Vec<&RunSummary> =
        if is_sweep { own.iter().collect() } else { runs.iter().filter(fits).collect() };
    match matches[..] {
        [run] => Ok(run.clone()),
        [] => Err(Error::Find(not_found(
            runs_dir,
            wanted,
            &runs.iter().map(qualified).collect::<Vec<_>>(),
        ))),
        _ => {
            let names: Vec<_> = matches.iter().take(LISTED).map(|run| qualified(run)).collect();
            let more = match matches.len() - names.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names = names.join(", ");
            let sweep = if is_sweep { Some(wanted) } else { common_sweep(&matches) };
            let best = sweep.map_or_else(String::new, |sweep| format!(", or {sweep}@best"));
            Err(Error::Find(format!(
                "{wanted:?} fits several runs: {names}{more}; name one of them{best}"
            )))
        }
    }
}

/// Returns the sweep that contains all of the runs.
fn common_sweep<'a>(runs: &[&'a RunSummary]) -> Option<&'a str> {
    let first = runs.first()?;
    let planned = first.path.with_file_name(SWEEP_JSON).is_file();
    let same = planned && runs.iter().all(|run| run.sweep == first.sweep);
    first.sweep.as_deref().filter(|_| same)
}

fn not_found<'a>(runs_dir: &Path, wanted: &str, names: &'a [String]) -> String {
    // A run of a sweep also goes by its own name, and a prefix of either suffices: compare with all of these.
    let both = |name: &'a str| [name, name.rsplit('/').next().unwrap_or(name)];
    let length = wanted.chars().count();
    let beginning =
        |name: &'a str| name.char_indices().nth(length).map_or(name, |(end, _)| &name[..end]);
    let known = names.iter().flat_map(|name| both(name)).flat_map(|name| [beginning(name), name]);
    let near = nearest(wanted, known).and_then(|near| {
        names.iter().find(|name| both(name).iter().any(|name| name.starts_with(near)))
    });
    let hint = match near {
        Some(name) => format!("did you mean {name}?"),
        None if names.is_empty() => {
            "it holds none; `runner FILE.toml` trains some, `--runs-dir` names another folder"
                .into()
        }
        None => "`runner list` shows all there are".into(),
    };
    format!("there is no run {wanted:?} in {}; {hint}", runs_dir.display())
}
