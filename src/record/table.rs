//! CSV files of numbers that grow line by line.

use super::{Error, Result, atomic, files};
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{ErrorKind, Write},
    iter,
    path::{Path, PathBuf},
};

/// A file open for appending, by its only writer.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Table {
    /// Opens or creates a file whose first line is `header`, and cuts it off before the first line that is
    /// torn or rejected by `keep`, which sees the lines below the header in order.
    pub(super) fn open(
        path: &Path,
        header: &str,
        mut keep: impl FnMut(&str) -> bool,
    ) -> Result<Self> {
        let text = whole_lines(path)?;
        let mut lines = text.split_inclusive('\n');
        let len = match lines.next() {
            None => {
                atomic::write(path, format!("{header}\n"))?;
                header.len() + 1
            }
            Some(first) if first.trim_end() == header => {
                first.len()
                    + lines.take_while(|line| keep(line.trim_end())).map(str::len).sum::<usize>()
            }
            Some(first) => {
                let reason = format!(
                    "begins with {:?}, but {header:?} is expected: it was written by another version of this \
                     program or changed since; put it back as it was, or use --force to train again in a new \
                     folder",
                    first.trim_end()
                );
                return Err(Error::broken(path, reason));
            }
        } as u64;
        let open = || {
            let file = OpenOptions::new().append(true).open(path)?;
            if file.metadata()?.len() != len {
                file.set_len(len)?;
                file.sync_all()?;
            }
            Ok(file)
        };
        let file = open().map_err(Error::io("open", path))?;
        Ok(Self { path: path.to_path_buf(), file, len })
    }

    /// Appends a line and syncs it to disk. On error, the file is unchanged.
    pub(super) fn append(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\n");
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // A torn line would run into the next one. If even this fails, readers ignore it.
            let _ = self.file.set_len(self.len);
            return Err(Error::io("write", &self.path)(error));
        }
        self.len += line.len() as u64;
        Ok(())
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a whole file: a header and lines.
pub(super) fn write(path: &Path, header: &str, lines: impl Iterator<Item = String>) -> Result<()> {
    let text: String = iter::once(header.to_owned()).chain(lines).map(|line| line + "\n").collect();
    atomic::write(path, text)
}

/// The cells of a file, with its header.
pub(super) struct Cells {
    columns: Vec<String>,
    /// Each row with its line number, counted from 1.
    rows: Vec<(usize, Vec<String>)>,
    path: PathBuf,
}

impl Cells {
    /// Reads all complete lines of a file that may still be growing; none if there is no file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = whole_lines(path)?;
        let split = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect();
        let mut lines = text.lines();
        let columns: Vec<String> = lines.next().map(split).unwrap_or_default();
        let mut rows = Vec::new();
        for (number, line) in (2..).zip(lines) {
            let cells: Vec<String> = split(line);
            if cells.len() != columns.len() {
                let reason = format!(
                    "line {number} has {} cells, but the header has {}",
                    cells.len(),
                    columns.len()
                );
                return Err(Error::broken(path, reason));
            }
            rows.push((number, cells));
        }
        Ok(Self { columns, rows, path: path.to_path_buf() })
    }

    /// Checks that the file has all of these columns, whose names are comma-separated, unless it is empty.
    pub(super) fn check_columns(&self, names: &str) -> Result<()> {
        let lost = names.split(',').filter(|name| !self.columns.iter().any(|known| known == name));
        let lost: Vec<&str> = lost.collect();
        if self.columns.is_empty() || lost.is_empty() {
            return Ok(());
        }
        Err(Error::broken(&self.path, format!("its header has no {}", lost.join(", no "))))
    }

    /// Parses every row with `parse`.
    pub(super) fn rows<T>(&self, parse: impl Fn(&Row) -> Result<T>) -> Result<Vec<T>> {
        self.rows
            .iter()
            .map(|(line, cells)| parse(&Row { table: self, line: *line, cells }))
            .collect()
    }
}

/// One row of a file.
pub(super) struct Row<'a> {
    table: &'a Cells,
    line: usize,
    cells: &'a [String],
}

impl Row<'_> {
    /// Returns the value in a column; `None` if the cell is empty or the column is missing.
    pub(super) fn get<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>> {
        let place = self.table.columns.iter().position(|name| name == column);
        let cell = place.map_or("", |place| &self.cells[place]);
        if cell.is_empty() {
            return Ok(None);
        }
        cell.parse().map(Some).map_err(|_| {
            self.error(&format!(
                "column {column} has {cell:?}, which is not a number of the right type"
            ))
        })
    }

    /// Returns the value in a required column.
    pub(super) fn need<T: std::str::FromStr>(&self, column: &str) -> Result<T> {
        self.get(column)?.ok_or_else(|| self.error(&format!("column {column} has no value")))
    }

    fn error(&self, reason: &str) -> Error {
        Error::broken(&self.table.path, format!("line {}: {reason}", self.line))
    }
}

/// Formats a number for a CSV table, with the fewest digits that read back exactly: `0.25`, `1e-7`; empty if
/// there is none. All tables use it, so that their rows can be joined by value.
pub fn cell(value: Option<impl fmt::Debug + fmt::LowerExp>) -> String {
    value.map(|value| format!("{value:?}")).unwrap_or_default()
}

/// Returns the text up to the last line break; the rest is torn or still being written.
fn whole_lines(path: &Path) -> Result<String> {
    let mut bytes = match files::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        read => read.map_err(Error::io("read", path))?,
    };
    let len = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    bytes.truncate(len);
    String::from_utf8(bytes)
        .map_err(|_| Error::broken(path, "is not text: it was changed since it was written"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_line_that_does_not_fit_on_the_disk_is_an_error_with_advice() {
        // Every write to this file fails as if the disk were full.
        let file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let mut table = Table { path: PathBuf::from("metrics.csv"), file, len: 0 };
        let text = table.append("1,2").unwrap_err().to_string();
        assert!(text.contains("metrics.csv") && text.contains("free some space"), "{text}");
    }

    #[test]
    fn an_invalid_cell_or_a_short_line_is_reported_by_line_number() {
        for (text, what) in [
            ("a,b\n1,2\n3\n", "line 3 has 1 cells"),
            ("a,b\n1,2\n3,x\n", "line 3: column b has \"x\""),
            ("a,b\n1,\n", "line 2: column b has no value"),
        ] {
            let (_folder, path) = file(text);
            let parse = |row: &Row| Ok((row.need::<usize>("a")?, row.need::<usize>("b")?));
            let error = Cells::read(&path).and_then(|cells| cells.rows(parse)).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
        }
    }

    #[test]
    fn another_header_is_an_error_and_the_file_is_left_alone() {
        let (_folder, path) = file("x,y\n1,2\n");
        let error = Table::open(&path, "a,b", |_| true).unwrap_err().to_string();
        assert!(error.contains("\"x,y\"") && error.contains("\"a,b\""), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "x,y\n1,2\n");
    }

    proptest! {
        #[test]
        fn a_cell_reads_back_bit_by_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let back: f64 = cell(Some(value)).parse().unwrap();
            prop_assert!(back.to_bits() == bits || (back.is_nan() && value.is_nan()));
        }
    }
}
