//! What runs can be picked out and sorted by: their keys, their metrics, and a few facts.

use super::Listed;
use crate::{
    report::{
        keys::order,
        run::{Run, plain},
    },
    spec::{
        FinalMetric, Metric, Mode, nearest,
        words::{figure, listed},
    },
};
use std::{cmp::Ordering, collections::BTreeSet};
use toml::Value;

/// Something that runs have a value of.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// As it was asked for.
    pub title: String,
    /// What it is.
    pub what: What,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// How a run stands.
    Status,
    /// Name of the experiment.
    Name,
    /// The seed.
    Seed,
    /// When it was begun.
    Started,
    /// A metric in the best epoch.
    Metric(Metric),
    /// What was measured once of the trained run.
    Final(FinalMetric),
    /// The value of a dotted key.
    Key(String),
}

/// The facts that have names of their own.
const FACTS: [(&str, What); 4] = [
    ("status", What::Status),
    ("name", What::Name),
    ("seed", What::Seed),
    ("started", What::Started),
];

/// All that some runs have values of.
pub struct Columns {
    keys: BTreeSet<String>,
}

impl Columns {
    /// The columns of some runs.
    pub fn of(runs: &[Listed]) -> Self {
        let runs = runs.iter().filter_map(|listed| listed.run.as_ref());
        Self { keys: runs.flat_map(|run| run.values.keys().cloned()).collect() }
    }

    /// The column that goes by a name: a fact, a metric, a dotted key, or as much of its end as no other
    /// key has. Says what is wrong where none or several do.
    pub fn find(&self, name: &str) -> Result<Column, String> {
        let column = |what| Ok(Column { title: name.to_owned(), what });
        if let Some((_, what)) = FACTS.iter().find(|(fact, _)| *fact == name) {
            return column(what.clone());
        }
        if let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name) {
            return column(What::Metric(metric));
        }
        if let Some(metric) = FinalMetric::ALL.into_iter().find(|metric| metric.name() == name) {
            return column(What::Final(metric));
        }
        if self.keys.contains(name) {
            return column(What::Key(name.to_owned()));
        }
        let tail = format!(".{name}");
        let ending: Vec<String> =
            self.keys.iter().filter(|key| key.ends_with(&tail)).cloned().collect();
        match &ending[..] {
            [key] => column(What::Key(key.clone())),
            [] => Err(self.unknown(name)),
            keys => Err(format!("{name:?} is the end of {}; write more of one", listed(keys))),
        }
    }

    fn unknown(&self, name: &str) -> String {
        // As much of a key as was written may be misspelt.
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
            None => "`runner show RUN` and a run's resolved.toml have its keys; status, name, seed, started \
                     and metrics such as val_loss can be asked for as well"
                .to_owned(),
        };
        format!("no run has a key {name:?}; {hint}")
    }
}

impl Column {
    /// Its name in JSON: of a key all of it.
    pub fn name(&self) -> String {
        match &self.what {
            What::Key(key) => key.clone(),
            _ => self.title.clone(),
        }
    }

    /// Whether every list shows it.
    pub fn is_in_every_list(&self) -> bool {
        matches!(self.what, What::Status | What::Name)
    }

    /// The value that a run has.
    pub fn value(&self, run: &Run) -> Option<Value> {
        let text = |text: &str| Some(Value::from(text));
        match &self.what {
            What::Status => text(run.info.status.name()),
            What::Name => text(&run.info.name),
            // TOML has no larger ones, so that no experiment has.
            What::Seed => i64::try_from(run.info.seed).ok().map(Value::from),
            What::Started => text(&run.info.started.to_string()),
            What::Metric(metric) => run.value(*metric).map(Value::from),
            What::Final(metric) => run.info.result(*metric).map(Value::from),
            What::Key(key) => run.values.get(key).cloned(),
        }
    }

    /// The same of a run in any state, as people read it.
    pub fn cell(&self, listed: &Listed) -> String {
        let value = listed.run.as_ref().and_then(|run| self.value(run));
        match (&self.what, value) {
            (_, None) => String::new(),
            (What::Metric(_) | What::Final(_), Some(Value::Float(value))) => figure(value),
            (_, Some(value)) => plain(&value),
        }
    }

    /// Which of two runs comes first: the better one by a metric, the lower value of anything else; those
    /// that have no value last.
    pub fn order(&self, a: &Listed, b: &Listed) -> Ordering {
        let [a, b] = [a, b].map(|listed| listed.run.as_ref().and_then(|run| self.value(run)));
        let mode = match self.what {
            What::Metric(metric) => metric.mode(),
            What::Final(metric) => metric.mode(),
            _ => Mode::Min,
        };
        let downwards = mode == Mode::Max;
        match (a, b) {
            (Some(a), Some(b)) if downwards => order(&b, &a),
            (Some(a), Some(b)) => order(&a, &b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
}
