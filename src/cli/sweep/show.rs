//! `runner show SWEEP`: shows the state of a sweep, read from its folder alone.

use super::{
    results::{self, warn},
    summary::{best_lines, counts, group_rows, statuses},
    under_way::UnderWay,
};
use crate::{
    cli::{
        exit::{Exit, Failure, Result},
        output,
        text::{finals, table},
    },
    record::{self, RunSummary, SWEEP_JSON, sweep_json::SweepFile},
    sweep::Results,
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// Reads the results of the sweep in a folder from its plan and the files of its runs.
pub fn read(folder: &Path) -> Result<Results> {
    results::read(folder, &plan(folder)?)
}

/// Reads the plan of the sweep in a folder.
fn plan(folder: &Path) -> Result<SweepFile> {
    let gone = || Failure::failed(format!("{} is gone", folder.join(SWEEP_JSON).display()));
    SweepFile::read(folder)?.ok_or_else(gone)
}

/// Returns the runs of the sweep in a folder that have started, in the order of its plan, and the number of
/// planned runs.
pub fn runs(folder: &Path) -> Result<(Vec<RunSummary>, usize)> {
    let file = plan(folder)?;
    let existing = record::scan_sweep(folder)?;
    let begun = file.started_runs(&existing).into_iter().flatten().cloned().collect();
    Ok((begun, file.points.len()))
}

/// Shows the sweep in a folder.
pub fn show(folder: &Path, as_json: bool) -> Result {
    let file = plan(folder)?;
    let results = results::read(folder, &file)?;
    warn(&results.rows);
    let under_way = UnderWay::of(folder, &file, &results);
    if as_json {
        let mut value = serde_json::to_value(&file)?;
        value["folder"] = folder.display().to_string().into();
        value["statuses"] = statuses(&results.rows).into();
        let points = value["points"].as_array_mut().into_iter().flatten();
        for (index, (point, row)) in points.zip(&results.rows).enumerate() {
            point["status"] = row.word().into();
            point["best"] = json!(row.best.map(|(_, value)| value));
            if let Some(info) = row.info.as_ref().filter(|info| !info.finals.is_empty()) {
                let finals = finals(info).map(|(metric, value)| (metric.name(), value));
                point["results"] = json!(finals.collect::<BTreeMap<_, _>>());
            }
            if let Some((run, progress)) = under_way.as_ref().and_then(|it| it.runs.get(&index)) {
                point["progress"] = progress.json(run);
            }
        }
        if let Some(under_way) = under_way {
            value["over"] = under_way.over.into();
            value["seconds_left"] = json!(under_way.seconds_left);
        }
        output::json(&value)?;
        return Ok(Exit::Done);
    }
    let left = under_way.as_ref().and_then(UnderWay::left).unwrap_or_default();
    let mut text = format!("{}\n  {}{left}\n", folder.display(), counts(&results));
    if !file.description.is_empty() {
        text = format!("{text}  {}\n", file.description);
    }
    for line in best_lines(&results, folder) {
        let line = format!("  {line}");
        text = format!("{text}{}\n", line.trim_end());
    }
    if let Some(under_way) = under_way {
        text = format!("{text}\n{}\n", under_way.table(&results));
    }
    let table = table(["values", "complete", &results.value_name()], &group_rows(&results));
    output::result(format!("{text}\n{table}"))?;
    Ok(Exit::Done)
}
