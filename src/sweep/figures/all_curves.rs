//! The curves of all runs.

use super::scale;
use crate::{
    figures::{
        Scale,
        lines::{Line, LinePlot},
        style::LINE_COLOURS,
    },
    sweep::{Results, Row, groups::groups, labels::Labels},
};
use image::RgbImage;

/// More curves than this are a stain.
const CURVES: usize = 200;

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
