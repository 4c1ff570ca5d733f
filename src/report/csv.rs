//! A CSV table with one row per run, for spreadsheets and programs.

use super::Report;
use crate::{
    record::{csv_table, table::cell},
    spec::{Metric, value},
};

impl Report {
    /// Returns the runs as CSV: their facts, the keys in which they differ, the metrics of their best epochs,
    /// and any final metrics. Numbers are those of `metrics.csv`; missing values are empty cells.
    pub fn csv(&self) -> String {
        let mut header = vec!["run", "folder", "status", "seed", "epochs", "best_epoch"];
        header.extend(self.columns().iter().map(|key| key.path.as_str()));
        header.extend(self.metrics.iter().map(|metric| metric.name()));
        header.extend(self.finals.iter().map(|metric| metric.name()));
        header.extend(["parameters", "seconds"]);
        let rows = self.groups.iter().flat_map(|group| &group.runs).map(|index| {
            let run = &self.runs[*index];
            let best = run.best_row().map(|row| row.epoch.to_string()).unwrap_or_default();
            let status = run.info.status.to_string();
            let facts = [run.name.clone(), run.folder(), status, run.info.seed.to_string()];
            let mut row = Vec::from(facts);
            row.extend([run.epochs().to_string(), best]);
            // As in the tables of a sweep, so that they can be joined.
            let value = |path: &str| run.values.get(path).map(value::exact).unwrap_or_default();
            row.extend(self.columns().iter().map(|key| value(&key.path)));
            row.extend(self.metrics.iter().map(|metric: &Metric| cell(run.value(*metric))));
            row.extend(self.finals.iter().map(|metric| cell(run.info.final_value(*metric))));
            row.extend([run.info.parameters.to_string(), format!("{:.3}", run.seconds())]);
            row
        });
        String::from_utf8_lossy(&csv_table::bytes(header, rows)).into_owned()
    }
}
