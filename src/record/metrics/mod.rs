//! `metrics.csv`: one row per epoch, the same bytes for the same experiment.

use super::{
    Error, METRICS, Result, RunInfo, Status,
    table::{self, Cells, Row, Table, cell},
};
use crate::{spec::Metric, train::EpochMetrics, words::counted};
use std::{collections::BTreeMap, path::Path};

/// What is to be done about a file that does not have what was written.
const CHANGED: &str =
    ": it was changed since; put it back as it was, or use --force to train again in a new folder";

fn line(epoch: &EpochMetrics) -> String {
    let mut cells = vec![epoch.epoch.to_string(), epoch.step.to_string()];
    cells.extend(Metric::ALL.map(|metric| cell(epoch.value(metric))));
    cells.push(cell(epoch.learning_rate));
    cells.join(",")
}

fn parse(row: &Row) -> Result<EpochMetrics> {
    let mut values = BTreeMap::new();
    for metric in Metric::ALL {
        if let Some(value) = row.get(metric.name())? {
            values.insert(metric, value);
        }
    }
    Ok(EpochMetrics {
        epoch: row.need("epoch")?,
        step: row.need("step")?,
        values,
        learning_rate: row.get("learning_rate")?,
    })
}

/// Returns the names of the columns, comma-separated.
pub fn header() -> String {
    let metrics = Metric::ALL.map(Metric::name).join(",");
    format!("epoch,step,{metrics},learning_rate")
}

/// Reads all epochs of a file that may still be growing; none if there is no file.
///
/// # Errors
/// If the file cannot be read or a complete line of it is not a row; the error names the line.
pub fn read(path: &Path) -> Result<Vec<EpochMetrics>> {
    Cells::read(path)?.rows(parse)
}

/// Writes the whole file.
///
/// # Errors
/// Any I/O error.
pub fn write(path: &Path, rows: &[EpochMetrics]) -> Result<()> {
    table::write(path, &header(), rows.iter().map(line))
}

/// Reads all epochs in the same way, but refuses a file that has lost a column: its values would pass for
/// ones that were not measured.
fn read_whole(path: &Path) -> Result<Vec<EpochMetrics>> {
    let cells = Cells::read(path)?;
    cells.check_columns(&header())?;
    cells.rows(parse)
}

/// Reads the rows of the first `epochs` epochs.
///
/// # Errors
/// As for [`read`], and if one of these epochs or a column is missing.
pub fn of_first(path: &Path, epochs: usize) -> Result<Vec<EpochMetrics>> {
    let mut rows = read_whole(path)?;
    rows.truncate(epochs);
    if rows.iter().map(|row| row.epoch).eq(1..=epochs) {
        return Ok(rows);
    }
    let reason =
        format!("does not have all rows of the {} that are done", counted(epochs, "epoch"));
    Err(Error::broken(path, reason))
}

/// Reads the rows of the run in a folder. A truncated file is an error, as its rows would pass for the whole
/// run.
///
/// # Errors
/// As for [`read`], and if a column is missing, or rows that `info` counts.
pub fn of(folder: &Path, info: &RunInfo) -> Result<Vec<EpochMetrics>> {
    let path = folder.join(METRICS);
    let rows = read_whole(&path).and_then(|rows| check(&path, &rows, info).map(|()| rows));
    rows.map_err(|error| match error {
        Error::Broken { path, reason } => Error::Broken { path, reason: reason + CHANGED },
        error => error,
    })
}

/// Checks that a file has a row for each of its run's epochs, unless the run is being trained.
///
/// # Errors
/// If rows are missing because the file was truncated or removed.
fn check(path: &Path, rows: &[EpochMetrics], info: &RunInfo) -> Result<()> {
    if info.status == Status::Running || rows.len() >= info.epochs {
        return Ok(());
    }
    let epochs = counted(info.epochs, "epoch");
    Err(Error::broken(path, format!("has rows for {} of {epochs}", rows.len())))
}

/// Returns a metric epoch by epoch, NaN where it is missing.
pub fn column(rows: &[EpochMetrics], metric: Metric) -> Vec<f64> {
    rows.iter().map(|row| row.value(metric).unwrap_or(f64::NAN)).collect()
}

/// `metrics.csv`, open for appending.
#[derive(Debug)]
pub struct MetricsFile {
    table: Table,
    epochs: usize,
}

impl MetricsFile {
    /// Opens or creates the file of a run that has completed `epochs` epochs; later rows are cut off.
    ///
    /// # Errors
    /// Any I/O error, or if rows of completed epochs are missing.
    pub fn open(path: &Path, epochs: usize) -> Result<Self> {
        let mut rows = 0;
        let table = Table::open(path, &header(), |line| {
            let keep = rows < epochs && epoch_of(line) == Some(rows + 1);
            rows += usize::from(keep);
            keep
        })?;
        if rows < epochs {
            let reason = format!(
                "has rows for {rows} epochs, but the checkpoint was saved after {epochs}{CHANGED}"
            );
            return Err(Error::broken(path, reason));
        }
        Ok(Self { table, epochs })
    }

    /// Appends the next epoch; it is on disk when this returns.
    ///
    /// # Errors
    /// Any I/O error, or if `row` is not of the next epoch.
    pub fn append(&mut self, row: &EpochMetrics) -> Result<()> {
        if row.epoch != self.epochs + 1 {
            let reason = format!("epoch {} cannot follow epoch {}", row.epoch, self.epochs);
            return Err(Error::broken(self.table.path(), reason));
        }
        self.table.append(&line(row))?;
        self.epochs = row.epoch;
        Ok(())
    }
}

/// Returns the epoch of a line, if it is a complete row.
fn epoch_of(line: &str) -> Option<usize> {
    let cells: Vec<&str> = line.split(',').collect();
    (cells.len() == Metric::ALL.len() + 3).then(|| cells[0].parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
