//! Expands a sweep into its points.

use super::{Block, Row, Setting, Sweep, Swept, canonical, given::Given, names};
use crate::{
    spec::{
        Experiment, Metric, Point, SEED,
        diagnostics::{Diagnostic, MOST},
        node::Table,
        rules::{init_place, resolve},
        stack::Stack,
    },
    words::counted,
};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    path::Path,
};

/// The metric that chooses a run's best epoch; that of the sweep unless a layer sets it.
const CHECKPOINT_METRIC: &str = "train.checkpoint.metric";

impl Block {
    /// Returns the number of combinations in the grid, regardless of `exclude`.
    pub(super) fn grid_len(&self) -> usize {
        if !self.grid {
            return 0;
        }
        self.axes.iter().fold(1, |count, axis| count.saturating_mul(axis.len()))
    }

    /// Returns combination `index` of the grid; the last axis varies fastest.
    fn choice(&self, mut index: usize) -> Vec<&Setting> {
        let mut rows: Vec<&Row> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            rows.push(&axis[index % axis.len()]);
            index /= axis.len();
        }
        rows.into_iter().rev().flatten().collect()
    }

    fn excludes(&self, choice: &[&Setting]) -> bool {
        let matches = |wanted: &Setting| {
            choice.iter().any(|one| one.key == wanted.key && one.same_value(wanted))
        };
        self.exclude.iter().any(|row| row.iter().all(matches))
    }

    /// Returns all combinations in order: those of the grid that are not excluded, then the included ones.
    fn choices(&self) -> impl Iterator<Item = Vec<&Setting>> {
        let grid = (0..self.grid_len()).map(|index| self.choice(index));
        let kept = grid.filter(|choice| self.exclude.is_empty() || !self.excludes(choice));
        kept.chain(self.include.iter().map(|row| row.iter().collect()))
    }
}

impl Sweep {
    /// Returns every combination once, at its first occurrence, with the most repeats that any block asks
    /// for.
    fn combinations(&self) -> Vec<(Vec<&Setting>, Option<usize>)> {
        let mut found: Vec<(Vec<&Setting>, Option<usize>)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for block in &self.blocks {
            let repeats = block.repeats.or(self.repeats);
            for choice in block.choices() {
                match known.entry(signature(&choice)) {
                    Entry::Occupied(at) => {
                        let (_, most) = &mut found[*at.get()];
                        *most = (*most).max(repeats);
                    }
                    Entry::Vacant(place) => {
                        place.insert(found.len());
                        found.push((choice, repeats));
                    }
                }
            }
        }
        found
    }
}

/// Returns a text that identifies a combination, independent of the order of its keys.
fn signature(choice: &[&Setting]) -> String {
    let mut parts: Vec<String> =
        choice.iter().map(|one| format!("{}={}", one.key, canonical(&one.node))).collect();
    parts.sort();
    parts.join("\n")
}

/// Resolves every point. Returns the experiment without the sweep, and the runs. `is_valid` tells whether no
/// mistake has been found so far.
///
/// # Errors
/// The mistakes of all points; one that several points share is reported once, with the first of them.
pub(crate) fn expand(
    sweep: &Sweep,
    stack: &Stack,
    file: &Path,
    is_valid: bool,
) -> Result<(Experiment, Vec<Point>), Vec<Diagnostic>> {
    let mut points = Vec::new();
    let mut mistakes = Mistakes::default();
    let mut taken = HashSet::new();
    let mut given = Given::below(stack);
    let combinations = sweep.combinations();
    // A sweep without keys and repeats is a plain run.
    let plain = matches!(&combinations[..], [(choice, None)] if choice.is_empty());
    let metric = sweep.settings.metric.filter(|_| !plain);
    let total = combinations.len();
    let (choices, repeats): (Vec<_>, Vec<_>) = combinations.into_iter().unzip();
    for (group, (choice, repeats)) in choices.iter().zip(repeats).enumerate() {
        if mistakes.found.len() >= MOST {
            mistakes.unchecked = total - group;
            break;
        }
        let name = names::name(&sweep.keys, choice, group + 1, &mut taken);
        let overrides = overrides(&sweep.keys, choice);
        let point = Point { name: name.clone(), overrides, group, ..Point::default() };
        let mut top = stack.clone();
        let (mut wrong, _) = top.push(layer(&sweep.keys, choice));
        wrong.extend(given.lost(&top));
        match runs(point, repeats, &top, file, metric) {
            Ok(runs) if wrong.is_empty() => points.extend(runs),
            runs => mistakes.add(&name, [wrong, runs.err().unwrap_or_default()].concat()),
        }
    }
    let is_checked = mistakes.unchecked == 0;
    let mut problems = mistakes.finish(total);
    if taken.is_empty() {
        problems.push(no_runs(sweep));
    }
    // The experiment may be incomplete without the sweep; then the first point represents it.
    let base = resolve(stack, file).ok().or_else(|| points.first().map(|p| p.experiment.clone()));
    if is_checked {
        problems.extend(given.useless());
    }
    problems.extend(base.iter().flat_map(|base| sweep.mistakes(base, &points)));
    // A value that a mistake leaves out could make points look the same.
    if is_valid && problems.is_empty() {
        problems = sweep.twins(&choices, &points);
    }
    match base {
        Some(base) if problems.is_empty() => Ok((base, points)),
        _ => Err(problems),
    }
}

/// Returns the layer that sets the keys of a combination.
fn layer(keys: &[Swept], choice: &[&Setting]) -> Table {
    let mut layer = Table { entries: Vec::new(), dotted: true };
    for one in choice {
        layer.insert(&keys[one.key].keys, one.node.clone());
    }
    layer
}

/// Returns the runs of a point, with the experiment of the layers up to `top`. Unless one of them sets it, its best
/// epoch is chosen by `metric`.
fn runs(
    point: Point,
    repeats: Option<usize>,
    top: &Stack,
    file: &Path,
    metric: Option<Metric>,
) -> Result<Vec<Point>, Vec<Diagnostic>> {
    let mut experiment = resolve(top, file)?;
    if let Some(metric) = metric.filter(|_| top.level(CHECKPOINT_METRIC).is_none()) {
        experiment.train.checkpoint.metric = metric;
    }
    repeated(Point { experiment, init: init_place(top), ..point }, repeats)
        .map_err(|message| vec![Diagnostic::new(message, top.nearest(SEED).as_ref())])
}

fn no_runs(sweep: &Sweep) -> Diagnostic {
    let excluded = sweep.blocks.iter().flat_map(|block| &block.exclude).flatten().next();
    let place = excluded.and_then(|one| one.node.place.as_ref());
    let why = if excluded.is_some() { ": `exclude` leaves out every combination" } else { "" };
    Diagnostic::new(format!("the sweep makes no runs{why}"), place)
        .note("`include` some, or give values for a key")
}

fn overrides(keys: &[Swept], choice: &[&Setting]) -> Vec<(String, toml::Value)> {
    choice.iter().map(|one| (keys[one.key].path.clone(), one.node.to_toml())).collect()
}

/// Returns the runs of one point: itself, or one for each repeat with its own seed.
fn repeated(point: Point, repeats: Option<usize>) -> Result<Vec<Point>, String> {
    let Some(repeats) = repeats else { return Ok(vec![point]) };
    let first = point.experiment.meta.seed;
    let limit = i64::MAX.unsigned_abs();
    if first.checked_add(repeats as u64 - 1).is_none_or(|last| last > limit) {
        return Err(format!("{repeats} repeats count the seed up from {first}, beyond {limit}"));
    }
    let repeat = |repeat: usize| {
        let mut point = point.clone();
        point.experiment.meta.seed = first + repeat as u64 - 1;
        let comma = if point.name.is_empty() { "" } else { "," };
        point.name = format!("{}{comma}r{repeat}", point.name);
        point.repeat = Some(repeat);
        point
    };
    Ok((1..=repeats).map(repeat).collect())
}

/// Mistakes of points, each kept once however many points share it.
#[derive(Default)]
struct Mistakes {
    found: Vec<(Diagnostic, String, usize)>,
    known: HashMap<String, usize>,
    /// Number of points that are not checked, after so many mistakes.
    unchecked: usize,
}

impl Mistakes {
    fn add(&mut self, point: &str, wrong: Vec<Diagnostic>) {
        for problem in wrong {
            let place = problem.location.as_ref().map(ToString::to_string);
            let same = format!("{place:?} {}", problem.message);
            if let Some(index) = self.known.get(&same) {
                self.found[*index].2 += 1;
            } else {
                self.known.insert(same, self.found.len());
                self.found.push((problem, point.to_owned(), 1));
            }
        }
    }

    fn finish(self, points: usize) -> Vec<Diagnostic> {
        let named = |(problem, point, count): (Diagnostic, String, usize)| match count {
            _ if point.is_empty() => problem,
            1 => problem.note(format!("in point `{point}` of the sweep")),
            _ => problem
                .note(format!("in {count} of the sweep's {points} points, first in `{point}`")),
        };
        let unchecked = (self.unchecked > 0).then(|| {
            let rest = counted(self.unchecked, "point");
            Diagnostic::new(format!("the rest of the sweep, {rest}, has not been checked"), None)
        });
        unchecked.into_iter().chain(self.found.into_iter().map(named)).collect()
    }
}
