//! The figures of a sweep, drawn in memory.

mod all_curves;
mod images;
mod over_key;
mod over_two_keys;
#[cfg(test)]
mod tests;

pub use all_curves::all_curves;
pub use images::same_images;
pub use over_key::over_key;
pub use over_two_keys::over_two_keys;

use super::{Results, Row, groups::uncounted_states};
use crate::{
    figures::{Scale, lines::join},
    spec::{Metric, Mode, value},
    words::counted,
};
use std::collections::{HashMap, HashSet};

/// Returns the settings of a key among runs: numbers by size, otherwise in order of appearance.
fn settings(results: &Results, key: usize) -> Vec<toml::Value> {
    let values = results.rows.iter().filter_map(|row| row.values[key].as_ref());
    // A random key has as many settings as runs.
    let mut known = HashSet::new();
    let mut found: Vec<toml::Value> =
        values.filter(|value| known.insert(value::exact(value))).cloned().collect();
    if found.iter().all(|value| value::number(value).is_some()) {
        found.sort_by(|a, b| {
            value::number(a).unwrap_or(0.0).total_cmp(&value::number(b).unwrap_or(0.0))
        });
    }
    found
}

/// Returns the settings as numbers, if all of them are.
fn numbers(settings: &[toml::Value]) -> Option<Vec<f64>> {
    settings.iter().map(value::number).collect()
}

/// Returns the index of each setting, by its text.
fn places(settings: &[toml::Value]) -> HashMap<String, usize> {
    settings.iter().map(value::exact).zip(0..).collect()
}

/// Returns the index of a row's setting of a key.
fn place(row: &Row, key: usize, places: &HashMap<String, usize>) -> Option<usize> {
    places.get(&value::exact(row.values[key].as_ref()?)).copied()
}

/// Returns the keys with more than one setting.
pub fn varied(results: &Results) -> Vec<usize> {
    (0..results.keys.len()).filter(|&key| settings(results, key).len() > 1).collect()
}

/// Describes the `groups` of runs without a value, by status: `2 settings pruned · 1 setting diverged`; empty
/// if there are none.
fn without_value<'g>(one: &str, groups: impl IntoIterator<Item = &'g Vec<&'g Row>>) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for group in groups {
        let how = match uncounted_states(group) {
            none if none.is_empty() => "without a value".to_owned(),
            how => how,
        };
        match counts.iter_mut().find(|(known, _)| *known == how) {
            Some((_, count)) => *count += 1,
            None => counts.push((how, 1)),
        }
    }
    let said = counts.into_iter().map(|(how, count)| format!("{} {how}", counted(count, one)));
    said.fold(String::new(), |note, part| join(&note, &part))
}

/// Returns the scale of a metric's axis. The order of magnitude matters for errors, while PSNR is a logarithm
/// already and SSIM a share.
pub fn scale(metric: Metric) -> Scale {
    if metric.mode() == Mode::Max { Scale::Linear } else { Scale::Auto }
}
