//! `trials.csv`: a row for each run of a sweep, with no wall-clock in it.

use super::{
    exit::{Failure, Result},
    load::File,
};
use crate::record::{self, RunInfo, atomic};
use std::path::Path;

/// Writes the table of a sweep whose folder is `folder`, in the order of its plan.
///
/// A run that has not begun has empty cells.
pub fn write(file: &File, folder: &Path) -> Result<()> {
    let keys: Vec<&str> = match file.plans.first() {
        Some(plan) => plan.point.overrides.iter().map(|(key, _)| key.as_str()).collect(),
        None => return Ok(()),
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    let fixed = ["run", "seed"];
    let results = ["status", "epochs", "best_metric", "best_value", "best_epoch", "folder"];
    let metrics = crate::spec::Metric::ALL.map(crate::spec::Metric::name);
    let header = fixed.iter().chain(&keys).chain(&results).chain(&metrics);
    csv.write_record(header).map_err(Failure::failed)?;
    let runs = record::scan(folder).map_err(Failure::failed)?;
    for plan in &file.plans {
        let experiment = &plan.point.experiment;
        let run = runs.iter().rfind(|run| run.info().is_some_and(|info| info.name == plan.name()));
        let mut row = vec![plan.name().to_owned(), experiment.experiment.seed.to_string()];
        row.extend(plan.point.overrides.iter().map(|(_, value)| plain(value)));
        let info = run.and_then(|run| run.info());
        row.extend(cells(info));
        row.push(run.map_or(String::new(), |run| run.folder.clone()));
        row.extend(metrics.iter().map(|name| {
            let value = info.and_then(|info| info.metrics.get(*name));
            value.map_or(String::new(), ToString::to_string)
        }));
        csv.write_record(&row).map_err(Failure::failed)?;
    }
    let bytes = csv.into_inner().map_err(Failure::failed)?;
    atomic::write(&folder.join("trials.csv"), bytes).map_err(Failure::failed)
}

fn cells(info: Option<&RunInfo>) -> [String; 5] {
    let best = info.and_then(|info| info.best.as_ref());
    [
        info.map_or(String::new(), |info| info.status.to_string()),
        info.map_or(String::new(), |info| info.epochs.to_string()),
        best.map_or(String::new(), |best| best.metric.name().to_owned()),
        best.map_or(String::new(), |best| best.value.to_string()),
        best.map_or(String::new(), |best| best.epoch.to_string()),
    ]
}

/// A swept value as a cell: strings without their quotes.
fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
