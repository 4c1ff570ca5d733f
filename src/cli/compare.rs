//! `runner compare A B`

use super::{
    args::CompareArgs,
    exit::{Exit, Failure, Result},
    output,
    text::table,
};
use crate::{
    record,
    report::{
        NONE,
        compare::{Comparison, LevelPair, shown},
        run::Run,
    },
    spec::words::{counted, figure, percent, signed},
};

/// Prints the keys in which two runs differ, and their metrics side by side.
pub fn compare(args: &CompareArgs) -> Result {
    let read = |wanted: &str| -> Result<Run> {
        let found = record::find(&args.runs_dir, wanted).map_err(Failure::usage)?;
        let path = found.path.clone();
        Run::read(found).map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
    };
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    for problem in a.problems.iter().chain(&b.problems) {
        output::note(format!("warning: {problem}"));
    }
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
    let keys: Vec<[String; 3]> = comparison
        .keys
        .iter()
        .map(|pair| {
            [pair.key.clone(), shown(pair.values[0].as_ref()), shown(pair.values[1].as_ref())]
        })
        .collect();
    parts.push(match keys[..] {
        [] => "They differ in no key of the experiment.".into(),
        _ => table(["key", "A", "B"], &keys),
    });
    let metrics = comparison.metrics.iter();
    let metrics =
        metrics.map(|pair| row(pair.metric.name(), pair.values, pair.difference(), pair.better()));
    let results = comparison.results.iter();
    let results = results.map(|pair| row(pair.metric.name(), pair.values, pair.difference(), None));
    let mut metrics: Vec<[String; 4]> = metrics.chain(results).collect();
    if metrics.is_empty() {
        parts.push("Neither has metrics of an epoch.".into());
    } else {
        metrics.push([
            "in epoch".into(),
            epoch(comparison.epochs[0]),
            epoch(comparison.epochs[1]),
            String::new(),
        ]);
        parts.push(table(["metric, in the best epoch", "A", "B", "B - A"], &metrics));
    }
    let levels: Vec<[String; 4]> = comparison
        .levels
        .iter()
        .map(|LevelPair { level, column, pair }| {
            row(&format!("{column} at {level}"), pair.values, pair.difference(), pair.better())
        })
        .collect();
    if !levels.is_empty() {
        parts.push(table(["tested at the same noise level", "A", "B", "B - A"], &levels));
    }
    parts.extend(comparison.different.clone());
    let pairs = comparison.metrics.iter().chain(comparison.levels.iter().map(|level| &level.pair));
    if pairs.into_iter().any(|pair| pair.better().is_some()) {
        parts.push("* the better one".into());
    }
    parts.join("\n\n")
}

/// A metric, its values and their difference; one of them may be the better.
fn row(
    name: &str,
    values: [Option<f64>; 2],
    difference: Option<f64>,
    better: Option<usize>,
) -> [String; 4] {
    let value = |place: usize| {
        let mark = if better == Some(place) { " *" } else { "" };
        values[place].map_or_else(|| NONE.into(), |value| figure(value) + mark)
    };
    let difference = difference.map_or_else(String::new, |difference| {
        let share = values[0].and_then(|first| percent(difference.abs(), first.abs()));
        let sign = if difference < 0.0 { '−' } else { '+' };
        let share = share.map_or_else(String::new, |share| format!("  ({sign}{share})"));
        signed(difference) + &share
    });
    [name.to_owned(), value(0), value(1), difference]
}
