//! `runner show SWEEP`: how a sweep stands, read from its folder alone.

use super::results::{best_lines, counts, group_rows, statuses, warn, with_result};
use crate::{
    cli::{
        exit::{Exit, Failure, Result},
        output,
        text::table,
    },
    record::{
        self, RunSummary, SWEEP_JSON,
        sweep_json::{Planned, SweepFile},
    },
    spec::Metric,
    sweep::{Results, Row},
};
use serde_json::json;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// The folder of the sweep that `wanted` names, a folder or the name of one in `runs_dir`; none if it is no
/// sweep.
pub fn folder(runs_dir: &Path, wanted: &str) -> Option<PathBuf> {
    let places = [PathBuf::from(wanted), runs_dir.join(wanted)];
    places.into_iter().find(|folder| folder.join(SWEEP_JSON).is_file())
}

/// Shows the sweep that `wanted` names, see [`folder`]; none if it is no sweep.
pub fn show(runs_dir: &Path, wanted: &str, as_json: bool) -> Option<Result> {
    folder(runs_dir, wanted).map(|folder| print(&folder, as_json))
}

/// The plan of the sweep in a folder.
fn plan_of(folder: &Path) -> Result<SweepFile> {
    SweepFile::read(folder)?
        .ok_or_else(|| Failure::failed(format!("{} is gone", folder.join(SWEEP_JSON).display())))
}

/// The runs of the sweep in a folder that have begun, in the order of its plan, and how many there are to be.
pub fn runs(folder: &Path) -> Result<(Vec<RunSummary>, usize)> {
    let file = plan_of(folder)?;
    let there = record::scan_sweep(folder)?;
    let begun = begun(&file, &there).into_iter().flatten().cloned().collect();
    Ok((begun, file.points.len()))
}

/// What is there of each planned run.
fn begun<'r>(file: &SweepFile, there: &'r [RunSummary]) -> Vec<Option<&'r RunSummary>> {
    let newest = record::newest(there);
    let planned: HashMap<&str, &RunSummary> =
        there.iter().map(|run| (run.folder.as_str(), run)).collect();
    let run = |point: &Planned| {
        let run = planned.get(point.folder.as_str()).copied();
        // Trained anew since the plan was written, it has another folder.
        let key = run.and_then(RunSummary::key);
        key.and_then(|key| newest.get(&key).copied()).or(run)
    };
    file.points.iter().map(run).collect()
}

fn print(folder: &Path, as_json: bool) -> Result {
    let file = plan_of(folder)?;
    let results = read(folder, &file)?;
    warn(&results.rows);
    if as_json {
        let mut value = serde_json::to_value(&file)?;
        value["folder"] = folder.display().to_string().into();
        value["statuses"] = statuses(&results.rows).into();
        for (point, row) in value["points"].as_array_mut().into_iter().flatten().zip(&results.rows)
        {
            point["status"] = row.standing().unwrap_or("to come").into();
            point["best"] = json!(row.best.map(|(_, value)| value));
            if !row.results.is_empty() {
                point["results"] = json!(row.results);
            }
        }
        output::json(&value)?;
        return Ok(Exit::Done);
    }
    let mut text = format!("{}\n  {}\n", folder.display(), counts(&results));
    if !file.description.is_empty() {
        text = format!("{text}  {}\n", file.description);
    }
    for line in best_lines(&results, folder) {
        text = format!("{text}  {line}\n");
    }
    let metric = format!("best {}", results.metric.name());
    let table = table(["values", "complete", &metric], &group_rows(&results));
    output::result(format!("{text}\n{table}"))?;
    Ok(Exit::Done)
}

/// The results as far as `sweep.json` and the runs' own files tell them.
fn read(folder: &Path, file: &SweepFile) -> Result<Results> {
    let there = record::scan_sweep(folder)?;
    let metric: Metric = file.metric.name;
    let mut rows: Vec<Row> = Vec::with_capacity(file.points.len());
    let mut before: Option<&Planned> = None;
    for (point, run) in file.points.iter().zip(begun(file, &there)) {
        let same = before.is_some_and(|before| before.values == point.values && point.repeat > 0);
        let group = rows.last().map_or(0, |last| last.group + usize::from(!same));
        before = Some(point);
        let value = |key: &String| toml::Value::try_from(point.values.get(key)?).ok();
        let planned = Row {
            run: point.name.clone(),
            seed: point.seed,
            group,
            values: file.keys.iter().map(value).collect(),
            folder: point.folder.clone(),
            ..Row::default()
        };
        rows.push(with_result(planned, run, &folder.join(&point.folder), metric));
    }
    let (name, keys, comparable) = (file.name.clone(), file.keys.clone(), file.is_comparable());
    Ok(Results { name, keys, metric, comparable, rows })
}
