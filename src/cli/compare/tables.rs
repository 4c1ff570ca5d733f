//! The tables of a comparison of two runs.

use super::super::text::table;
use crate::{
    report::{
        NONE,
        compare::{Comparison, KeyPair, quantity::Pair, shown},
    },
    spec::Difference,
    words::{figure, percent, signed},
};

/// Formats keys with both of their values as a table.
pub fn keys(keys: &[KeyPair]) -> String {
    let row = |pair: &KeyPair| {
        [pair.key.clone(), shown(pair.values[0].as_ref()), shown(pair.values[1].as_ref())]
    };
    match keys {
        [] => "No key of the experiment differs.".into(),
        _ => table(["key", "A", "B"], &keys.iter().map(row).collect::<Vec<_>>()),
    }
}

/// Formats the values of two runs as tables, and says which is better or why neither is.
pub fn values(comparison: &Comparison) -> Vec<String> {
    let mut parts = vec![metrics(comparison)];
    let finals: Vec<[String; 4]> = comparison.finals().map(row).collect();
    if !finals.is_empty() {
        parts.push(table(["measured once, not to choose by", "A", "B", "B - A"], &finals));
    }
    let levels = comparison.levels().filter(|pair| !comparison.repeats_another(pair));
    let levels: Vec<[String; 4]> = levels.map(row).collect();
    if !levels.is_empty() {
        parts.push(table(["tested at the same noise level", "A", "B", "B - A"], &levels));
    }
    parts.extend(comparison.reasons());
    if comparison.pairs.iter().any(|pair| pair.better().is_some()) {
        parts.push("* the better one".into());
    }
    parts
}

/// Formats the metrics in the best epochs.
fn metrics(comparison: &Comparison) -> String {
    let mut rows: Vec<[String; 4]> = comparison.metrics().map(row).collect();
    if rows.is_empty() {
        return "Neither run has metrics yet.".into();
    }
    let [a, b] =
        comparison.epochs.map(|epoch| epoch.map_or_else(|| NONE.into(), |epoch| epoch.to_string()));
    rows.push(["in epoch".into(), a, b, String::new()]);
    table(["metric, in the best epoch", "A", "B", "B - A"], &rows)
}

/// Formats a row: a quantity, its values with a mark at the better one, and their difference.
fn row(pair: &Pair) -> [String; 4] {
    let value = |place: usize| {
        let mark = if pair.better() == Some(place) { " *" } else { "" };
        pair.values[place].map_or_else(|| NONE.into(), |value| figure(value) + mark)
    };
    let difference = if pair.comparable {
        apart(pair.values, pair.quantity.difference())
    } else {
        NONE.to_owned()
    };
    [pair.quantity.title(), value(0), value(1), difference]
}

/// Formats the second value minus the first; empty if one is missing.
fn apart([first, second]: [Option<f64>; 2], expressed: Difference) -> String {
    let Some((first, second)) = first.zip(second) else { return String::new() };
    let difference = second - first;
    let percent = || {
        let sign = if difference < 0.0 { '−' } else { '+' };
        percent(difference.abs(), first.abs()).map(|share| format!("  ({sign}{share})"))
    };
    let unit = match expressed {
        Difference::Percent => percent().unwrap_or_default(),
        Difference::Decibels | Difference::Plain => expressed.unit().to_owned(),
    };
    signed(difference) + &unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_shares_have_no_percentages() {
        let text = |expressed| apart([Some(12.589), Some(12.664)], expressed);
        assert_eq!(text(Difference::Percent), "+0.075  (+0.6 %)");
        assert_eq!(text(Difference::Decibels), "+0.075 dB");
        assert_eq!(text(Difference::Plain), "+0.075");
        assert_eq!(apart([None, Some(1.0)], Difference::Decibels), "");
        assert_eq!(apart([Some(2.0), Some(1.0)], Difference::Percent), "−1.0  (−50 %)");
    }
}
