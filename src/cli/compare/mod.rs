//! `runner compare A B`: compares two runs, two experiments over their seeds, two sweeps, or experiment files.

mod pairs;
mod side;
mod sweeps;
mod tables;
mod verdict;

use super::{
    args::CompareArgs,
    exit::{Exit, Result},
    find,
    hints::is_toml,
    load, output,
};
use crate::{
    report::{
        compare::{
            Comparison, differing, keys_json,
            pairs::Pairs,
            repeats::{Repeats, Reports},
        },
        run::Run,
    },
    spec::Loaded,
};
use serde_json::{Value, json};
use side::{Named, Side};
use std::{collections::BTreeMap, path::Path};

/// Prints the keys in which two runs differ and their metrics side by side, and those of their repeats in pairs
/// of the same seed; of two sweeps, the same for each experiment of one that the other has; for experiment files,
/// only the keys.
pub fn compare(args: &CompareArgs) -> Result {
    if [&args.a, &args.b].into_iter().any(|side| is_file(&args.runs_dir.path, side)) {
        return compare_settings(args);
    }
    let mut reports = Reports::default();
    let mut find = |wanted: &str| Named::find(&args.runs_dir.path, wanted, &mut reports);
    let sides = match [find(&args.a)?, find(&args.b)?] {
        [Named::Several(a), Named::Several(b)] => return sweeps::compare([&a, &b], args.json),
        [a, b] => [a.side()?, b.side()?],
    };
    let repeats = sides[0].repeats(&mut reports).zip(sides[1].repeats(&mut reports));
    let compared = Compared::of(&sides, repeats.as_ref().map(|(a, b)| [a, b]));
    if args.json {
        output::json(&compared.json())?;
    } else {
        output::result(compared.text())?;
    }
    Ok(Exit::Done)
}

/// Two runs and their experiments.
struct Compared<'s> {
    sides: &'s [Side; 2],
    /// The repeats of both; `None` if they cannot be found.
    repeats: Option<[&'s Repeats; 2]>,
    /// `None` if both sides are one experiment, too.
    pairs: Option<Pairs<'s>>,
    /// The runs that are named, or, of experiments, those of the first pair, which do not differ in their seed.
    runs: [&'s Run; 2],
    /// That of the runs.
    comparison: Comparison,
}

impl<'s> Compared<'s> {
    fn of(sides: &'s [Side; 2], repeats: Option<[&'s Repeats; 2]>) -> Self {
        let pairs = repeats.filter(|[a, b]| !a.is_same(b));
        let pairs = pairs.map(|both| Pairs::of(both.map(Repeats::runs)));
        let first = pairs.as_ref().and_then(|pairs| pairs.runs.first());
        let first = first.filter(|_| sides.iter().any(Side::is_repeated));
        let runs = first.copied().unwrap_or_else(|| sides.each_ref().map(Side::example));
        let comparison = Comparison::of(runs[0], runs[1]);
        Self { sides, repeats, pairs, runs, comparison }
    }

    fn json(&self) -> Value {
        let mut value = self.comparison.json();
        value["a"] = self.runs[0].path.display().to_string().into();
        value["b"] = self.runs[1].path.display().to_string().into();
        value["pairs"] = json!(self.pairs.as_ref().map(|pairs| pairs.json(&self.comparison)));
        value
    }

    fn text(&self) -> String {
        let Self { runs, comparison, .. } = self;
        let (about, values) = if self.is_over_pairs() {
            (self.sides.each_ref().map(Side::about), comparison.reasons().collect())
        } else {
            (runs.map(side::about), tables::values(comparison))
        };
        let mut parts = vec![format!("A  {}\nB  {}", about[0], about[1])];
        parts.push(tables::keys(&comparison.keys));
        parts.extend(values);
        if runs[0].path != runs[1].path {
            parts.extend(pairs::paragraphs(self.repeats, self.pairs.as_ref(), comparison));
        }
        parts.join("\n\n")
    }

    /// Whether experiments were named and can be compared over their seeds, so that the values of single runs
    /// are beside the point.
    fn is_over_pairs(&self) -> bool {
        self.sides.iter().any(Side::is_repeated)
            && self.pairs.as_ref().is_some_and(|pairs| pairs.runs.len() > 1)
            && !self.comparison.quantities().is_empty()
    }
}

/// Whether an argument names an experiment file, and not a run or a sweep whose name ends like one.
fn is_file(runs_dir: &Path, side: &str) -> bool {
    let path = Path::new(side);
    let is_named = || find::run_or_experiments(runs_dir, side, &mut Reports::default()).is_ok();
    is_toml(path) && (path.is_file() || !is_named())
}

/// Prints the keys in which two experiments differ, at least one of which is a file.
fn compare_settings(args: &CompareArgs) -> Result {
    let (a, b) = (Settings::read(args, &args.a)?, Settings::read(args, &args.b)?);
    let keys = differing([&a.values, &b.values]);
    if args.json {
        output::json(&json!({ "keys": keys_json(&keys), "a": a.name, "b": b.name }))?;
    } else {
        output::result(format!("A  {}\nB  {}\n\n{}", a.name, b.name, tables::keys(&keys)))?;
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
        if !is_file(&args.runs_dir.path, wanted) {
            let side = Named::find(&args.runs_dir.path, wanted, &mut Reports::default())?.side()?;
            return Ok(Self { name: side.name(), values: side.example().values.clone() });
        }
        let Loaded { base, points, .. } = load::load_one(Path::new(wanted))?;
        if points.iter().any(|point| !point.name.is_empty()) {
            output::note(format!("{wanted}: compared without its [sweep]"));
        }
        Ok(Self { name: wanted.to_owned(), values: base.values() })
    }
}
