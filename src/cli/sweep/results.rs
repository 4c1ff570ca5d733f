//! Writes the tables and figures of a sweep from the contents of its folder.

use super::{figures, prepare::Sweep};
use crate::{
    cli::{exit::Result, output, text},
    record::{
        self, RunSummary, atomic, metrics,
        sweep_json::{Planned, SweepFile},
    },
    spec::Metric,
    sweep::{Results, Row, trials},
};
use std::{collections::BTreeSet, fs, mem, path::Path};

/// Writes the tables and, unless it is `urgent` to end, figures and report; warns about runs whose files
/// cannot be read. Of a run `without_folder` of its own, an existing folder holds an older run, which does not
/// count.
pub fn write(sweep: &Sweep<'_>, without_folder: &BTreeSet<usize>, urgent: bool) -> Result<Results> {
    let is_replaced = sweep.is_replaced();
    let read = if is_replaced { collect } else { write_tables };
    let results = read(sweep, without_folder)?;
    // Runs without a status were already reported when they failed.
    warn(results.rows.iter().filter(|row| row.status().is_some()));
    if is_replaced {
        output::warn(format!(
            "{}: another process has planned other runs in this folder meanwhile; its tables, figures and \
             report are left to that process, and the same command writes them for this plan",
            sweep.folder.display()
        ));
    } else if !urgent {
        figures::write(sweep, &results, &trials::trials(&results))?;
    }
    Ok(results)
}

/// Prints warnings about damaged files of runs.
pub fn warn<'a>(rows: impl IntoIterator<Item = &'a Row>) {
    rows.into_iter().filter_map(|row| row.problem.as_ref()).for_each(output::warn);
}

/// Writes the tables.
pub fn write_tables(sweep: &Sweep<'_>, without_folder: &BTreeSet<usize>) -> Result<Results> {
    // The folder may have been removed while the sweep trains.
    if !SweepFile::path(&sweep.folder).exists() {
        sweep.write_plan()?;
    }
    let results = collect(sweep, without_folder)?;
    let tables = [
        (trials::TRIALS, trials::trials(&results)),
        (trials::GROUPS, trials::groups_table(&results)),
        (trials::TIMINGS, trials::timings(&results)),
    ];
    for (name, bytes) in tables {
        let path = sweep.folder.join(name);
        // An unchanged file keeps its modification time.
        if record::files::read(&path).ok().as_ref() != Some(&bytes) {
            atomic::write(&path, bytes)?;
        }
    }
    Ok(results)
}

/// Reads the results of each planned run; those in `without_folder` have none.
fn collect(sweep: &Sweep<'_>, without_folder: &BTreeSet<usize>) -> Result<Results> {
    let mut results = read(&sweep.folder, &sweep.plan)?;
    for &index in without_folder {
        let Row { run, called, seed, group, values, .. } = mem::take(&mut results.rows[index]);
        let has_failed = true;
        results.rows[index] =
            Row { run, called, seed, group, values, has_failed, ..Row::default() };
    }
    Ok(results)
}

/// Reads the results of each run that the plan of a sweep has, from the sweep's folder.
pub fn read(folder: &Path, plan: &SweepFile) -> Result<Results> {
    let existing = record::scan_sweep(folder)?;
    let metric: Metric = plan.metric.name;
    let called = plan.called();
    let mut rows: Vec<Row> = Vec::with_capacity(plan.points.len());
    let mut before: Option<&Planned> = None;
    for (point, run) in plan.points.iter().zip(plan.started_runs(&existing)) {
        let same = before.is_some_and(|before| before.values == point.values && point.repeat > 0);
        let group = rows.last().map_or(0, |last| last.group + usize::from(!same));
        before = Some(point);
        let value = |key: &String| toml::Value::try_from(point.values.get(key)?).ok();
        let planned = Row {
            run: point.name.clone(),
            called: called.get(point.name.as_str()).map(|name| (*name).to_owned()),
            seed: point.seed,
            group,
            values: plan.keys.iter().map(value).collect(),
            ..Row::default()
        };
        rows.push(with_result(planned, run, &folder.join(&point.folder), metric));
    }
    let (name, keys, comparable) = (plan.name.clone(), plan.keys.clone(), plan.is_comparable());
    Ok(Results { name, keys, metric, comparable, rows })
}

/// Adds the results in a run's folder, if there is one, to a planned row. Without `run`, whatever is at
/// `place`, where the run would be trained, counts.
fn with_result(planned: Row, run: Option<&RunSummary>, place: &Path, metric: Metric) -> Row {
    let at_place = || fs::symlink_metadata(place).is_ok().then(|| RunSummary::read(place));
    let Some(run) = run.cloned().or_else(at_place) else { return planned };
    let planned = Row { folder: run.folder(), ..planned };
    let read = run.info().map_or(Ok(Vec::new()), |info| metrics::of(&run.path, info));
    let damage = read.as_ref().err().map(ToString::to_string);
    let epochs = read.unwrap_or_default();
    match run.state.trusted() {
        Ok(info) => Row {
            best: info.best_by(&epochs, metric),
            problem: damage.or_else(|| text::without_best(&run.path, &info)),
            info: Some(info),
            epochs,
            ..planned
        },
        Err(reason) => Row { epochs, problem: Some(reason), ..planned },
    }
}
