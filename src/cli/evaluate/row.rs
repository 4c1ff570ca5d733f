//! The measurements: a row for each run and noise level.

use super::super::{
    args::{EvaluateArgs, Part},
    exit::Result,
    output,
    text::table,
};
use crate::{
    record::{csv_table, table::cell},
    spec::Strength,
    train::{Evaluation, metric::Quality},
    words::{figure, listed, thousands},
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// A run at a noise level.
pub struct Row {
    /// The run's name on screen.
    pub run: String,
    /// The run's folder.
    pub folder: PathBuf,
    /// Which weights were measured: `best` or `last`.
    pub weights: &'static str,
    /// Name of the data set.
    pub dataset: &'static str,
    /// The part of the data set.
    pub part: Part,
    /// Number of images.
    pub pictures: usize,
    /// Kind and strength of the noise, for denoising runs.
    pub noise: Option<(&'static str, Strength)>,
    /// Quality of the network's outputs.
    pub result: Evaluation,
    /// Quality of the noisy images themselves, for denoising runs.
    pub input: Option<Quality>,
}

impl Row {
    /// Returns all values with the names of their columns, in order; null where there is no value.
    fn values(&self) -> Vec<(&'static str, Value)> {
        let mut values: Vec<(&str, Value)> = vec![
            ("run", self.run.clone().into()),
            ("folder", self.folder.display().to_string().into()),
            ("weights", self.weights.into()),
            ("dataset", self.dataset.into()),
            ("part", self.part.name().into()),
            ("images", self.pictures.into()),
            ("noise", self.noise.map(|(kind, _)| kind).into()),
            ("level", json!(self.noise.map(|(_, strength)| strength))),
        ];
        values.extend(self.result.values().map(|(name, value)| (name, value.into())));
        values.push(("input_mse", self.input.map(|input| input.mse).into()));
        values.push(("input_psnr", self.input.map(|input| input.psnr).into()));
        values
    }

    /// Returns the cells of the table on screen.
    fn cells(&self) -> [String; COLUMNS] {
        let [loss, mse, mae, psnr, ssim] = self.result.values().map(|(_, value)| figure(value));
        let input = |value: fn(&Quality) -> f64| self.input.as_ref().map(value).map(figure);
        [
            self.run.clone(),
            self.noise.map_or_else(String::new, |(kind, _)| kind.to_owned()),
            self.noise.map_or_else(String::new, |(_, strength)| strength.to_string()),
            thousands(self.pictures),
            loss,
            mse,
            mae,
            psnr,
            ssim,
            input(|input| input.mse).unwrap_or_default(),
            input(|input| input.psnr).unwrap_or_default(),
        ]
    }
}

const COLUMNS: usize = 11;
const TITLES: [&str; COLUMNS] = [
    "run",
    "noise",
    "level",
    "images",
    "loss ↓",
    "mse ↓",
    "mae ↓",
    "psnr ↑",
    "ssim ↑",
    "input mse",
    "input psnr",
];
/// Columns that tables without noise have as well.
const ALWAYS: [usize; 7] = [0, 3, 4, 5, 6, 7, 8];

/// Prints rows in the requested format.
pub fn print(rows: &[Row], args: &EvaluateArgs) -> Result<()> {
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
            let cells =
                |row: &Row| row.values().into_iter().map(|(_, value)| csv_cell(value)).collect();
            let bytes = csv_table::bytes(header, rows.iter().map(cells))?;
            output::result(String::from_utf8_lossy(&bytes).trim_end())
        }
        _ => output::result(text(rows)),
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

fn text(rows: &[Row]) -> String {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let noise = rows.iter().any(|row| row.noise.is_some());
    let table = if noise {
        table(TITLES, &cells)
    } else {
        let cells: Vec<_> = cells.iter().map(|row| ALWAYS.map(|i| row[i].clone())).collect();
        table(ALWAYS.map(|i| TITLES[i]), &cells)
    };
    let distinct = |of: fn(&Row) -> &'static str| {
        let mut names: Vec<String> = rows.iter().map(|row| of(row).to_owned()).collect();
        names.sort();
        names.dedup();
        listed(&names)
    };
    let part = distinct(|row| row.part.name());
    let of = distinct(|row| row.dataset);
    let weights = distinct(|row| row.weights);
    let input = if noise { "; input is the noisy image itself, without denoising" } else { "" };
    format!("{table}\n\n{part} images of {of}, {weights} weights; psnr in dB{input}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_as_in_the_tables_of_a_run() {
        let cells =
            [json!(1e-7), json!(20.0), json!(60), json!(null), json!("a"), json!([0.5, 1.0])];
        assert_eq!(cells.map(csv_cell), ["1e-7", "20.0", "60", "", "a", "[0.5,1.0]"]);
    }
}
