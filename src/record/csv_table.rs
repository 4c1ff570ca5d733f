//! CSV tables that are written in one go.

use std::io::{self, Write};

/// Returns a CSV file's bytes: a header, and rows with the same number of cells.
///
/// # Panics
/// If a row has another number of cells than the header.
pub fn bytes(
    header: impl IntoIterator<Item = impl AsRef<[u8]>>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_to(&mut bytes, header, rows).expect("rows as long as the header fit into memory");
    bytes
}

/// Writes the same to `out`, without holding all of it in memory.
///
/// # Errors
/// If a row has another number of cells than the header; and the writer's own errors, with their kind kept, so that a
/// full disk is reported as one.
pub fn write_to(
    out: impl Write,
    header: impl IntoIterator<Item = impl AsRef<[u8]>>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> io::Result<()> {
    let own = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    };
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(header).map_err(own)?;
    for row in rows {
        csv.write_record(row).map_err(own)?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer on a full disk.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_reported_as_one_however_long_the_table_is() {
        for rows in [1, 10_000] {
            let rows = (0..rows).map(|row: usize| vec![row.to_string()]);
            let error = write_to(Full, ["index"], rows).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
        }
    }
}
