//! Outputs that are further from the targets than the inputs of the network.

use super::{repeats::Repeats, row::Row};
use crate::record::input;

/// Names the lines of the table whose outputs have a larger mean squared error than the inputs; `None` if there are
/// none.
pub fn than_inputs(rows: &[Row<'_>]) -> Option<String> {
    input::all_worse(Repeats::of(rows).iter().filter_map(described).collect())
}

/// Describes a line if its outputs are worse than its inputs.
fn described(line: &Repeats<'_>) -> Option<String> {
    let output = line.stat(|row| Some(row.result.quality.mse))?.mean;
    let input = line.stat(|row| Some(row.input?.mse))?.mean;
    let level = line.first().level().map_or_else(String::new, |level| format!(" at {level}"));
    input::worse(&format!("{}{level}", line.name()), output, input)
}
