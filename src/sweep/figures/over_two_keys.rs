//! The metric over two swept keys.

use super::{numbers, place, places, settings, without_value};
use crate::{
    figures::{Drawing, heatmap::Heatmap, lines::join, valued::ValuedPoints},
    spec::value,
    sweep::{Results, Row, groups::best_values, labels::Labels},
};
use std::collections::BTreeMap;

/// Maximum number of settings of a key that fit beside a heat map.
const SETTINGS: usize = 24;
/// Up to this many pairs, a heat map is best even if most of its cells are empty.
const FEW: usize = 4;

/// The runs of each existing pair of settings, by the indices of the two.
type Pairs<'r> = BTreeMap<(usize, usize), Vec<&'r Row>>;

/// Plots the metric over two swept keys, averaged over everything else: as a heat map, or as points in the
/// plane if at least half of its cells would be empty, as with random keys. `None` if there is too much to
/// show.
pub fn over_two_keys(results: &Results, across: usize, down: usize) -> Option<Drawing> {
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
        ((xs[column], ys[row]), best_values(of).map_or(f64::NAN, |summary| summary.mean))
    };
    let points: Vec<_> = pairs.iter().map(point).collect();
    let best = results.best_of(pairs.values());
    let empty = empty(&pairs);
    let hollow = if empty.is_empty() { "" } else { "hollow: " };
    Some(ValuedPoints {
        title: title(results),
        note: join(&averaged(results, &pairs), &format!("{hollow}{empty}")),
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
    let mean = |rows: &Vec<&Row>| Some(best_values(rows)?.mean);
    let labels = Labels::of(results);
    Some(Heatmap {
        title: title(results),
        note: join(&averaged(results, &pairs), &empty(&pairs)),
        x_label: results.keys[across].clone(),
        y_label: results.keys[down].clone(),
        metric: results.metric.name().to_owned(),
        columns: columns.iter().map(|one| labels.label(across, one)).collect(),
        rows: rows.iter().map(|one| labels.label(down, one)).collect(),
        values: cells.map(|cell| pairs.get(&cell).and_then(mean).unwrap_or(f64::NAN)).collect(),
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

fn title(results: &Results) -> String {
    format!("{}: best {}", results.name, results.metric.name())
}

/// Describes how many pairs have no value, and why.
fn empty(pairs: &Pairs<'_>) -> String {
    without_value("combination", pairs.values().filter(|rows| best_values(rows).is_none()))
}

/// Says what the values of pairs are means over; empty if each is of a single run.
fn averaged(results: &Results, pairs: &Pairs<'_>) -> String {
    let counts = |row: &&&Row| row.is_complete() && row.best.is_some();
    let known: Vec<Vec<&Row>> =
        pairs.values().map(|rows| rows.iter().filter(counts).copied().collect()).collect();
    let differs = |key: usize| {
        let setting = |row: &Row| row.values[key].as_ref().map(value::exact);
        known.iter().any(|rows| rows.iter().any(|row| setting(row) != setting(rows[0])))
    };
    let keys = results.keys.iter().enumerate().filter(|(key, _)| differs(*key));
    let mut over: Vec<&str> = keys.map(|(_, path)| path.as_str()).collect();
    let repeated = |rows: &Vec<&Row>| {
        let mut groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
        groups.sort_unstable();
        groups.windows(2).any(|pair| pair[0] == pair[1])
    };
    if known.iter().any(repeated) {
        over.push("repeats");
    }
    if over.is_empty() { String::new() } else { format!("mean over {}", over.join(", ")) }
}
