//! The curves of all runs.

use super::{numbers, place, places, scale, settings, varied};
use crate::{
    figures::{
        Drawing, Scale,
        colour_scale::ramp,
        lines::{Line, LinePlot},
        style::{Colour, LINE_COLOURS, RULE, line_colour},
    },
    record::metrics::column,
    sweep::{Results, Row, groups::groups, labels::Labels},
};
use std::collections::{HashMap, HashSet};

/// Maximum number of curves: more would be unreadable.
const CURVES: usize = 200;
/// Number of settings in the legend if there are too many for distinguishable colours.
const NAMED: usize = 5;
/// Upper end of the ramp's range that is dark enough for a line on white.
const DARK: f64 = 0.85;

/// The assignment of colours to curves.
struct Palette {
    /// The key whose settings are coloured; `None` to colour combinations of all keys.
    key: Option<usize>,
    /// The index of each setting of the key.
    places: HashMap<String, usize>,
    /// Number of settings or combinations.
    count: usize,
}

/// Plots the curves of all runs, with one colour per combination, or per setting of one key if there are too
/// many.
pub fn all_curves(results: &Results) -> Drawing {
    plot(results).draw()
}

pub(super) fn plot(results: &Results) -> LinePlot {
    let (groups, labels) = (groups(&results.rows), Labels::of(results));
    let palette = Palette::of(results, groups.len());
    let rows =
        groups.iter().enumerate().flat_map(|(at, group)| group.iter().map(move |row| (at, *row)));
    let begun: Vec<(usize, &Row)> = rows.filter(|(_, row)| !row.folder.is_empty()).collect();
    let mut named = HashSet::new();
    let mut lines = Vec::new();
    for &(group, row) in begun.iter().take(CURVES) {
        let placed =
            palette.as_ref().and_then(|palette| Some((palette, palette.place(group, row)?)));
        let colour = Some(placed.map_or(RULE, |(palette, place)| palette.colour(place)));
        let first = placed.filter(|(palette, place)| palette.names(*place) && named.insert(*place));
        let name = first.map(|(palette, _)| {
            let is_whole = (0..results.keys.len()).all(|key| palette.tells(key));
            let own = row.called.clone().filter(|_| is_whole);
            own.unwrap_or_else(|| labels.in_short(row, |key| palette.tells(key)))
        });
        let curve = column(&row.epochs, results.metric);
        let line = Line::over_epochs(name.unwrap_or_default(), &curve);
        lines.push((placed.map(|(_, place)| place), Line { colour, ..line }));
    }
    // The legend follows their order.
    lines.sort_by_key(|(place, _)| *place);
    LinePlot {
        title: format!("{}: {}", results.name, results.metric.name()),
        note: match begun.len() {
            1 => "1 run".to_owned(),
            count if count > CURVES => format!("the first {CURVES} of {count} runs"),
            count => format!("{count} runs"),
        },
        x_label: "epoch".to_owned(),
        y_label: results.metric.name().to_owned(),
        x: Scale::Whole,
        y: scale(results.metric),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
        ..LinePlot::default()
    }
}

impl Palette {
    /// Colours combinations, or, if there are too many, the settings of the first key with few of them, or
    /// else of the first whose settings are numbers. `None` if there is no such key.
    fn of(results: &Results, combinations: usize) -> Option<Self> {
        if combinations <= LINE_COLOURS {
            return Some(Self { key: None, places: HashMap::new(), count: combinations });
        }
        let keys = || varied(results).into_iter().map(|key| (key, settings(results, key)));
        let few = keys().find(|(_, settings)| settings.len() <= LINE_COLOURS);
        let ordered = || keys().find(|(_, settings)| numbers(settings).is_some());
        let (key, settings) = few.or_else(ordered)?;
        Some(Self { key: Some(key), places: places(&settings), count: settings.len() })
    }

    /// Returns the index of a row of the `group`-th combination; `None` if it has no setting of the key.
    fn place(&self, group: usize, row: &Row) -> Option<usize> {
        self.key.map_or(Some(group), |key| place(row, key, &self.places))
    }

    fn colour(&self, place: usize) -> Colour {
        if self.count <= LINE_COLOURS {
            return line_colour(place);
        }
        ramp(DARK * place as f64 / (self.count - 1) as f64)
    }

    /// Whether the legend names this index: all of them if there are few, otherwise some.
    fn names(&self, place: usize) -> bool {
        let some = |i: usize| i * (self.count - 1) / (NAMED - 1) == place;
        self.count <= LINE_COLOURS || (0..NAMED).any(some)
    }

    /// Whether names include the setting of a key.
    fn tells(&self, key: usize) -> bool {
        self.key.is_none_or(|own| own == key)
    }
}
