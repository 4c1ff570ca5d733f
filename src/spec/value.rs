//! Values of keys as numbers and as text.

use crate::words;
use toml::Value;

/// Returns a value as a number, if it is one.
pub fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|value| value as f64))
}

/// Formats a value for people: strings without quotes, and numbers as the page's script does, `1`, `0.25`,
/// `1e30`.
pub fn shown(value: &Value) -> String {
    value.as_float().map_or_else(|| exact(value), words::number)
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
    }
}
