//! `SWEEP@best`: a name for the best run of a sweep, whichever run that is.

use crate::{
    cli::{
        exit::{Failure, Result},
        sweep::read,
    },
    record::{RunSummary, read::name_of, sweep_json::SweepFile},
    report::{incomparable, run::Run},
    sweep::{Results, Row},
};
use std::path::Path;

/// The part after the `@` in the name of a sweep's best run.
const BEST: &str = "best";

/// Returns the name of the best run of a sweep.
pub fn name(sweep: &str) -> String {
    format!("{sweep}@{BEST}")
}

/// Returns the name of the best run of the sweep in a folder as one more thing to name, `, or SWEEP@best`; empty if
/// its runs cannot be compared, so that none is called the best.
pub fn hint(folder: &Path, sweep: &str) -> String {
    let plan = SweepFile::read(folder).ok().flatten();
    let is_comparable = plan.is_some_and(|plan| plan.is_comparable());
    if is_comparable { format!(", or {}", name(sweep)) } else { String::new() }
}

/// Returns the best complete run of the best combination of the sweep in a folder, for its name `sweep`@`word`.
///
/// # Errors
/// When `word` is another one, and when no run is the best, or none yet.
pub fn of(folder: &Path, sweep: &str, word: &str) -> Result<RunSummary> {
    let no_run = |why: String| Failure::usage(format!("{:?}: {why}", format!("{sweep}@{word}")));
    if word != BEST {
        let best = name(sweep);
        return Err(no_run(format!("@{word} names no run; {best} is the best run of the sweep")));
    }
    let results = read(folder)?;
    if !results.comparable {
        return Err(no_run(different(folder, &results)));
    }
    let metric = results.metric;
    let group = results.best_group().map(|(group, _)| group).unwrap_or_default();
    let complete = group.into_iter().filter(|row| row.is_complete());
    let valued = complete.filter_map(|row| Some((row, row.best?.1)));
    let Some((row, _)) = metric.mode().best(valued, |(_, value)| *value) else {
        let why = "no run of the sweep is complete yet; `runner show` shows their status";
        return Err(no_run(why.to_owned()));
    };
    Ok(RunSummary::read(&folder.join(&row.folder)).within(Some(name_of(folder))))
}

/// Explains why the runs of a sweep cannot be compared, naming the keys that change what the metric means.
fn different(folder: &Path, results: &Results) -> String {
    let read = |row: &Row| Run::read(RunSummary::read(&folder.join(&row.folder))).ok();
    let runs: Vec<Run> = results.rows.iter().filter_map(read).collect();
    let why = incomparable(&runs.iter().collect::<Vec<_>>(), results.metric);
    // The plan knows that they differ before enough runs have started to show in which keys.
    let why = why.unwrap_or_else(|| "They validate on other images, or their tasks differ".into());
    format!("no run of the sweep is called the best. {why}; name one of them")
}
