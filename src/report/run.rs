//! A run as seen by a report: everything in its folder that is shown.

use crate::{
    record::{
        self, Readback, RunInfo, RunSummary, Status, TestedLevel, Timing, metrics, noise_levels,
        read::name_of, timings,
    },
    spec::{LevelKind, Loss, Measured, Metric, Strength, dotted, value, without_repeat},
    train::EpochMetrics,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use toml::Value;

/// A run and the contents of its folder. Whatever cannot be read is empty and reported in `problems`.
#[derive(Debug, Clone)]
pub struct Run {
    /// Short name for addresses and links, unique in a report: the start of its identity.
    pub id: String,
    /// Name on screen, unique in a report.
    pub name: String,
    /// What people call its experiment in its sweep, if the run's name does not tell: see [`SweepFile::called`]. Known
    /// in reports on whole sweeps only.
    ///
    /// [`SweepFile::called`]: crate::record::sweep_json::SweepFile::called
    pub called: Option<String>,
    /// Its folder.
    pub path: PathBuf,
    /// Name of the sweep's folder that contains it.
    pub sweep: Option<String>,
    /// `run.json`.
    pub info: RunInfo,
    /// Every value of `resolved.toml` by its dotted key; a loss that is a sum of others also as a table.
    pub values: BTreeMap<String, Value>,
    /// `resolved.toml`.
    pub resolved: String,
    /// `model.txt`.
    pub model: String,
    /// `metrics.csv`; empty if it was truncated.
    pub rows: Vec<EpochMetrics>,
    /// `timings.csv`.
    pub timings: Vec<Timing>,
    /// `noise_levels.csv`.
    pub levels: Vec<TestedLevel>,
    /// Index in `rows` of the epoch whose weights are kept as the best.
    pub best: Option<usize>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

impl Run {
    /// Reads the folder of a run.
    ///
    /// # Errors
    /// In words, why nothing is known of the run.
    pub fn read(summary: RunSummary) -> Result<Self, String> {
        let RunSummary { path, sweep, state } = summary;
        let info = state.trusted()?;
        let mut problems = Vec::new();
        let resolved = text(&path.join(record::RESOLVED), &mut problems);
        let values = flatten(&resolved, &path.join(record::RESOLVED), &mut problems);
        let rows = kept(metrics::of(&path, &info), &mut problems);
        let timings = kept(timings::read(&path.join(record::TIMINGS)), &mut problems);
        let best = info.best_place(&rows);
        Ok(Self {
            id: record::folder_name::hash8(&info.identity).to_owned(),
            name: if info.name.is_empty() { name_of(&path) } else { info.name.clone() },
            model: text(&path.join(record::MODEL), &mut problems),
            levels: kept(noise_levels::read(&path.join(record::NOISE_LEVELS)), &mut problems),
            called: None,
            sweep,
            info,
            values,
            resolved,
            rows,
            timings,
            best,
            problems,
            path,
        })
    }

    /// Returns what people call its experiment in its sweep; empty if that has only repeats.
    pub fn experiment(&self) -> &str {
        self.called.as_deref().unwrap_or_else(|| without_repeat(&self.info.name))
    }

    /// Returns the folder's name, prefixed with its sweep's.
    pub fn folder(&self) -> String {
        let folder = name_of(&self.path);
        match &self.sweep {
            Some(sweep) => format!("{sweep}/{folder}"),
            None => folder,
        }
    }

    /// Formats the value of a key, by its dotted path, for people; empty for a run without it.
    pub fn shown(&self, path: &str) -> String {
        self.values.get(path).map_or_else(String::new, value::shown)
    }

    /// Returns the epoch whose weights are kept as the best.
    pub fn best_row(&self) -> Option<&EpochMetrics> {
        self.best.map(|index| &self.rows[index])
    }

    /// Returns a metric in the best epoch, if finite.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.best_row().and_then(|row| row.value(metric)).filter(|value| value.is_finite())
    }

    /// Returns the results at a tested noise level.
    pub fn tested_at(&self, level: f64) -> Option<&TestedLevel> {
        self.levels.iter().find(|tested| (tested.level - level).abs() == 0.0)
    }

    /// Returns a result at a tested noise level, by its column of `noise_levels.csv`.
    pub fn at_level(&self, level: f64, column: &str) -> Option<f64> {
        let value =
            self.tested_at(level)?.values().into_iter().find(|(name, _)| *name == column)?.1;
        Some(value).filter(|value| value.is_finite())
    }

    /// Returns the average of such results over some levels; `None` if it was not tested at each of them.
    pub fn on_average(&self, levels: &[f64], column: &str) -> Option<f64> {
        let values = levels.iter().map(|level| self.at_level(*level, column));
        let values: Option<Vec<f64>> = values.collect();
        values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Returns the metric that determines its best epoch.
    pub fn metric(&self) -> Metric {
        metric_of(&self.values)
    }

    /// Returns the level of its training noise, if there is any, and what that is.
    pub fn trained_at(&self) -> Option<(LevelKind, Strength)> {
        let of = |kind: LevelKind| Some((kind, Strength::read(self.values.get(kind.key())?)?));
        LevelKind::ALL.into_iter().find_map(of)
    }

    /// Returns what its metrics are measured on.
    pub fn measured(&self) -> Measured {
        Measured::of(|key| self.values.get(key), &self.info.data_digest)
    }

    /// Whether all its epochs and results are done.
    pub fn is_complete(&self) -> bool {
        self.info.status == Status::Completed
    }

    /// Whether a process is training it right now.
    pub fn is_training(&self) -> bool {
        self.info.status == Status::Running
    }

    /// Returns the number of epochs in `metrics.csv`, which may be ahead of `run.json`.
    pub fn epochs(&self) -> usize {
        self.rows.last().map_or(self.info.epochs, |row| row.epoch)
    }

    /// Returns the planned number of epochs.
    pub fn planned_epochs(&self) -> Option<usize> {
        self.values.get("train.epochs")?.as_integer()?.try_into().ok()
    }

    /// Returns the seconds of training, over all processes.
    pub fn seconds(&self) -> f64 {
        let epochs: f64 = self.timings.iter().map(|timing| timing.seconds).sum();
        self.info.seconds.max(epochs)
    }

    /// Returns why it has its status: the error of a failed run, or why it stopped.
    pub fn reason(&self) -> Option<&str> {
        self.info.error.as_deref().or(self.info.stop_reason.as_deref())
    }
}

/// Returns the metric that decides which weights are kept.
fn metric_of(values: &BTreeMap<String, Value>) -> Metric {
    let name = values.get("train.checkpoint.metric").and_then(Value::as_str);
    Metric::ALL.into_iter().find(|metric| Some(metric.name()) == name).unwrap_or_default()
}

fn text(path: &Path, problems: &mut Vec<String>) -> String {
    match record::files::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            problems.push(format!("{}: {error}", name_of(path)));
            String::new()
        }
    }
}

fn kept<T>(read: record::Result<Vec<T>>, problems: &mut Vec<String>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        problems.push(error.to_string());
        Vec::new()
    })
}

fn flatten(text: &str, path: &Path, problems: &mut Vec<String>) -> BTreeMap<String, Value> {
    let broken = |error: toml::de::Error| {
        problems.push(format!("{}: {}", name_of(path), error.message()));
        BTreeMap::new()
    };
    let known = |table: toml::Table| {
        let table = Value::Table(table);
        let mut values = dotted::leaves(&table);
        // A sum is compared with the name of a loss as one value, too.
        let loss = dotted::value(&table, Loss::KEY).filter(|loss| loss.is_table());
        values.extend(loss.map(|loss| (Loss::KEY.to_owned(), loss.clone())));
        values
    };
    text.parse().map_or_else(broken, known)
}

/// Counts the runs with each status, in the order of statuses.
pub(super) fn counts<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<(&'static str, usize)> {
    Readback::counts(runs.map(|run| run.info.status.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{record::BestEpoch, spec::value};
    use std::fs;

    fn rows(values: &[f64]) -> Vec<EpochMetrics> {
        let row = |(index, value): (usize, &f64)| EpochMetrics {
            epoch: index + 1,
            step: 10 * (index as u64 + 1),
            values: [(Metric::ValLoss, *value), (Metric::ValPsnr, *value)].into(),
            learning_rate: None,
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn truncated_metrics_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let info = RunInfo {
            status: Status::Completed,
            epochs: 2,
            best: Some(BestEpoch { metric: Metric::ValLoss, epoch: 2, value: 0.25 }),
            ..RunInfo::new("night", "0a1b2c3d")
        };
        info.write(&folder.path().join(record::RUN_JSON)).unwrap();
        let file = folder.path().join(record::METRICS);
        let mut epochs = record::MetricsFile::open(&file, 0).unwrap();
        let read = || Run::read(RunSummary::read(folder.path())).unwrap();
        let reported =
            |run: &Run| run.problems.iter().any(|text| text.contains("rows for 1 of 2 epochs"));
        let rows = rows(&[0.5, 0.25]);
        epochs.append(&rows[0]).unwrap();
        let run = read();
        assert_eq!((run.value(Metric::ValLoss), run.epochs(), reported(&run)), (None, 2, true));
        epochs.append(&rows[1]).unwrap();
        let run = read();
        assert_eq!(
            (run.value(Metric::ValLoss), run.epochs(), reported(&run)),
            (Some(0.25), 2, false)
        );
    }

    #[test]
    fn damaged_noise_levels_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        RunInfo::new("night", "0a1b2c3d").write(&folder.path().join(record::RUN_JSON)).unwrap();
        fs::write(folder.path().join(record::NOISE_LEVELS), "sigma,loss\n0.5,x\n").unwrap();
        let run = Run::read(RunSummary::read(folder.path())).unwrap();
        let reported = run.problems.iter().filter(|text| text.contains("noise_levels.csv: line 2"));
        assert_eq!((reported.count(), run.levels.len()), (1, 0), "{:?}", run.problems);
    }

    #[test]
    fn values_are_known_by_their_dotted_keys() {
        let mut problems = Vec::new();
        let text = "[task.noise]\nsigma = 0.5\n[model]\nfilters = [2, 4]\nkind = \"conv\"";
        let values = flatten(text, Path::new("resolved.toml"), &mut problems);
        let shown: Vec<_> =
            values.iter().map(|(key, value)| format!("{key}={}", value::shown(value))).collect();
        assert_eq!(shown, ["model.filters=[2, 4]", "model.kind=conv", "task.noise.sigma=0.5"]);
        let text = "[train]\nepochs = 2\nloss = { mse = 1.0, ssim = 0.1 }";
        let values = flatten(text, Path::new("resolved.toml"), &mut problems);
        let keys: Vec<&str> = values.keys().map(String::as_str).collect();
        assert_eq!(keys, ["train.epochs", "train.loss", "train.loss.mse", "train.loss.ssim"]);
        assert_eq!(value::shown(&values["train.loss"]), "mse=1, ssim=0.1");
        assert!(flatten("[broken", Path::new("resolved.toml"), &mut problems).is_empty());
        assert!(problems[0].starts_with("resolved.toml: "), "{problems:?}");
    }
}
