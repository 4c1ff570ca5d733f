//! `metrics.csv`: one row per epoch, the same bytes for the same experiment.

use super::{
    Error, METRICS, Result, RunInfo, Status,
    table::{self, Cells, Row, Table, cell},
};
use crate::{spec::Metric, train::EpochMetrics, words::counted};
use std::{collections::BTreeMap, path::Path};

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

/// Reads the rows of the first `epochs` epochs.
///
/// # Errors
/// As for [`read`], and if one of these epochs is missing.
pub fn of_first(path: &Path, epochs: usize) -> Result<Vec<EpochMetrics>> {
    let mut rows = read(path)?;
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
/// As for [`read`], and if rows are missing that `info` counts.
pub fn of(folder: &Path, info: &RunInfo) -> Result<Vec<EpochMetrics>> {
    let path = folder.join(METRICS);
    let rows = read(&path)?;
    check(&path, &rows, info)?;
    Ok(rows)
}

/// Checks that a file has a row for each of its run's epochs, unless the run is being trained.
///
/// # Errors
/// If rows are missing because the file was truncated or removed.
fn check(path: &Path, rows: &[EpochMetrics], info: &RunInfo) -> Result<()> {
    if info.status == Status::Running || rows.len() >= info.epochs {
        return Ok(());
    }
    let reason = format!(
        "has rows for {} of {}: it was changed since; put it back as it was, or use --force to train again in a new folder",
        rows.len(),
        counted(info.epochs, "epoch")
    );
    Err(Error::broken(path, reason))
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
                "has rows for {rows} epochs, but the checkpoint was saved after {epochs}: it was changed since; \
                 put it back as it was, or use --force to train again in a new folder"
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn row(epoch: usize) -> EpochMetrics {
        let values = BTreeMap::from([(Metric::Loss, 0.25 / epoch as f64), (Metric::ValLoss, 0.1)]);
        EpochMetrics { epoch, step: 10 * epoch as u64, values, learning_rate: Some(1e-7) }
    }

    /// A file of three epochs.
    fn three() -> (tempfile::TempDir, std::path::PathBuf, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut file = MetricsFile::open(&path, 0).unwrap();
        (1..=3).for_each(|epoch| file.append(&row(epoch)).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        (folder, path, text)
    }

    #[test]
    fn missing_values_are_empty_cells_and_numbers_are_short() {
        let (_folder, _, text) = three();
        assert_eq!(
            text.lines().take(2).collect::<Vec<_>>(),
            [
                "epoch,step,loss,val_loss,val_mse,val_mae,val_psnr,val_ssim,learning_rate",
                "1,10,0.25,0.1,,,,,1e-7"
            ]
        );
    }

    #[test]
    fn a_file_cut_off_anywhere_reads_as_its_whole_rows() {
        let (_folder, path, text) = three();
        for len in 0..=text.len() {
            fs::write(&path, &text[..len]).unwrap();
            let whole = text[..len].matches('\n').count().saturating_sub(1);
            assert_eq!(read(&path).unwrap(), (1..=whole).map(row).collect::<Vec<_>>(), "{len}");
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_is_continued_as_if_it_had_not_been() {
        let (_folder, path, text) = three();
        for len in 0..=text.len() {
            let whole = text[..len].matches('\n').count().saturating_sub(1);
            for known in 0..=whole {
                fs::write(&path, &text[..len]).unwrap();
                let mut file = MetricsFile::open(&path, known).unwrap();
                (known + 1..=3).for_each(|epoch| file.append(&row(epoch)).unwrap());
                assert_eq!(fs::read_to_string(&path).unwrap(), text, "{len} bytes, {known} epochs");
            }
        }
    }

    #[test]
    fn rows_in_the_checkpoint_but_not_in_the_file_are_an_error() {
        let (_folder, path, text) = three();
        let error = MetricsFile::open(&path, 4).unwrap_err().to_string();
        assert!(error.contains("3 epochs") && error.contains("after 4"), "{error}");
        let gap = text.replace("2,20,0.125,0.1,,,,,1e-7\n", "");
        assert_ne!(gap, text);
        fs::write(&path, gap).unwrap();
        assert!(MetricsFile::open(&path, 3).is_err());
    }

    #[test]
    fn fewer_rows_than_epochs_are_an_error_unless_the_run_is_being_trained() {
        let rows = [row(1), row(2)];
        let with = |status, epochs| {
            let info = RunInfo { status, epochs, ..RunInfo::new("a", "ab") };
            check(Path::new("metrics.csv"), &rows, &info).map_err(|error| error.to_string())
        };
        // A training process writes its row before `run.json`.
        for fine in [with(Status::Completed, 2), with(Status::Interrupted, 1)] {
            assert_eq!(fine, Ok(()));
        }
        assert_eq!(with(Status::Running, 3), Ok(()));
        let message = with(Status::Completed, 3).unwrap_err();
        assert!(message.starts_with("metrics.csv: has rows for 2 of 3 epochs"), "{message}");
    }

    #[test]
    fn an_epoch_is_neither_repeated_nor_left_out() {
        let (_folder, path, text) = three();
        let mut file = MetricsFile::open(&path, 3).unwrap();
        assert!(file.append(&row(3)).is_err());
        assert!(file.append(&row(5)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn columns_are_found_by_name_and_unknown_ones_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        fs::write(&path, "step,epoch,fid,loss\r\n7,1,3.5,0.5\r\n").unwrap();
        let values = BTreeMap::from([(Metric::Loss, 0.5)]);
        assert_eq!(
            read(&path).unwrap(),
            [EpochMetrics { epoch: 1, step: 7, values, learning_rate: None }]
        );
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(
            values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 7),
            step in any::<u64>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("metrics.csv");
            let metrics = Metric::ALL.into_iter().zip(&values);
            let row = EpochMetrics {
                epoch: 1,
                step,
                values: metrics.filter_map(|(metric, value)| Some((metric, (*value)?))).collect(),
                learning_rate: values[6],
            };
            MetricsFile::open(&path, 0).unwrap().append(&row).unwrap();
            // Debug text, in which NaN equals NaN and the sign of 0 shows.
            prop_assert_eq!(format!("{:?}", read(&path).unwrap()), format!("{:?}", [row]));
        }
    }
}
