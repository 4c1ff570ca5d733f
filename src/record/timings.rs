//! `timings.csv`: how long each epoch took. Kept apart from `metrics.csv`, which has no clock times and is
//! reproducible.

use super::{
    Error, Result, files,
    table::{self, Cells, Row, Table, cell},
};
use std::{fs, path::Path};

const HEADER: &str = "epoch,seconds,images_per_second,peak_memory_mib";

/// What one epoch cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Seconds for training and validation, over all processes.
    pub seconds: f64,
    /// Training images per second, in the process that ended the epoch.
    pub images_per_second: f64,
    /// Peak memory of the process so far, in MiB, if the system reports it.
    pub peak_memory_mib: Option<f64>,
}

impl Timing {
    fn line(&self) -> String {
        let [seconds, rate, memory] =
            [Some(self.seconds), Some(self.images_per_second), self.peak_memory_mib].map(cell);
        format!("{},{seconds},{rate},{memory}", self.epoch)
    }

    fn parse(row: &Row) -> Result<Self> {
        Ok(Self {
            epoch: row.need("epoch")?,
            seconds: row.need("seconds")?,
            images_per_second: row.need("images_per_second")?,
            peak_memory_mib: row.get("peak_memory_mib")?,
        })
    }
}

/// `timings.csv`, open for appending.
#[derive(Debug)]
pub struct TimingsFile {
    table: Table,
    damaged: bool,
}

impl TimingsFile {
    /// Opens or creates the file of a run that has completed `epochs` epochs; later rows are cut off. A
    /// damaged file is replaced: training must not fail because of timings.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn open(path: &Path, epochs: usize) -> Result<Self> {
        match open_table(path, epochs) {
            Err(Error::Broken { .. }) => {
                files::remove(path)?;
                Ok(Self { table: open_table(path, epochs)?, damaged: true })
            }
            table => Ok(Self { table: table?, damaged: false }),
        }
    }

    /// Returns a warning if the file was damaged.
    pub fn warning(&self) -> Option<String> {
        let path = self.table.path().display();
        let warning = || format!("{path} was damaged and is rewritten, without the epochs so far");
        self.damaged.then(warning)
    }

    /// Appends an epoch.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn append(&mut self, timing: &Timing) -> Result<()> {
        self.table.append(&timing.line())
    }
}

fn open_table(path: &Path, epochs: usize) -> Result<Table> {
    let mut last = 0;
    Table::open(path, HEADER, |line| {
        let epoch = line.split(',').next().and_then(|cell| cell.parse().ok());
        let whole = line.matches(',').count() == HEADER.matches(',').count();
        let keep = whole && epoch.is_some_and(|epoch| last < epoch && epoch <= epochs);
        last = epoch.unwrap_or(last);
        keep
    })
}

/// Writes the whole file.
///
/// # Errors
/// Any I/O error.
pub fn write(path: &Path, timings: &[Timing]) -> Result<()> {
    let lines = timings.iter().map(Timing::line);
    table::write(path, HEADER, lines)
}

/// Reads all epochs of a file that may still be growing; none if there is no file.
///
/// # Errors
/// If the file cannot be read or a complete line of it is not a row; the error names the line.
pub fn read(path: &Path) -> Result<Vec<Timing>> {
    Cells::read(path)?.rows(Timing::parse)
}

/// Returns the peak memory of this process so far, in MiB; `None` if the system does not report it.
pub fn peak_memory_mib() -> Option<f64> {
    peak_of(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Parses the peak resident memory, which is in KiB, from the text of `/proc/<pid>/status`.
fn peak_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(epoch: usize) -> Timing {
        let peak_memory_mib = (epoch > 1).then_some(12.5);
        Timing { epoch, seconds: 1.5, images_per_second: 4e4, peak_memory_mib }
    }

    #[test]
    fn rows_of_known_epochs_are_kept_and_later_ones_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timings.csv");
        let mut file = TimingsFile::open(&path, 0).unwrap();
        (1..=3).for_each(|epoch| file.append(&timing(epoch)).unwrap());
        assert_eq!(read(&path).unwrap(), [1, 2, 3].map(timing));
        let mut file = TimingsFile::open(&path, 2).unwrap();
        assert_eq!(read(&path).unwrap(), [1, 2].map(timing));
        file.append(&Timing { seconds: 9.0, ..timing(3) }).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "epoch,seconds,images_per_second,peak_memory_mib\n\
             1,1.5,40000.0,\n2,1.5,40000.0,12.5\n3,9.0,40000.0,12.5\n"
        );
    }

    #[test]
    fn a_file_that_is_not_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timings.csv");
        for text in [&b"x\n"[..], b"\xff\xff\n"] {
            fs::write(&path, text).unwrap();
            TimingsFile::open(&path, 5).unwrap().append(&timing(6)).unwrap();
            assert_eq!(read(&path).unwrap(), [timing(6)]);
        }
    }

    #[test]
    fn peak_memory_is_read_if_the_system_reports_it() {
        assert_eq!(peak_of("Name:\trunner\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2.0));
        assert_eq!(peak_of("Name:\trunner\n"), None);
        if cfg!(target_os = "linux") {
            assert!(peak_memory_mib().is_some_and(|mib| mib > 0.5));
        }
    }
}
