//! What was measured: a row for each run and noise level.

use super::super::{
    args::{EvaluateArgs, Part},
    exit::Result,
    output,
    text::table,
};
use crate::{
    record::whole,
    spec::{
        Strength,
        words::{figure, listed, thousands},
    },
    train::{Evaluation, metric::Quality},
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// A run at a noise level.
pub struct Row {
    /// What it is called on screen.
    pub run: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Which weights were measured: `best` or `last`.
    pub weights: &'static str,
    /// Whose images.
    pub dataset: &'static str,
    /// Which of them.
    pub part: Part,
    /// How many.
    pub pictures: usize,
    /// Kind and strength of the noise, of a run that denoises.
    pub noise: Option<(&'static str, Strength)>,
    /// What the network makes of them.
    pub result: Evaluation,
    /// What doing nothing gives, of a run that denoises.
    pub input: Option<Quality>,
}

impl Row {
    /// Everything by the name of its column, in order; null where there is nothing.
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

    /// The cells of the table on screen.
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
    "loss",
    "mse",
    "mae",
    "psnr",
    "ssim",
    "input mse",
    "input psnr",
];
/// Those that tables without noise have, too.
const ALWAYS: [usize; 7] = [0, 3, 4, 5, 6, 7, 8];

/// Prints rows in the form that is asked for.
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
                |row: &Row| row.values().into_iter().map(|(_, value)| cell(value)).collect();
            let bytes = whole::csv(header, rows.iter().map(cells))?;
            output::result(String::from_utf8_lossy(&bytes).trim_end())
        }
        _ => output::result(text(rows)),
    }
}

/// A cell of the CSV table, empty where there is no value.
fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        // As the tables of a run's folder have numbers, and not as JSON does: `1e-7` is 0.0000001 there.
        other => other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string()),
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
    let input =
        if noise { "; input is the noisy image itself: what doing nothing gives" } else { "" };
    format!("{table}\n\n{part} images of {of}, {weights} weights{input}")
}
