//! The current training of a sweep and the time left, read from its folder alone, whichever processes share
//! the runs.

use crate::{
    cli::text::table,
    record::{RunSummary, Status, sweep_json::SweepFile},
    report::{
        progress::{Progress, last},
        run::Run,
    },
    spec::Metric::{Loss, ValLoss},
    sweep::{
        Results, Row,
        left::{Part, seconds_left},
    },
    words::{decimals, duration},
};
use std::{collections::BTreeMap, path::Path};

/// A sweep with at least one run in training.
pub struct UnderWay {
    /// The runs in training, by index in the plan.
    pub runs: BTreeMap<usize, (Run, Progress)>,
    /// Number of runs that are over, successful or not.
    pub over: usize,
    /// Estimated seconds left for the sweep, if known.
    pub seconds_left: Option<f64>,
}

impl UnderWay {
    /// Reads the progress of a sweep's runs; `None` if none is in training.
    pub fn of(folder: &Path, file: &SweepFile, results: &Results) -> Option<Self> {
        let rows = &results.rows;
        let read = |row: &Row| Run::read(RunSummary::read(&folder.join(&row.folder))).ok();
        let trains = |row: &Row| row.status() == Some(Status::Running);
        if !rows.iter().any(trains) {
            return None;
        }
        let mut runs = BTreeMap::new();
        let mut parts = Vec::with_capacity(rows.len());
        let same_unit = file.points.iter().all(|point| point.estimate.is_some());
        for (index, (row, point)) in rows.iter().zip(&file.points).enumerate() {
            let work = point.estimate.filter(|_| same_unit).unwrap_or(1.0);
            let new = Part { work, done: 0.0, whole: None, trains: false };
            let is_over = row.status().is_some_and(Status::is_over);
            let run = row.status().filter(|_| !is_over).and_then(|_| read(row));
            let progress = run.as_ref().and_then(Progress::of);
            parts.push(match (&run, &progress) {
                _ if is_over => {
                    let seconds = row.info.as_ref().map(|info| info.seconds);
                    Part { done: 1.0, whole: seconds.filter(|_| row.is_complete()), ..new }
                }
                (_, Some(progress)) => {
                    Part { done: progress.share(), whole: progress.whole(), trains: true, ..new }
                }
                (Some(run), None) => Part { done: share(run), ..new },
                (None, None) => new,
            });
            if let Some(both) = run.zip(progress) {
                runs.insert(index, both);
            }
        }
        let mut on_cpu =
            runs.values().map(|(run, _)| &run.info).filter(|info| info.device == "cpu");
        let guess =
            on_cpu.next().filter(|_| same_unit).map(|info| 1.0 / info.threads.max(1) as f64);
        let over = rows.iter().filter(|row| row.status().is_some_and(Status::is_over)).count();
        let is_heard = runs.values().all(|(_, progress)| !progress.is_silent());
        let seconds_left = seconds_left(&parts, guess).filter(|_| is_heard);
        Some(Self { runs, over, seconds_left })
    }

    /// Describes the time left, to follow the counts of runs.
    pub fn left(&self) -> Option<String> {
        self.seconds_left.map(|left| format!("; about {} left", duration(left)))
    }

    /// Formats a line for each run in training, with the losses of its last finished epoch.
    pub fn table(&self, results: &Results) -> String {
        let cell = |value: Option<f64>| value.map_or(String::new(), decimals);
        let row = |(index, (run, progress)): (&usize, &(Run, Progress))| {
            [
                results.rows[*index].run.clone(),
                progress.epochs(),
                cell(last(run, Loss)),
                cell(last(run, ValLoss)),
                progress.left(),
                progress.silence().unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = self.runs.iter().map(row).collect();
        table(["trains now", "epochs done", "loss", "val_loss", "left", ""], &rows)
    }
}

/// Returns the fraction of a run's training that is done, 0 to 1.
fn share(run: &Run) -> f64 {
    let planned = run.planned_epochs().unwrap_or_default().max(1);
    (run.epochs() as f64 / planned as f64).min(1.0)
}
