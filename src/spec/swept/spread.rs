//! Rules for evenly spaced values of a swept key.

use super::{
    MOST_POINTS,
    digits::{self, LEAST as DIGITS, rounded},
    draw::whole,
};
use crate::spec::node::{Node, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Evenly spaced values of a swept number, rounded to six significant digits, or to more if needed to keep
/// them distinct. For a key that takes integers, they are rounded to integers, each used once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Spread {
    /// `from`, `from + step`, ... up to `to`, which is included if a step reaches it.
    Range {
        /// The first value.
        from: f64,
        /// The limit of the values.
        to: f64,
        /// Difference between successive values; negative if `to` is below `from`.
        step: f64,
    },
    /// `count` values with equal differences, including `from` and `to`.
    Linspace {
        /// The first value.
        from: f64,
        /// The last value.
        to: f64,
        /// Number of values.
        #[schemars(range(min = 2))]
        count: usize,
    },
    /// `count` powers of `base` with exponents from `from` to `to` at equal differences. To give the ends as
    /// values instead of exponents, use `geomspace`.
    Logspace {
        /// Exponent of the first value.
        from: f64,
        /// Exponent of the last value.
        to: f64,
        /// Number of values.
        #[schemars(range(min = 2))]
        count: usize,
        /// Base of the powers.
        #[serde(default = "ten")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        base: f64,
    },
    /// `count` values with equal ratios, including `from` and `to`.
    Geomspace {
        /// The first value.
        #[schemars(extend("exclusiveMinimum" = 0))]
        from: f64,
        /// The last value.
        #[schemars(extend("exclusiveMinimum" = 0))]
        to: f64,
        /// Number of values.
        #[schemars(range(min = 2))]
        count: usize,
    },
}

/// Number of significant digits that survive the rounding errors of a rule.
const EXACT: usize = 12;
/// From here on, not every integer is a 64-bit float.
const INEXACT: f64 = 9_007_199_254_740_992.0;

fn ten() -> f64 {
    10.0
}

/// Refuses more values of a key than a sweep may have runs.
pub(crate) fn check_count(count: usize) -> Result<(), String> {
    if count <= MOST_POINTS {
        return Ok(());
    }
    Err(format!("{count} values are too many: expected at most {MOST_POINTS}"))
}

impl Spread {
    /// Returns the values, in order, without the noise of rounding errors. If `is_whole`, that is, if the key
    /// takes only integers, those of even steps have all digits of an integer.
    ///
    /// # Errors
    /// A message if the rule gives no values, too many, or infinite ones, or integers from 2^53 on.
    pub(crate) fn values(&self, is_whole: bool) -> Result<Vec<f64>, String> {
        let even = |from: f64, to: f64, count: usize| -> Result<Vec<f64>, String> {
            check_count(count)?;
            let part = |index: usize| index as f64 / (count - 1).max(1) as f64;
            Ok((0..count).map(|index| from + (to - from) * part(index)).collect())
        };
        let values = match *self {
            Self::Range { from, to, step } => {
                if step == 0.0 || (to - from) * step < 0.0 {
                    return Err(format!("steps of {step} do not lead from {from} to {to}"));
                }
                // A small tolerance, so that 0.1 + 2 * 0.1 reaches 0.3.
                let steps = ((to - from) / step + 1e-9).floor();
                if steps >= MOST_POINTS as f64 {
                    return Err(format!(
                        "{steps} steps are too many: expected fewer than {MOST_POINTS}"
                    ));
                }
                (0..=steps as usize).map(|index| from + step * index as f64).collect()
            }
            Self::Linspace { from, to, count } => even(from, to, count)?,
            Self::Logspace { from, to, count, base } => {
                even(from, to, count)?.into_iter().map(|exponent| base.powf(exponent)).collect()
            }
            Self::Geomspace { from, to, count } => {
                even(from.ln(), to.ln(), count)?.into_iter().map(f64::exp).collect()
            }
        };
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(format!("one of the values would be {value}"));
        }
        let (low, high) = ends(&values);
        if is_whole && low.abs().max(high.abs()) >= INEXACT && !values.is_empty() {
            return Err(format!(
                "integers from {INEXACT} on cannot be given by a rule, which computes with floats: list \
                 them"
            ));
        }
        // Powers and ratios have rounding errors in the digits beyond.
        let is_even = matches!(self, Self::Range { .. } | Self::Linspace { .. });
        let needed = if is_whole && is_even { digits::of_integers(low, high) } else { 0 };
        Ok(values.into_iter().map(|value| rounded(value, needed.max(EXACT))).collect())
    }

    /// Returns a warning if the exponents of a `logspace` look like values.
    pub(crate) fn warning(&self) -> Option<String> {
        let Self::Logspace { from, to, base, .. } = *self else { return None };
        let (low, high) = (from.min(to), from.max(to));
        (low > 0.0 && (low < 0.1 || high < 1.0)).then(|| {
            let [first, last] = [from, to].map(|exponent| rounded(base.powf(exponent), DIGITS));
            format!(
                "`logspace` takes exponents and gives values from {first} to {last}: for values from \
                 {from} to {to} use `geomspace`"
            )
        })
    }
}

/// Returns the lowest and the highest value.
fn ends(values: &[f64]) -> (f64, f64) {
    let wider = |(low, high): (f64, f64), value: &f64| (low.min(*value), high.max(*value));
    values.iter().fold((f64::MAX, f64::MIN), wider)
}

/// Turns values into nodes located at `rule`, rounded like drawn values unless that would make two of them
/// equal; if `is_whole`, rounded to integers, each once.
pub(crate) fn nodes(values: &[f64], rule: &Node, is_whole: bool) -> Vec<Node> {
    let (low, high) = ends(values);
    // A rounded end could exceed the range of its key.
    let short = |value: &f64| rounded(*value, DIGITS).clamp(low, high);
    let short: Vec<f64> = values.iter().map(short).collect();
    let apart = short.windows(2).all(|pair| pair[0].to_bits() != pair[1].to_bits());
    // Integers must not lose their last digits.
    let values = if apart && !is_whole { &short } else { values };
    let mut found: Vec<Node> = Vec::with_capacity(values.len());
    let mut last = None;
    for &value in values {
        let value = Value::Float(value);
        let value = if is_whole { whole(value) } else { value };
        if let (Value::Integer(value), Some(last)) = (&value, last.replace(value.clone()))
            && matches!(last, Value::Integer(last) if last == *value)
        {
            continue;
        }
        found.push(Node { value, place: rule.place.clone() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_few_digits() {
        let range = |from, to, step| Spread::Range { from, to, step }.values(false).unwrap();
        assert_eq!(range(0.1, 0.5, 0.1), [0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(range(0.0, 1.0, 0.4), [0.0, 0.4, 0.8]);
        assert_eq!(range(3.0, 1.0, -1.0), [3.0, 2.0, 1.0]);
        let values = Spread::Linspace { from: 0.25, to: 1.0, count: 4 }.values(false).unwrap();
        assert_eq!(values, [0.25, 0.5, 0.75, 1.0]);
        let values = Spread::Logspace { from: -4.0, to: -1.0, count: 4, base: 10.0 }.values(false);
        assert_eq!(values.unwrap(), [1e-4, 1e-3, 1e-2, 1e-1]);
        let values = Spread::Geomspace { from: 2.0, to: 64.0, count: 6 }.values(false).unwrap();
        assert_eq!(values, [2.0, 4.0, 8.0, 16.0, 32.0, 64.0]);
    }

    #[test]
    fn impossible_rules_say_why() {
        let range = |from, to, step| Spread::Range { from, to, step }.values(false).unwrap_err();
        assert!(range(0.0, 1.0, 0.0).contains("do not lead from 0 to 1"));
        assert!(range(0.0, 1.0, -0.1).contains("do not lead"));
        assert!(range(0.0, 1.0, 1e-9).contains("too many"));
        let huge = Spread::Logspace { from: 0.0, to: 1e6, count: 3, base: 10.0 };
        assert!(huge.values(false).unwrap_err().contains("inf"));
    }
}
