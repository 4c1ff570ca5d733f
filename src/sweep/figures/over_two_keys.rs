//! The metric over two swept keys.

use super::{numbers, place, places, settings, without_value};
use crate::{
    figures::{Drawing, heatmap::Heatmap, lines::join, valued::ValuedPoints},
    rank::Rank,
    spec::value,
    statistics::summarize,
    sweep::{
        Results, Row,
        groups::{best_values, rank},
        labels::Labels,
    },
    words::counted,
};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of settings of a key that fit beside a heat map.
const SETTINGS: usize = 24;
/// Up to this many pairs, a heat map is best even if most of its cells are empty.
const FEW: usize = 4;

/// The runs of each existing pair of settings, by the indices of the two.
type Pairs<'r> = BTreeMap<(usize, usize), Vec<&'r Row>>;

/// Plots the metric over two swept keys, averaged over everything else: as a heat map, or as points in the
/// plane if at least half of its cells would be empty, as with random keys. `None` if the metric measures a different
/// quantity in each run, if there is too much to show, or if no two cells could be compared, as in an ablation.
pub fn over_two_keys(results: &Results, across: usize, down: usize) -> Option<Drawing> {
    if !results.comparable {
        return None;
    }
    if let Some(points) = points(results, across, down) {
        return Some(points.draw());
    }
    Some(map(results, across, down)?.draw())
}

pub(super) fn points(results: &Results, across: usize, down: usize) -> Option<ValuedPoints> {
    let (columns, rows) = (settings(results, across), settings(results, down));
    let (xs, ys) = (numbers(&columns)?, numbers(&rows)?);
    let pairs = pairs(results, (down, &rows), (across, &columns));
    if pairs.len() <= FEW || 2 * pairs.len() > columns.len() * rows.len() {
        return None;
    }
    let point = |(&(row, column), of): (&(usize, usize), &Vec<&Row>)| {
        ((xs[column], ys[row]), mean(of).unwrap_or(f64::NAN))
    };
    let points: Vec<_> = pairs.iter().map(point).collect();
    let covered = covered(results, &pairs);
    let ranks = pairs.iter().map(|(pair, of)| {
        let mean = mean(of).filter(|_| covered.is_whole(pair))?;
        Some(Rank { mean, ..rank(of)? })
    });
    let best = results.best_rank(ranks);
    let empty = empty(&pairs);
    let hollow = if empty.is_empty() { "" } else { "hollow: " };
    Some(ValuedPoints {
        title: title(results),
        note: join(&averaged(results, &pairs, &covered), &format!("{hollow}{empty}")),
        x_label: results.keys[across].clone(),
        y_label: results.keys[down].clone(),
        metric: results.metric.name().to_owned(),
        points,
        best,
    })
}

pub(super) fn map(results: &Results, across: usize, down: usize) -> Option<Heatmap> {
    let (columns, rows) = (settings(results, across), settings(results, down));
    if columns.len() > SETTINGS || rows.len() > SETTINGS {
        return None;
    }
    let pairs = pairs(results, (down, &rows), (across, &columns));
    let cells = (0..rows.len()).flat_map(|row| (0..columns.len()).map(move |column| (row, column)));
    let covered = covered(results, &pairs);
    if !covered.is_grid() {
        return None;
    }
    let lacking = cells.clone().enumerate().filter(|(_, cell)| covered.lacks(cell));
    let labels = Labels::of(results);
    Some(Heatmap {
        hollow: lacking.map(|(index, _)| index).collect(),
        title: title(results),
        note: join(&averaged(results, &pairs, &covered), &empty(&pairs)),
        x_label: results.keys[across].clone(),
        y_label: results.keys[down].clone(),
        metric: results.metric.name().to_owned(),
        columns: columns.iter().map(|one| labels.label(across, one)).collect(),
        rows: rows.iter().map(|one| labels.label(down, one)).collect(),
        values: cells
            .map(|cell| pairs.get(&cell).and_then(|of| mean(of)).unwrap_or(f64::NAN))
            .collect(),
    })
}

/// Groups the runs by their pair of settings of two keys.
fn pairs<'r>(
    results: &'r Results,
    down: (usize, &[toml::Value]),
    across: (usize, &[toml::Value]),
) -> Pairs<'r> {
    let (rows, columns) = (places(down.1), places(across.1));
    let mut pairs = Pairs::new();
    for row in &results.rows {
        if let Some(pair) = place(row, down.0, &rows).zip(place(row, across.0, &columns)) {
            pairs.entry(pair).or_default().push(row);
        }
    }
    pairs
}

/// Returns the mean over settings of the other keys, each of which is a mean over repeats.
fn mean(rows: &[&Row]) -> Option<f64> {
    let mut settings: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        settings.entry(row.group).or_default().push(row);
    }
    let means = settings.values().filter_map(|repeats| Some(best_values(repeats)?.mean));
    Some(summarize(means)?.mean)
}

/// The settings of the other keys that pairs have complete runs of.
struct Covered<'r> {
    /// The keys that are averaged over in any pair.
    keys: Vec<&'r str>,
    /// Those of each pair with a value.
    of: BTreeMap<(usize, usize), BTreeSet<Setting>>,
    /// Those of any pair.
    all: BTreeSet<Setting>,
}

/// The values of the keys that are averaged over.
type Setting = Vec<Option<String>>;

impl Covered<'_> {
    /// Whether the mean of a pair is over all settings, so that it can be compared with others.
    fn is_whole(&self, pair: &(usize, usize)) -> bool {
        self.of.get(pair).is_some_and(|own| own.len() == self.all.len())
    }

    /// Whether a pair has a mean, but not over all settings.
    fn lacks(&self, pair: &(usize, usize)) -> bool {
        self.of.contains_key(pair) && !self.is_whole(pair)
    }

    /// Whether the pairs can be compared: not if any lacks settings and no two have all. The page's script has the
    /// same rule for its heat maps.
    fn is_grid(&self) -> bool {
        let whole = self.of.keys().filter(|pair| self.is_whole(pair)).count();
        whole > 1 || whole == self.of.len()
    }
}

fn covered<'r>(results: &'r Results, pairs: &Pairs<'_>) -> Covered<'r> {
    let setting = |row: &Row, key: usize| row.values[key].as_ref().map(value::exact);
    let differs = |key: &usize| {
        pairs
            .values()
            .any(|rows| rows.iter().any(|row| setting(row, *key) != setting(rows[0], *key)))
    };
    let keys: Vec<usize> = (0..results.keys.len()).filter(differs).collect();
    let of = pairs.iter().filter_map(|(pair, rows)| {
        let counted = rows.iter().filter(|row| counts(row));
        let own = counted.map(|row| keys.iter().map(|key| setting(row, *key)).collect());
        let own: BTreeSet<Setting> = own.collect();
        (!own.is_empty()).then_some((*pair, own))
    });
    let of: BTreeMap<_, _> = of.collect();
    let all = of.values().flatten().cloned().collect();
    let keys = keys.into_iter().map(|key| results.keys[key].as_str()).collect();
    Covered { keys, of, all }
}

/// Whether a run is part of means.
fn counts(row: &Row) -> bool {
    row.is_complete() && row.best.is_some()
}

fn title(results: &Results) -> String {
    format!("{}: {}", results.name, results.value_name())
}

/// Describes how many pairs have no value, and why.
fn empty(pairs: &Pairs<'_>) -> String {
    without_value("combination", pairs.values().filter(|rows| best_values(rows).is_none()))
}

/// Says what the values of pairs are means over, and which are not over all of it; empty if each is of a single run.
fn averaged(results: &Results, pairs: &Pairs<'_>, covered: &Covered<'_>) -> String {
    let known: Vec<Vec<&Row>> = pairs
        .values()
        .map(|rows| rows.iter().filter(|row| counts(row)).copied().collect())
        .collect();
    let differs = |key: usize| {
        let setting = |row: &Row| row.values[key].as_ref().map(value::exact);
        known.iter().any(|rows| rows.iter().any(|row| setting(row) != setting(rows[0])))
    };
    let keys = results.keys.iter().enumerate().filter(|(key, _)| differs(*key));
    let mut over: Vec<&str> = keys.map(|(_, path)| path.as_str()).collect();
    let some = covered.of.keys().filter(|pair| !covered.is_whole(pair)).count();
    let lacking = match covered.keys.join(", ") {
        _ if some == 0 => String::new(),
        keys if some == covered.of.len() => format!("each over other settings of {keys}"),
        keys => format!("hollow: {} without some settings of {keys}", counted(some, "combination")),
    };
    let repeated = |rows: &Vec<&Row>| {
        let mut groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
        groups.sort_unstable();
        groups.windows(2).any(|pair| pair[0] == pair[1])
    };
    if known.iter().any(repeated) {
        over.push("repeats");
    }
    let mean =
        if over.is_empty() { String::new() } else { format!("mean over {}", over.join(", ")) };
    join(&mean, &lacking)
}
