//! `runner compare A B`: compares two runs or experiment files.

use super::{
    args::CompareArgs,
    exit::{Exit, Failure, Result},
    load, output, sweep,
    text::{self, table},
};
use crate::{
    report::{
        NONE,
        compare::{
            Comparison, KeyPair, LevelPair, MetricPair, differing, keys_json, over_seeds, shown,
        },
        run::Run,
    },
    spec::{Difference, Loaded, dotted},
    words::{counted, figure, percent, signed},
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// Prints the keys in which two runs differ and their metrics side by side; for experiment files, only the
/// keys.
pub fn compare(args: &CompareArgs) -> Result {
    if [&args.a, &args.b].into_iter().any(|side| is_file(side)) {
        return compare_settings(args);
    }
    let (a, b) = (read(&args.runs_dir, &args.a)?, read(&args.runs_dir, &args.b)?);
    let comparison = Comparison::of(&a, &b);
    if args.json {
        let mut value = comparison.json();
        value["a"] = a.path.display().to_string().into();
        value["b"] = b.path.display().to_string().into();
        output::json(&value)?;
        return Ok(Exit::Done);
    }
    output::result(text(&a, &b, &comparison))?;
    Ok(Exit::Done)
}

/// Reads a run and warns about the parts of it that cannot be read.
fn read(runs_dir: &Path, wanted: &str) -> Result<Run> {
    let found = sweep::find(runs_dir, wanted)?;
    let path = found.path.clone();
    let run = Run::read(found);
    let run = run.map_err(|why| Failure::failed(format!("{}: {why}", path.display())))?;
    text::problems(&run).for_each(|problem| output::note(format!("warning: {problem}")));
    Ok(run)
}

/// Whether an argument names an experiment file.
fn is_file(side: &str) -> bool {
    Path::new(side).extension().is_some_and(|extension| extension == "toml")
}

/// Prints the keys in which two experiments differ, at least one of which is a file.
fn compare_settings(args: &CompareArgs) -> Result {
    let (a, b) = (Settings::read(args, &args.a)?, Settings::read(args, &args.b)?);
    let keys = differing([&a.values, &b.values]);
    if args.json {
        output::json(&json!({ "keys": keys_json(&keys), "a": a.name, "b": b.name }))?;
    } else {
        output::result(format!("A  {}\nB  {}\n\n{}", a.name, b.name, keys_table(&keys)))?;
    }
    Ok(Exit::Done)
}

/// The settings of an experiment file or a run, by dotted key.
struct Settings {
    name: String,
    values: BTreeMap<String, toml::Value>,
}

impl Settings {
    fn read(args: &CompareArgs, wanted: &str) -> Result<Self> {
        if !is_file(wanted) {
            let run = read(&args.runs_dir, wanted)?;
            return Ok(Self { name: run.path.display().to_string(), values: run.values });
        }
        let Loaded { base, points, .. } = load::load_one(Path::new(wanted))?;
        if points.iter().any(|point| !point.name.is_empty()) {
            output::note(format!("{wanted}: compared without its [sweep]"));
        }
        let table = toml::Value::Table(base.to_toml().parse()?);
        Ok(Self { name: wanted.to_owned(), values: dotted::leaves(&table) })
    }
}

/// Formats keys with both of their values as a table.
fn keys_table(keys: &[KeyPair]) -> String {
    let row = |pair: &KeyPair| {
        [pair.key.clone(), shown(pair.values[0].as_ref()), shown(pair.values[1].as_ref())]
    };
    match keys {
        [] => "No key of the experiment differs.".into(),
        _ => table(["key", "A", "B"], &keys.iter().map(row).collect::<Vec<_>>()),
    }
}

fn text(a: &Run, b: &Run, comparison: &Comparison) -> String {
    let epoch = |epoch: Option<usize>| epoch.map_or_else(|| NONE.into(), |epoch| epoch.to_string());
    let about = |letter: &str, run: &Run| {
        format!(
            "{letter}  {}  {}, {}",
            run.path.display(),
            run.info.status,
            counted(run.epochs(), "epoch")
        )
    };
    let mut parts = vec![format!("{}\n{}", about("A", a), about("B", b))];
    parts.push(keys_table(&comparison.keys));
    let metrics = comparison.metrics.iter();
    let metrics = metrics.map(|pair| metric_row(pair.metric.name(), pair));
    let mut metrics: Vec<[String; 4]> = metrics.collect();
    if metrics.is_empty() {
        parts.push("Neither run has metrics yet.".into());
    } else {
        metrics.push([
            "in epoch".into(),
            epoch(comparison.epochs[0]),
            epoch(comparison.epochs[1]),
            String::new(),
        ]);
        parts.push(table(["metric, in the best epoch", "A", "B", "B - A"], &metrics));
    }
    let results = comparison.results.iter();
    let results = results.map(|pair| {
        row(pair.metric.name(), pair.values, apart(pair.values, pair.metric.difference()), None)
    });
    let results: Vec<[String; 4]> = results.collect();
    if !results.is_empty() {
        parts.push(table(["measured once, not to choose by", "A", "B", "B - A"], &results));
    }
    let levels: Vec<[String; 4]> = comparison
        .levels
        .iter()
        .filter(|level| !comparison.repeats_another(level))
        .map(|LevelPair { level, column, pair }| metric_row(&format!("{column} at {level}"), pair))
        .collect();
    if !levels.is_empty() {
        parts.push(table(["tested at the same noise level", "A", "B", "B - A"], &levels));
    }
    parts.extend(comparison.different.clone());
    let pairs = comparison.metrics.iter().chain(comparison.levels.iter().map(|level| &level.pair));
    if pairs.into_iter().any(|pair| pair.better().is_some()) {
        parts.push("* the better one".into());
        parts.extend(over_seeds([a, b]));
    }
    parts.join("\n\n")
}

/// Formats the row of a metric by which one run may be better.
fn metric_row(name: &str, pair: &MetricPair) -> [String; 4] {
    row(name, pair.values, apart(pair.values, pair.metric.difference()), pair.better())
}

/// Formats a row: a metric, its values with a mark at the better one, and their difference.
fn row(
    name: &str,
    values: [Option<f64>; 2],
    difference: String,
    better: Option<usize>,
) -> [String; 4] {
    let value = |place: usize| {
        let mark = if better == Some(place) { " *" } else { "" };
        values[place].map_or_else(|| NONE.into(), |value| figure(value) + mark)
    };
    [name.to_owned(), value(0), value(1), difference]
}

/// Formats the second value minus the first; empty if one is missing.
fn apart([first, second]: [Option<f64>; 2], expressed: Difference) -> String {
    let Some((first, second)) = first.zip(second) else { return String::new() };
    let difference = second - first;
    let percent = || {
        let sign = if difference < 0.0 { '−' } else { '+' };
        percent(difference.abs(), first.abs()).map(|share| format!("  ({sign}{share})"))
    };
    let unit = match expressed {
        Difference::Percent => percent().unwrap_or_default(),
        Difference::Decibels => " dB".to_owned(),
        Difference::Plain => String::new(),
    };
    signed(difference) + &unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_shares_have_no_percentages() {
        let text = |expressed| apart([Some(12.589), Some(12.664)], expressed);
        assert_eq!(text(Difference::Percent), "+0.075  (+0.6 %)");
        assert_eq!(text(Difference::Decibels), "+0.075 dB");
        assert_eq!(text(Difference::Plain), "+0.075");
        assert_eq!(apart([None, Some(1.0)], Difference::Decibels), "");
        assert_eq!(apart([Some(2.0), Some(1.0)], Difference::Percent), "−1.0  (−50 %)");
    }
}
