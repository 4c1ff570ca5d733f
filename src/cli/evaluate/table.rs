//! The table for people.

use super::{super::text, repeats::Repeats, row::Row};
use crate::{
    spec::{Noise, Strength},
    train::{Evaluation, metric::Quality},
    words::{figure, listed, thousands},
};

type Value = fn(&Evaluation) -> f64;

/// The columns of metrics, and what they show.
const METRICS: [(&str, Value); 5] = [
    ("loss ↓", |result| result.loss),
    ("mse ↓", |result| result.quality.mse),
    ("mae ↓", |result| result.quality.mae),
    ("psnr ↑", |result| result.quality.psnr),
    ("ssim ↑", |result| result.quality.ssim),
];

/// Formats rows as a table in which repeats are one line, by `levels` if there are any, so that networks measured at
/// the same one stand together; and says below it what holds for all of them.
pub fn table(rows: &[Row<'_>], levels: &[f64]) -> String {
    let mut lines = Repeats::of(rows);
    let place = |level: Strength| levels.iter().position(|known| Strength::Level(*known) == level);
    lines.sort_by_key(|line| line.first().level().and_then(place));
    let table = Table { folds: lines.iter().any(|line| line.seeds() > 1), rows, lines };
    let columns = table.columns();
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let line = |place: usize| columns.iter().map(|column| column.cells[place].clone()).collect();
    let cells: Vec<Vec<String>> = (0..table.lines.len()).map(line).collect();
    format!("{}\n\n{}", text::columns(&titles, &cells), table.below())
}

struct Table<'r> {
    rows: &'r [Row<'r>],
    lines: Vec<Repeats<'r>>,
    /// Whether any line has more than one seed. With deviations, there is no room for columns that say the same in all
    /// lines.
    folds: bool,
}

struct Column {
    title: &'static str,
    /// One for each line.
    cells: Vec<String>,
}

impl Column {
    fn is_uniform(&self) -> bool {
        self.cells.iter().all(|cell| *cell == self.cells[0])
    }
}

impl<'r> Table<'r> {
    fn columns(&self) -> Vec<Column> {
        let title = if self.folds { "experiment" } else { "run" };
        let mut columns = vec![self.column(title, Repeats::name)];
        let is_needed = |column: &Column| !self.is_said_below(column);
        columns.extend(Some(self.seeds()).filter(|column| self.folds && is_needed(column)));
        columns.extend(self.noise().filter(is_needed));
        if self.has_noise() {
            let level = |line: &Repeats<'_>| line.first().level();
            columns.push(self.column("level", |line| {
                level(line).map(|level| level.to_string()).unwrap_or_default()
            }));
        }
        columns.extend(Some(self.images()).filter(is_needed));
        for (title, value) in METRICS.into_iter().skip(usize::from(self.loss_is_mse())) {
            let stat = |line: &Repeats<'_>| line.stat(|row| Some(value(&row.result)));
            columns.push(
                self.column(title, |line| {
                    stat(line).map(|stat| stat.to_string()).unwrap_or_default()
                }),
            );
        }
        if self.rows.iter().any(|row| row.input.is_some()) {
            let input = |title, value: fn(&Quality) -> f64| {
                let stat = |line: &Repeats<'_>| line.stat(|row| row.input.as_ref().map(value));
                // What scatters there is the noise, not the networks.
                self.column(title, |line| stat(line).map(|it| figure(it.mean)).unwrap_or_default())
            };
            columns.push(input("input mse", |input| input.mse));
            columns.push(input("input psnr", |input| input.psnr));
        }
        columns
    }

    fn column(&self, title: &'static str, cell: impl Fn(&Repeats<'r>) -> String) -> Column {
        Column { title, cells: self.lines.iter().map(cell).collect() }
    }

    /// Returns the column of the numbers of seeds.
    fn seeds(&self) -> Column {
        self.column("seeds", |line| line.seeds().to_string())
    }

    /// Returns the column of the kinds of noise, if there is any noise.
    fn noise(&self) -> Option<Column> {
        let describe = |noise: &Noise| format!("{}{}", noise.name(), details(noise));
        let cell =
            |line: &Repeats<'_>| line.first().noise.as_ref().map(describe).unwrap_or_default();
        self.has_noise().then(|| self.column("noise", cell))
    }

    /// Returns the column of the numbers of images.
    fn images(&self) -> Column {
        self.column("images", |line| thousands(line.first().images))
    }

    fn has_noise(&self) -> bool {
        self.rows.iter().any(|row| row.noise.is_some())
    }

    /// Whether the table leaves out a column and says below what it would have in each line.
    fn is_said_below(&self, column: &Column) -> bool {
        self.folds && column.is_uniform()
    }

    /// Whether the table leaves out the losses since they are the mean squared errors.
    fn loss_is_mse(&self) -> bool {
        let is_mse = |row: &Row<'_>| (row.result.loss - row.result.quality.mse).abs() == 0.0;
        self.folds && self.rows.iter().all(is_mse)
    }

    /// Says what the columns of inputs are; empty if there are none.
    fn input(&self) -> String {
        let inputs = self.rows.iter().filter(|row| row.input.is_some());
        let mut kinds: Vec<&str> = inputs
            .map(|row| match row.noise {
                Some(_) => "the noisy image itself, without denoising",
                None => "the gray image itself, as red, green and blue alike",
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() { String::new() } else { format!("; input is {}", kinds.join(" or ")) }
    }

    /// Says on what the rows are measured, and what the columns mean.
    fn below(&self) -> String {
        let distinct = |of: fn(&Row<'_>) -> &'static str| {
            let mut names: Vec<String> = self.rows.iter().map(|row| of(row).to_owned()).collect();
            names.sort();
            names.dedup();
            listed(&names)
        };
        let said = |column: Column| self.is_said_below(&column).then(|| column.cells[0].clone());
        let count = said(self.images()).map(|count| format!("{count} ")).unwrap_or_default();
        let noise = self.noise().and_then(said).and(self.rows[0].noise.as_ref());
        let noise = noise
            .map(|noise| format!(", {} noise{}", noise.name(), details(noise)))
            .unwrap_or_default();
        let seeds = said(self.seeds()).map(|seeds| format!("{seeds} ")).unwrap_or_default();
        let part = distinct(|row| row.part.name());
        let of = distinct(|row| row.dataset);
        let weights = distinct(|row| row.run.found.weights);
        let loss = if self.loss_is_mse() { "; the loss is the mse" } else { "" };
        let input = self.input();
        let deviation = if self.folds {
            format!("; ± is the standard deviation over {seeds}seeds")
        } else {
            String::new()
        };
        format!(
            "{count}{part} images of {of}{noise}, {weights} weights{deviation}; psnr in dB{loss}{input}"
        )
    }
}

/// Returns the settings of noise beside its strength, to follow its kind: `, mean 0.5`.
fn details(noise: &Noise) -> String {
    let details = noise.details();
    if details.is_empty() { details } else { format!(", {details}") }
}
