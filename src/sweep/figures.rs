//! The figures of a sweep, drawn in memory.

mod pictures;
#[cfg(test)]
mod tests;

pub use pictures::same_pictures;

use super::{
    Results, Row,
    groups::{best_values, groups},
    labels::Labels,
    number, plain,
};
use crate::{
    figures::{
        Scale,
        heatmap::Heatmap,
        lines::{Form, Line, LinePlot},
        style::LINE_COLOURS,
    },
    spec::{Metric, Mode},
};
use image::RgbImage;
use std::collections::{HashMap, HashSet};

/// More curves than this are a stain.
const CURVES: usize = 200;
/// More settings of a key than this do not fit beside a heat map.
const SETTINGS: usize = 24;

/// The settings of a key that complete runs have, in order; numbers by size, others as they came.
fn settings(results: &Results, key: usize) -> Vec<toml::Value> {
    let complete = results.rows.iter().filter(|row| row.is_complete() && row.best.is_some());
    let values = complete.filter_map(|row| row.values[key].as_ref());
    // A random key has as many settings as there are runs.
    let mut known = HashSet::new();
    let mut found: Vec<toml::Value> =
        values.filter(|value| known.insert(plain(value))).cloned().collect();
    if found.iter().all(|value| number(value).is_some()) {
        found.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)));
    }
    found
}

/// The rows with each setting of a key.
fn by_setting<'r>(rows: &[&'r Row], key: usize, settings: &[toml::Value]) -> Vec<Vec<&'r Row>> {
    let places: HashMap<String, usize> = settings.iter().map(plain).zip(0..).collect();
    let mut with = vec![Vec::new(); settings.len()];
    for row in rows {
        let place = row.values[key].as_ref().and_then(|value| places.get(&plain(value)));
        if let Some(&place) = place {
            with[place].push(*row);
        }
    }
    with
}

/// Keys of which complete runs have more than one setting.
pub fn varied(results: &Results) -> Vec<usize> {
    (0..results.keys.len()).filter(|&key| settings(results, key).len() > 1).collect()
}

/// The metric over a swept key, with deviations as bars; a line for each setting of the other keys, or
/// a single one over all of them if there are too many.
pub fn over_key(results: &Results, key: usize) -> RgbImage {
    plot_over_key(results, key).render()
}

fn plot_over_key(results: &Results, key: usize) -> LinePlot {
    let settings = settings(results, key);
    let numbers: Option<Vec<f64>> = settings.iter().map(number).collect();
    let labels = Labels::of(results);
    let mut others: Vec<(String, Vec<&Row>)> = Vec::new();
    let mut places = HashMap::new();
    for row in &results.rows {
        let name = labels.in_short(row, Some(key));
        let place = *places.entry(name.clone()).or_insert(others.len());
        match others.get_mut(place) {
            Some((_, rows)) => rows.push(row),
            None => others.push((name, vec![row])),
        }
    }
    let mut title = format!("{}: best {}", results.name, results.metric.name());
    let mut over = "repeats";
    if others.len() > LINE_COLOURS {
        others = vec![(String::new(), results.rows.iter().collect())];
        title.push_str(", over all other keys");
        over = "all runs with the setting, whatever their other keys";
    } else if let [(name, _)] = &mut others[..] {
        // There is nothing to tell it from.
        name.clear();
    }
    let count = others.len();
    let line = |(place, (name, rows)): (usize, (String, Vec<&Row>))| {
        let mut line = Line {
            name,
            // Names have no order that a line could follow.
            form: if numbers.is_some() { Form::Marked } else { Form::Dots },
            ..Line::default()
        };
        for (index, with) in by_setting(&rows, key, &settings).into_iter().enumerate() {
            let Some(summary) = best_values(&with) else { continue };
            let beside = || index as f64 + aside(place, count);
            let x = numbers.as_ref().map_or_else(beside, |numbers| numbers[index]);
            line.points.push((x, summary.mean));
            line.deviations.push(summary.deviation.unwrap_or(f64::NAN));
        }
        line
    };
    let lines: Vec<Line> = others.into_iter().enumerate().map(line).collect();
    let scattered = lines.iter().flat_map(|line| &line.deviations).any(|d| d.is_finite());
    LinePlot {
        title,
        note: if scattered {
            format!("mean and standard deviation over {over}")
        } else {
            String::new()
        },
        x_label: results.keys[key].clone(),
        y_label: results.metric.name().to_owned(),
        x: match &numbers {
            Some(_) => Scale::Auto,
            None => Scale::Names(settings.iter().map(|one| labels.label(key, one)).collect()),
        },
        y: scale(results.metric),
        lines,
        ..LinePlot::default()
    }
}

/// How far from the place of a name the points of the `place`-th of `count` lines stand, so that their bars do
/// not lie on each other; in names.
fn aside(place: usize, count: usize) -> f64 {
    let step = (0.5 / count as f64).min(0.08);
    (place as f64 - (count - 1) as f64 / 2.0) * step
}

/// How a metric lies along its axis: of errors the order of magnitude counts, while PSNR is a
/// logarithm already and SSIM a share.
fn scale(metric: Metric) -> Scale {
    if metric.mode() == Mode::Max { Scale::Linear } else { Scale::Auto }
}

/// The metric over two swept keys, mean over everything else; none if there is too much to show.
pub fn over_two_keys(results: &Results, across: usize, down: usize) -> Option<RgbImage> {
    Some(map_over_two_keys(results, across, down)?.render())
}

fn map_over_two_keys(results: &Results, across: usize, down: usize) -> Option<Heatmap> {
    let (columns, rows) = (settings(results, across), settings(results, down));
    if columns.len() > SETTINGS || rows.len() > SETTINGS {
        return None;
    }
    let known: Vec<&Row> =
        results.rows.iter().filter(|row| row.is_complete() && row.best.is_some()).collect();
    let lines = by_setting(&known, down, &rows);
    let cells: Vec<Vec<&Row>> =
        lines.iter().flat_map(|line| by_setting(line, across, &columns)).collect();
    let labels = Labels::of(results);
    let mean = |rows: &Vec<&Row>| best_values(rows).map_or(f64::NAN, |summary| summary.mean);
    Some(Heatmap {
        title: format!("{}: best {}", results.name, results.metric.name()),
        note: averaged(results, &cells),
        x_label: results.keys[across].clone(),
        y_label: results.keys[down].clone(),
        metric: results.metric.name().to_owned(),
        columns: columns.iter().map(|one| labels.label(across, one)).collect(),
        rows: rows.iter().map(|one| labels.label(down, one)).collect(),
        values: cells.iter().map(mean).collect(),
    })
}

/// What the cells of a heat map are means over, in words; empty where each is of a single run.
fn averaged(results: &Results, cells: &[Vec<&Row>]) -> String {
    let differs = |key: usize| {
        let setting = |row: &Row| row.values[key].as_ref().map(plain);
        cells.iter().any(|rows| rows.iter().any(|row| setting(row) != setting(rows[0])))
    };
    let keys = results.keys.iter().enumerate().filter(|(key, _)| differs(*key));
    let mut over: Vec<&str> = keys.map(|(_, path)| path.as_str()).collect();
    let repeated = |rows: &Vec<&Row>| {
        let mut groups: Vec<usize> = rows.iter().map(|row| row.group).collect();
        groups.sort_unstable();
        groups.windows(2).any(|pair| pair[0] == pair[1])
    };
    if cells.iter().any(repeated) {
        over.push("repeats");
    }
    if over.is_empty() { String::new() } else { format!("mean over {}", over.join(", ")) }
}

/// The curves of all runs over each other, one colour for each combination; `curve` gives the values
/// of a row epoch by epoch.
pub fn all_curves(results: &Results, curve: impl Fn(&Row) -> Vec<f64>) -> RgbImage {
    let (groups, labels) = (groups(&results.rows), Labels::of(results));
    let begun = |row: &&&Row| !row.folder.is_empty();
    let few = groups.len() <= LINE_COLOURS;
    let mut lines = Vec::new();
    'all: for (tint, group) in groups.iter().enumerate() {
        for (repeat, row) in group.iter().filter(begun).enumerate() {
            if lines.len() == CURVES {
                break 'all;
            }
            let name = if few && repeat == 0 { labels.in_short(row, None) } else { String::new() };
            lines.push(Line { tint: Some(tint), ..Line::over_epochs(name, &curve(row)) });
        }
    }
    let count = results.rows.iter().filter(|row| !row.folder.is_empty()).count();
    let note = match count {
        1 => "1 run".to_owned(),
        _ if count > CURVES => format!("the first {CURVES} of {count} runs"),
        _ => format!("{count} runs"),
    };
    LinePlot {
        title: format!("{}: {}", results.name, results.metric.name()),
        note,
        x_label: "epoch".to_owned(),
        y_label: results.metric.name().to_owned(),
        x: Scale::Whole,
        y: scale(results.metric),
        lines,
        ..LinePlot::default()
    }
    .render()
}
