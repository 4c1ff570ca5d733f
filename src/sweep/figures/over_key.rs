//! The metric over one swept key.

use super::{numbers, place, places, scale, settings, without_value};
use crate::{
    figures::{
        Drawing, Scale,
        lines::{Form, Line, LinePlot, join},
        style::{LINE_COLOURS, line_colour},
    },
    sweep::{
        Results, Row,
        groups::{best_values, pruned_values},
        labels::Labels,
    },
};
use std::collections::HashMap;

/// Plots the metric over a swept key, with deviations as error bars. There is a line for each setting of the
/// other keys or, if these are too many, a single one over all of them, which is drawn as points only if
/// settings are not combined with the same others. Settings with pruned but no complete runs have a hollow
/// point that is not connected.
pub fn over_key(results: &Results, key: usize) -> Drawing {
    plot(results, key).draw()
}

pub(super) fn plot(results: &Results, key: usize) -> LinePlot {
    let settings = settings(results, key);
    let numbers = numbers(&settings);
    let labels = Labels::of(results);
    let mut others = by_others(results, key, &labels);
    let mut title = format!("{}: {}", results.name, results.value_name());
    let mut over = "repeats";
    // Names have no order for a line to follow.
    let mut form = if numbers.is_some() { Form::Marked } else { Form::Dots };
    if others.len() > LINE_COLOURS {
        if !is_grid(&others, key, &settings) {
            form = Form::Dots;
        }
        others = vec![(String::new(), results.rows.iter().collect())];
        title.push_str(", over all other keys");
        over = "all runs with the setting, whatever their other keys";
    } else if let [(name, _)] = &mut others[..] {
        // There is no other line to distinguish it from.
        name.clear();
    }
    let count = others.len();
    let (mut lines, mut pruned, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (name, rows)) in others.into_iter().enumerate() {
        let beside = |at: usize| at as f64 + offset(index, count);
        let x = |at: usize| numbers.as_ref().map_or_else(|| beside(at), |numbers| numbers[at]);
        let mut drawn = Drawn::of(&rows, key, &settings, x);
        drawn.line = Line { name, form, ..drawn.line };
        drawn.pruned.colour = Some(line_colour(index));
        lines.push(drawn.line);
        pruned.extend((!drawn.pruned.points.is_empty()).then_some(drawn.pruned));
        empty.extend(drawn.empty);
    }
    let scattered = lines.iter().flat_map(|line| &line.deviations).any(|d| d.is_finite());
    let one = if count > 1 { "combination" } else { "setting" };
    let notes = [
        scattered.then(|| format!("mean and standard deviation over {over}")),
        (!pruned.is_empty()).then(|| "hollow: pruned".to_owned()),
        (!empty.is_empty()).then(|| without_value(one, &empty)),
    ];
    lines.extend(pruned);
    LinePlot {
        title,
        note: notes.into_iter().flatten().fold(String::new(), |note, more| join(&note, &more)),
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

/// Returns the runs of each combination of the other keys, with its name.
fn by_others<'r>(
    results: &'r Results,
    key: usize,
    labels: &Labels<'_>,
) -> Vec<(String, Vec<&'r Row>)> {
    let mut others: Vec<(String, Vec<&Row>)> = Vec::new();
    let mut places = HashMap::new();
    for row in &results.rows {
        let name = labels.in_short(row, |other| other != key);
        let place = *places.entry(name.clone()).or_insert(others.len());
        match others.get_mut(place) {
            Some((_, rows)) => rows.push(row),
            None => others.push((name, vec![row])),
        }
    }
    others
}

/// Whether every setting of a key is combined with the same settings of the others, so that their means are
/// comparable.
fn is_grid(others: &[(String, Vec<&Row>)], key: usize, settings: &[toml::Value]) -> bool {
    let with_all =
        |rows: &[&Row]| by_setting(rows, key, settings).iter().all(|with| !with.is_empty());
    others.iter().all(|(_, rows)| with_all(rows))
}

/// Some runs drawn over the settings of a key.
struct Drawn<'r> {
    /// Means; a gap if no run is complete, so that the setting keeps its position.
    line: Line,
    /// Means of pruned runs, for settings without a complete run.
    pruned: Line,
    /// The runs of settings without a value, neither from complete nor from pruned runs.
    empty: Vec<Vec<&'r Row>>,
}

impl<'r> Drawn<'r> {
    fn of(
        rows: &[&'r Row],
        key: usize,
        settings: &[toml::Value],
        x: impl Fn(usize) -> f64,
    ) -> Self {
        let pruned = Line { form: Form::Hollow, ..Line::default() };
        let mut drawn = Self { line: Line::default(), pruned, empty: Vec::new() };
        let with = by_setting(rows, key, settings).into_iter().enumerate();
        for (at, with) in with.filter(|(_, with)| !with.is_empty()) {
            let summary = best_values(&with);
            let deviation = summary.and_then(|summary| summary.deviation);
            drawn.line.points.push((x(at), summary.map_or(f64::NAN, |summary| summary.mean)));
            drawn.line.deviations.push(deviation.unwrap_or(f64::NAN));
            if summary.is_some() {
                continue;
            }
            match pruned_values(&with) {
                Some(pruned) => drawn.pruned.points.push((x(at), pruned.mean)),
                None => drawn.empty.push(with),
            }
        }
        drawn
    }
}

/// Groups the rows by their setting of a key.
fn by_setting<'r>(rows: &[&'r Row], key: usize, settings: &[toml::Value]) -> Vec<Vec<&'r Row>> {
    let places = places(settings);
    let mut with = vec![Vec::new(); settings.len()];
    for row in rows {
        if let Some(place) = place(row, key, &places) {
            with[place].push(*row);
        }
    }
    with
}

/// Returns the horizontal offset, in names, of the points of the `place`-th of `count` lines, so that error
/// bars at one name do not overlap.
fn offset(place: usize, count: usize) -> f64 {
    let step = (0.5 / count as f64).min(0.08);
    (place as f64 - (count - 1) as f64 / 2.0) * step
}
