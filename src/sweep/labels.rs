//! Swept values in few words: of a table what sets it apart from the others of its key.

use super::{Results, Row, plain, shown};
use crate::spec::dotted;
use std::collections::{BTreeMap, HashMap};
use toml::Value;

/// What a table says, each value by its dotted key within the table.
type Leaves = BTreeMap<String, String>;
/// What is told of a value: some leaves of a table, or the value itself, whose key is empty.
type Told = Vec<(String, String)>;

/// The words for every value that some run of a sweep has.
pub struct Labels<'a> {
    keys: &'a [String],
    /// What is told of the tables of each key, by their text.
    tables: Vec<HashMap<String, Told>>,
}

impl<'a> Labels<'a> {
    /// The words for the values of a sweep's rows.
    pub fn of(results: &'a Results) -> Self {
        let tables = (0..results.keys.len()).map(|key| {
            let values = results.rows.iter().filter_map(|row| row.values[key].as_ref());
            let tables = values.filter(|value| value.is_table());
            let known: HashMap<String, Leaves> =
                tables.map(|table| (plain(table), leaves(table))).collect();
            known.iter().map(|(text, own)| (text.clone(), told(own, &known))).collect()
        });
        Self { keys: &results.keys, tables: tables.collect() }
    }

    /// A value beside its key: `0.25`, of a table `kind=gaussian, sigma=0.25`.
    pub fn label(&self, key: usize, value: &Value) -> String {
        let part = |(leaf, text): (String, String)| {
            if leaf.is_empty() { text } else { format!("{leaf}={text}") }
        };
        self.told(key, value).into_iter().map(part).collect::<Vec<_>>().join(", ")
    }

    /// A run's combination as people name it: `task.noise.sigma = 0.25, model.latent_dim = 8`.
    pub fn describe(&self, row: &Row) -> String {
        self.pairs(row, |_| true, |path, text| format!("{path} = {text}"))
    }

    /// The same with the last parts of keys only, and of those keys that are `told`: `sigma 0.25, latent_dim 8`.
    pub fn in_short(&self, row: &Row, told: impl Fn(usize) -> bool) -> String {
        self.pairs(row, told, |path, text| {
            format!("{} {text}", path.rsplit('.').next().unwrap_or(path))
        })
    }

    fn pairs(
        &self,
        row: &Row,
        told: impl Fn(usize) -> bool,
        pair: impl Fn(&str, &str) -> String,
    ) -> String {
        let keys = (0..self.keys.len()).filter(|key| told(*key));
        let told = keys.flat_map(|key| {
            let told = row.values[key].as_ref().map(|value| self.told(key, value));
            told.into_iter().flatten().map(move |(leaf, text)| (key, leaf, text))
        });
        let pairs = told.map(|(key, leaf, text)| match (&self.keys[key], leaf.as_str()) {
            (path, "") => pair(path, &text),
            (path, leaf) => pair(&format!("{path}.{leaf}"), &text),
        });
        pairs.collect::<Vec<_>>().join(", ")
    }

    fn told(&self, key: usize, value: &Value) -> Told {
        let known = self.tables[key].get(&plain(value)).cloned();
        known.unwrap_or_else(|| vec![(String::new(), shown(value))])
    }
}

/// The leaves that set a table apart from others: those that differ, and those that others of its kind do
/// not have. All where there is nothing to tell it from. Kinds come first.
fn told(own: &Leaves, all: &HashMap<String, Leaves>) -> Told {
    let differs = |(path, text): &(&String, &String)| {
        let kind = match path.rsplit_once('.') {
            Some((table, _)) => format!("{table}.kind"),
            None => "kind".to_owned(),
        };
        all.values().any(|other| match other.get(*path) {
            Some(known) => known != *text,
            // A table of another kind has other keys, and its kind is told.
            None => other.get(&kind) == own.get(&kind),
        })
    };
    let mut told: Vec<_> = own.iter().filter(differs).collect();
    if told.is_empty() {
        told = own.iter().collect();
    }
    told.sort_by_key(|(path, _)| !path.ends_with("kind"));
    told.into_iter().map(|(path, text)| (path.clone(), text.clone())).collect()
}

fn leaves(value: &Value) -> Leaves {
    dotted::leaves(value).into_iter().map(|(path, value)| (path, shown(&value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Metric;

    /// A sweep over `key` and `train.epochs`, a row for each value of the first.
    fn results(key: &str, values: &[&str]) -> Results {
        let row = |text: &&str| {
            let mut table: toml::Table = format!("v = {text}").parse().unwrap();
            let values = vec![table.remove("v"), Some(3.into())];
            Row { values, ..Row::default() }
        };
        Results {
            name: "s".to_owned(),
            keys: vec![key.to_owned(), "train.epochs".to_owned()],
            metric: Metric::ValLoss,
            comparable: true,
            rows: values.iter().map(row).collect(),
        }
    }

    fn labels(values: &[&str]) -> Vec<String> {
        let results = results("k", values);
        let labels = Labels::of(&results);
        let values = results.rows.iter().filter_map(|row| row.values[0].as_ref());
        values.map(|value| labels.label(0, value)).collect()
    }

    #[test]
    fn a_table_is_told_by_what_sets_it_apart() {
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
        assert_eq!(labels.in_short(row, |_| true), "kind sgd, epochs 3");
        assert_eq!(labels.in_short(row, |key| key != 0), "epochs 3");
    }
}
