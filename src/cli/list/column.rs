//! The columns that runs can be filtered and sorted by: keys, metrics, and a few facts.

use super::Listed;
use crate::{
    report::{keys::order, run::Run},
    spec::{FinalMetric, Metric, Mode, SEED, nearest, value},
    words::{figure, listed, number},
};
use std::{cmp::Ordering, collections::BTreeSet};
use toml::Value;

/// A column of the list of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The title, as requested.
    pub title: String,
    /// What the column shows.
    pub field: Field,
}

/// What a column shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// The run's status.
    Status,
    /// Name of the experiment.
    Name,
    /// The seed.
    Seed,
    /// When the run was started.
    Started,
    /// Seconds of training.
    Time,
    /// A metric in the best epoch.
    Metric(Metric),
    /// A final metric, measured once after training.
    Final(FinalMetric),
    /// A metric tested at a noise level.
    AtLevel(Metric, f64),
    /// The value of a dotted key.
    Key(String),
}

/// Facts with names of their own.
const FACTS: [(&str, Field); 5] = [
    ("status", Field::Status),
    ("name", Field::Name),
    ("seed", Field::Seed),
    ("started", Field::Started),
    ("time", Field::Time),
];

/// All keys that some runs have, and the noise levels at which any was tested.
pub struct Columns {
    keys: BTreeSet<String>,
    levels: Vec<f64>,
}

impl Columns {
    /// Collects the keys of some runs.
    pub fn of<'r>(runs: impl Iterator<Item = &'r Run>) -> Self {
        let (mut keys, mut levels) = (BTreeSet::new(), Vec::new());
        for run in runs {
            keys.extend(run.values.keys().cloned());
            levels.extend(run.levels.iter().map(|tested| tested.level));
        }
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        Self { keys, levels }
    }

    /// Finds a dotted key by its name, as [`Self::find`] does. Explains why if there is none.
    pub fn key(&self, name: &str) -> Result<String, String> {
        match self.find(name)?.field {
            Field::Key(key) => Ok(key),
            Field::Seed => Ok(SEED.to_owned()),
            _ => Err(format!(
                "{name} is no key of an experiment; reports have it anyway{}",
                self.hint(name)
            )),
        }
    }

    /// Returns the keys with such an end.
    fn ending(&self, name: &str) -> Vec<String> {
        let tail = format!(".{name}");
        self.keys.iter().filter(|key| key.ends_with(&tail)).cloned().collect()
    }

    /// Says what to write instead of the name of another column if a key was meant; empty if no key has such an end.
    pub fn hint(&self, name: &str) -> String {
        match &self.ending(name)[..] {
            [] => String::new(),
            keys => format!("; for the key, use {}", listed(keys)),
        }
    }

    /// Finds a column by name: a fact, a metric, also at a noise level as `compare` writes it (`psnr at 0.5`), a dotted
    /// key, or a unique suffix of one. Explains why if there is none or more than one.
    pub fn find(&self, name: &str) -> Result<Column, String> {
        let column = |field| Ok(Column { title: name.to_owned(), field });
        if let Some((_, field)) = FACTS.iter().find(|(fact, _)| *fact == name) {
            return column(field.clone());
        }
        if let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name) {
            return column(Field::Metric(metric));
        }
        if let Some(metric) = FinalMetric::ALL.into_iter().find(|metric| metric.name() == name) {
            return column(Field::Final(metric));
        }
        if let Some((metric, level)) = name.split_once(" at ") {
            return self
                .at_level(metric.trim(), level.trim())
                .map(|field| Column { title: name.to_owned(), field });
        }
        if self.keys.contains(name) {
            return column(Field::Key(name.to_owned()));
        }
        match &self.ending(name)[..] {
            [key] => column(Field::Key(key.clone())),
            [] => Err(self.unknown(name)),
            keys => Err(format!(
                "{name:?} is ambiguous between {}; write more of the key",
                listed(keys)
            )),
        }
    }

    /// Finds the tests of a metric at a noise level.
    fn at_level(&self, metric: &str, level: &str) -> Result<Field, String> {
        // The loss over validation images is tested, not that of training.
        let known = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Loss);
        let found =
            known.clone().find(|known| known.level_column() == metric).ok_or_else(|| {
                let names: Vec<&str> = known.map(Metric::level_column).collect();
                format!("tests at noise levels have no {metric:?}, but {}", listed(&names))
            })?;
        let is_level =
            |tested: &f64| level.parse().is_ok_and(|level: f64| (level - tested).abs() == 0.0);
        self.levels
            .iter()
            .copied()
            .find(is_level)
            .map(|level| Field::AtLevel(found, level))
            .ok_or_else(|| {
                let levels: Vec<String> = self.levels.iter().copied().map(number).collect();
                if levels.is_empty() {
                    return "no run was tested at noise levels (`evaluate.noise_sigmas`)"
                        .to_owned();
                }
                format!("no run was tested at {level:?}, but at {}", listed(&levels))
            })
    }

    fn unknown(&self, name: &str) -> String {
        // A suffix of a key may be misspelt, so suffixes of the same length are compared.
        let parts = name.matches('.').count() + 1;
        let end = |key: &'_ str| -> usize {
            key.rmatch_indices('.').nth(parts - 1).map_or(0, |(dot, _)| dot + 1)
        };
        let ends = self.keys.iter().map(|key| &key[end(key)..]);
        let facts = FACTS.iter().map(|(fact, _)| *fact);
        let metrics = Metric::ALL.map(Metric::name).into_iter();
        let metrics = metrics.chain(FinalMetric::ALL.map(FinalMetric::name));
        let known = facts.chain(metrics).chain(ends);
        let known: Vec<&str> = known.chain(self.keys.iter().map(String::as_str)).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => "`runner show RUN` and a run's resolved.toml have its keys; status, name, seed, started, \
                     time (in seconds) and metrics such as val_loss can be asked for as well"
                .to_owned(),
        };
        format!("no run has a key {name:?}; {hint}")
    }
}

impl Column {
    /// Returns its name in JSON, which for a key is the whole key.
    pub fn name(&self) -> String {
        match &self.field {
            Field::Key(key) => key.clone(),
            _ => self.title.clone(),
        }
    }

    /// Whether every list shows this column.
    pub fn is_in_every_list(&self) -> bool {
        matches!(self.field, Field::Status | Field::Name | Field::Time)
    }

    /// Whether it has nothing but numbers in some runs.
    pub fn is_number(&self, runs: &[Listed]) -> bool {
        match self.field {
            Field::Metric(_) | Field::Final(_) | Field::AtLevel(..) | Field::Seed | Field::Time => {
                true
            }
            Field::Status | Field::Name | Field::Started => false,
            Field::Key(_) => {
                let runs = runs.iter().filter_map(|listed| listed.run.as_ref());
                runs.filter_map(|run| self.value(run)).all(|value| value::number(&value).is_some())
            }
        }
    }

    /// Returns a run's value.
    pub fn value(&self, run: &Run) -> Option<Value> {
        let text = |text: &str| Some(Value::from(text));
        match &self.field {
            Field::Status => text(run.info.status.name()),
            Field::Name => text(&run.info.name),
            // TOML integers are i64, so a larger seed does not occur.
            Field::Seed => i64::try_from(run.info.seed).ok().map(Value::from),
            Field::Started => text(&run.info.started.to_string()),
            Field::Time => Some(run.info.seconds.into()),
            Field::Metric(metric) => run.value(*metric).map(Value::from),
            Field::Final(metric) => run.info.final_value(*metric).map(Value::from),
            Field::AtLevel(metric, level) => {
                run.at_level(*level, metric.level_column()).map(Value::from)
            }
            Field::Key(key) => run.values.get(key).cloned(),
        }
    }

    /// Formats the value of a run in any state.
    pub fn cell(&self, listed: &Listed) -> String {
        let value = listed.run.as_ref().and_then(|run| self.value(run));
        match (&self.field, value) {
            (_, None) => String::new(),
            (
                Field::Metric(_) | Field::Final(_) | Field::AtLevel(..),
                Some(Value::Float(value)),
            ) => figure(value),
            (_, Some(value)) => value::shown(&value),
        }
    }

    /// Compares two runs for sorting: best metric first, otherwise lowest value first, or the other way around if
    /// `reverse`; runs without a value come last in any case.
    pub fn order(&self, a: &Listed, b: &Listed, reverse: bool) -> Ordering {
        let [a, b] = [a, b].map(|listed| listed.run.as_ref().and_then(|run| self.value(run)));
        let mode = match self.field {
            Field::Metric(metric) | Field::AtLevel(metric, _) => metric.mode(),
            Field::Final(metric) => metric.mode(),
            _ => Mode::Min,
        };
        let downwards = (mode == Mode::Max) != reverse;
        match (a, b) {
            (Some(a), Some(b)) if downwards => order(&b, &a),
            (Some(a), Some(b)) => order(&a, &b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
}
