//! Tables that are written whole.

use std::io::Write;

/// A CSV file's bytes: a header, and rows of as many cells.
///
/// # Errors
/// None in memory; the writer's own.
pub fn csv(
    header: impl IntoIterator<Item = impl AsRef<[u8]>>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> csv::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    csv_to(&mut bytes, header, rows)?;
    Ok(bytes)
}

/// The same written to `out`, without holding all of it in memory.
///
/// # Errors
/// The writer's own.
pub fn csv_to(
    out: impl Write,
    header: impl IntoIterator<Item = impl AsRef<[u8]>>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row)?;
    }
    csv.flush()?;
    Ok(())
}
