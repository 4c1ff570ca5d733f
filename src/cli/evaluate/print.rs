//! Prints the measurements.

use super::{
    super::{args::EvaluateArgs, exit::Result, output},
    row::Row,
    table::table,
};
use crate::record::{csv_table, table::cell};
use serde_json::{Map, Value};

/// Prints rows in the requested format.
pub fn print(rows: &[Row<'_>], args: &EvaluateArgs) -> Result<()> {
    match rows {
        [] => Ok(()),
        _ if args.json => rows.iter().try_for_each(|row| {
            let values = row.values().into_iter();
            let object: Map<String, Value> =
                values.map(|(name, value)| (name.to_owned(), value)).collect();
            output::result(Value::from(object))
        }),
        [first, ..] if args.csv => {
            let header = first.values().into_iter().map(|(name, _)| name);
            let cells = |row: &Row<'_>| {
                row.values().into_iter().map(|(_, value)| csv_cell(value)).collect()
            };
            let bytes = csv_table::bytes(header, rows.iter().map(cells));
            output::file(String::from_utf8_lossy(&bytes).trim_end())
        }
        _ => output::result(table(rows, &args.levels)),
    }
}

/// Formats a cell of the CSV table, empty if there is no value.
fn csv_cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Number(number) if number.is_f64() => cell(number.as_f64()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_written_as_in_the_tables_of_a_run() {
        let cells =
            [json!(1e-7), json!(20.0), json!(60), json!(null), json!("a"), json!([0.5, 1.0])];
        assert_eq!(cells.map(csv_cell), ["1e-7", "20.0", "60", "", "a", "[0.5,1.0]"]);
    }
}
