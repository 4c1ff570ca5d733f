//! Values of keys as numbers and as text.

use crate::words;
use toml::Value;

/// Returns a value as a number, if it is one.
pub fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|value| value as f64))
}

/// Formats a value for people: strings without quotes, numbers as the page's script does, `1`, `0.25`, `1e30`, and
/// tables as `mse=1, ssim=0.1`.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Float(number) => words::number(*number),
        Value::Table(table) => {
            let part = |(key, value): (&String, &Value)| format!("{key}={}", shown(value));
            table.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        _ => exact(value),
    }
}

/// Formats a value beside others for people: as [`shown`], with parentheses around a table.
pub fn enclosed(value: &Value) -> String {
    let text = shown(value);
    if value.is_table() { format!("({text})") } else { text }
}

/// Spells out a key with its value: `sigma=0.5`, `loss=(mse=1, ssim=0.1)`.
pub fn spelled(key: &str, value: &Value) -> String {
    format!("{key}={}", enclosed(value))
}

/// Formats a value as in the names of runs: items of lists and values of tables are joined by hyphens.
pub fn in_names(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join("-");
    match value {
        Value::Float(value) => format!("{value:?}").trim_end_matches(".0").to_owned(),
        Value::Array(items) => joined(items.iter().map(in_names).collect()),
        Value::Table(table) => joined(table.values().map(in_names).collect()),
        _ => exact(value),
    }
}

/// Formats a value for CSV tables: strings without quotes, everything else as in TOML.
pub fn exact(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_lose_their_decimals_for_people_only() {
        let values = [Value::from(1.0), 1.into(), "a".into()];
        assert_eq!(values.each_ref().map(shown), ["1", "1", "a"]);
        assert_eq!(values.each_ref().map(exact), ["1.0", "1", "a"]);
        assert_eq!(values.each_ref().map(number), [Some(1.0), Some(1.0), None]);
        let table: Value = toml::from_str("mse = 1.0\nssim = 0.1\nsizes = [2.5, 4.0]").unwrap();
        assert_eq!(spelled("loss", &table), "loss=(mse=1, sizes=[2.5, 4.0], ssim=0.1)");
        assert_eq!(in_names(&table), "1-2.5-4-0.1");
    }
}
