//! Short labels for swept values: tables are reduced to what distinguishes them from others of their key.

use super::{Results, Row};
use crate::spec::{NAME, dotted, value};
use std::collections::{BTreeMap, HashMap};
use toml::Value;

/// The contents of a table by dotted key within it.
type Leaves = BTreeMap<String, String>;
/// The labelled parts of a value: some leaves of a table, or the value itself, under an empty key.
type Parts = Vec<(String, String)>;

/// Labels for every value in the runs of a sweep.
pub struct Labels<'a> {
    keys: &'a [String],
    /// The parts that label each table of each key, by the table's text.
    tables: Vec<HashMap<String, Parts>>,
}

impl<'a> Labels<'a> {
    /// Prepares labels for the values in a sweep's rows.
    pub fn of(results: &'a Results) -> Self {
        let tables = (0..results.keys.len()).map(|key| {
            let values = results.rows.iter().filter_map(|row| row.values[key].as_ref());
            let tables = values.filter(|value| value.is_table());
            let known: HashMap<String, Leaves> =
                tables.map(|table| (value::exact(table), leaves(table))).collect();
            known.iter().map(|(text, own)| (text.clone(), distinguishing(own, &known))).collect()
        });
        Self { keys: &results.keys, tables: tables.collect() }
    }

    /// Labels a value beside its key: `0.25`, or `kind=gaussian, sigma=0.25` for a table.
    pub fn label(&self, key: usize, value: &Value) -> String {
        let part = |(leaf, text): (String, String)| {
            if leaf.is_empty() { text } else { format!("{leaf}={text}") }
        };
        self.parts(key, value).into_iter().map(part).collect::<Vec<_>>().join(", ")
    }

    /// Describes a run's combination in full: `task.noise.sigma = 0.25, model.latent_dim = 8`.
    pub fn describe(&self, row: &Row) -> String {
        self.pairs(row, |_| true, |path, text| format!("{path} = {text}"))
    }

    /// Describes it in full, after what people call it, if it has a name: `wide: model.latent_dim = 8`.
    pub fn headed(&self, row: &Row) -> String {
        let Some(name) = &row.called else { return self.describe(row) };
        let is_told = |key: usize| self.keys[key] == NAME;
        match self.pairs(row, |key| !is_told(key), |path, text| format!("{path} = {text}")) {
            values if values.is_empty() => name.clone(),
            values => format!("{name}: {values}"),
        }
    }

    /// Describes it by the last parts of keys only, for the `included` keys: `sigma 0.25, latent_dim 8`.
    pub fn in_short(&self, row: &Row, included: impl Fn(usize) -> bool) -> String {
        self.pairs(row, included, |path, text| {
            format!("{} {text}", path.rsplit('.').next().unwrap_or(path))
        })
    }

    fn pairs(
        &self,
        row: &Row,
        included: impl Fn(usize) -> bool,
        pair: impl Fn(&str, &str) -> String,
    ) -> String {
        let keys = (0..self.keys.len()).filter(|key| included(*key));
        let parts = keys.flat_map(|key| {
            let parts = row.values[key].as_ref().map(|value| self.parts(key, value));
            parts.into_iter().flatten().map(move |(leaf, text)| (key, leaf, text))
        });
        let pairs = parts.map(|(key, leaf, text)| match (&self.keys[key], leaf.as_str()) {
            (path, "") => pair(path, &text),
            (path, leaf) => pair(&format!("{path}.{leaf}"), &text),
        });
        pairs.collect::<Vec<_>>().join(", ")
    }

    fn parts(&self, key: usize, value: &Value) -> Parts {
        let known = self.tables[key].get(&value::exact(value)).cloned();
        known.unwrap_or_else(|| vec![(String::new(), value::shown(value))])
    }
}

/// Returns the leaves that distinguish a table from others: those that differ, and those that others of its
/// kind do not have; all of them if nothing distinguishes it. Kinds come first.
fn distinguishing(own: &Leaves, all: &HashMap<String, Leaves>) -> Parts {
    let differs = |(path, text): &(&String, &String)| {
        let kind = match path.rsplit_once('.') {
            Some((table, _)) => format!("{table}.kind"),
            None => "kind".to_owned(),
        };
        all.values().any(|other| match other.get(*path) {
            Some(known) => known != *text,
            // A table of another kind has other keys, which its kind implies.
            None => other.get(&kind) == own.get(&kind),
        })
    };
    let mut found: Vec<_> = own.iter().filter(differs).collect();
    if found.is_empty() {
        found = own.iter().collect();
    }
    found.sort_by_key(|(path, _)| !path.ends_with("kind"));
    found.into_iter().map(|(path, text)| (path.clone(), text.clone())).collect()
}

fn leaves(value: &Value) -> Leaves {
    dotted::leaves(value).into_iter().map(|(path, value)| (path, value::shown(&value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sweep over `key` and `train.epochs`, with a row for each value of the first.
    fn results(key: &str, values: &[&str]) -> Results {
        let row = |text: &&str| {
            let mut table: toml::Table = format!("v = {text}").parse().unwrap();
            let values = vec![table.remove("v"), Some(3.into())];
            Row { values, ..Row::default() }
        };
        let keys = vec![key.to_owned(), "train.epochs".to_owned()];
        Results { keys, rows: values.iter().map(row).collect(), ..Results::default() }
    }

    fn labels(values: &[&str]) -> Vec<String> {
        let results = results("k", values);
        let labels = Labels::of(&results);
        let values = results.rows.iter().filter_map(|row| row.values[0].as_ref());
        values.map(|value| labels.label(0, value)).collect()
    }

    #[test]
    fn a_table_is_labelled_by_what_distinguishes_it() {
        let noise = |sigma: &str| format!("{{ kind = 'gaussian', mean = 0.5, sigma = {sigma} }}");
        let (low, high) = (noise("0.25"), noise("0.5"));
        assert_eq!(labels(&[&low, &high]), ["sigma=0.25", "sigma=0.5"]);
        let masking = "{ kind = 'masking', amount = 0.5 }";
        let found = ["kind=gaussian, sigma=0.25", "kind=gaussian, sigma=0.5", "kind=masking"];
        assert_eq!(labels(&[&low, &high, masking]), found);
        assert_eq!(labels(&[&low, &low]), ["kind=gaussian, mean=0.5, sigma=0.25"; 2]);
        let losses = ["'mse'", "{ mse = 1.0, ssim = 0.1 }", "{ mse = 1.0, mae = 0.1 }"];
        assert_eq!(labels(&losses), ["mse", "ssim=0.1", "mae=0.1"]);
        let inner = ["{ noise = { kind = 'a', x = 1 } }", "{ noise = { kind = 'a', x = 2 } }"];
        assert_eq!(labels(&inner), ["noise.x=1", "noise.x=2"]);
        assert_eq!(labels(&["[4, 8]", "[8]", "{}"]), ["[4, 8]", "[8]", ""]);
        assert_eq!(labels(&["1.0", "0.25", "1e30", "2"]), ["1", "0.25", "1e30", "2"]);
    }

    #[test]
    fn a_combination_is_named_by_whole_keys_or_their_ends() {
        let results = results("train.optimizer", &["{ kind = 'sgd' }", "{ kind = 'adam' }"]);
        let (labels, row) = (Labels::of(&results), &results.rows[0]);
        assert_eq!(labels.describe(row), "train.optimizer.kind = sgd, train.epochs = 3");
        let called = Row { called: Some("own".to_owned()), ..row.clone() };
        assert_eq!(labels.headed(&called), "own: train.optimizer.kind = sgd, train.epochs = 3");
        assert_eq!(labels.in_short(row, |_| true), "kind sgd, epochs 3");
        assert_eq!(labels.in_short(row, |key| key != 0), "epochs 3");
        let named = self::results(NAME, &["'own'"]);
        assert_eq!(Labels::of(&named).headed(&called), "own: train.epochs = 3", "told once");
    }
}
