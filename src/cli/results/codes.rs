//! The codes of the test pictures: a table.

use super::{Failure, Result, Trained};
use crate::record::atomic;

/// Writes `codes.csv` when asked to.
pub(super) fn produce(trained: &Trained<'_>) -> Result<()> {
    if !trained.experiment.evaluate.codes {
        return Ok(());
    }
    let (inputs, _) = trained.test.first(trained.test.len());
    let codes = trained.inference.encode(&inputs, trained.test.len()).map_err(Failure::failed)?;
    let dim = codes.len() / trained.test.len().max(1);
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["index".to_owned(), "class".to_owned()];
    header.extend((0..dim).map(|i| format!("z{i}")));
    csv.write_record(&header).map_err(Failure::failed)?;
    for (index, code) in codes.chunks_exact(dim.max(1)).enumerate() {
        let mut row = vec![index.to_string(), trained.class(index).unwrap_or_default().to_owned()];
        row.extend(code.iter().map(ToString::to_string));
        csv.write_record(&row).map_err(Failure::failed)?;
    }
    let bytes = csv.into_inner().map_err(Failure::failed)?;
    atomic::write(&trained.folder.file("codes.csv"), bytes).map_err(Failure::failed)
}
