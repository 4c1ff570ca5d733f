//! Rules for random values of a swept key.

use super::digits::{self, rounded};
use crate::spec::node::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Random values of a key, rounded to six significant digits, or to more if the range is narrow. For a key
/// that takes integers, values are rounded to integers, so the first and the last one are half as likely as
/// the others; with `integer`, all are equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Draw {
    /// A number from `from` to `to`, uniformly distributed.
    Uniform {
        /// The lowest value.
        from: f64,
        /// The highest value.
        to: f64,
    },
    /// A number from `from` to `to` whose logarithm is uniformly distributed.
    LogUniform {
        /// The lowest value.
        #[schemars(extend("exclusiveMinimum" = 0))]
        from: f64,
        /// The highest value.
        #[schemars(extend("exclusiveMinimum" = 0))]
        to: f64,
    },
    /// An integer from `from` to `to`, both included, uniformly distributed.
    Integer {
        /// The lowest value.
        from: i64,
        /// The highest value.
        to: i64,
    },
}

impl Draw {
    /// Returns what is wrong with the bounds, if anything.
    pub(crate) fn mistake(&self) -> Option<String> {
        let too_far = match *self {
            Self::Uniform { from, to } if (to - from).is_infinite() => {
                Some(format!("from {from:e} to {to:e}"))
            }
            Self::Integer { from, to } if to.checked_sub(from).is_none() => {
                Some(format!("from {from} to {to}"))
            }
            _ => None,
        };
        if let Some(range) = too_far {
            return Some(format!("{range} is too far: expected a smaller range"));
        }
        let (from, to, ordered) = match *self {
            Self::Uniform { from, to } | Self::LogUniform { from, to } => {
                (from.to_string(), to.to_string(), from < to)
            }
            Self::Integer { from, to } => (from.to_string(), to.to_string(), from <= to),
        };
        (!ordered).then(|| {
            format!("it goes from {from} to {to}: expected the second number to be larger")
        })
    }

    /// Maps `part`, uniform in [0, 1), to a value; an integer if the key `is_whole`, that is, takes no other
    /// numbers.
    pub(crate) fn value(&self, part: f64, is_whole: bool) -> Value {
        let (from, to, drawn) = match *self {
            Self::Uniform { from, to } => (from, to, from + (to - from) * part),
            Self::LogUniform { from, to } => {
                (from, to, (from.ln() + (to.ln() - from.ln()) * part).exp())
            }
            Self::Integer { from, to } => {
                let count = to.abs_diff(from) as f64 + 1.0;
                return Value::Integer(from.saturating_add((count * part) as i64).min(to));
            }
        };
        let digits = if is_whole { digits::of_integers } else { digits::of_range };
        let value = Value::Float(rounded(drawn, digits(from, to)).clamp(from, to));
        if is_whole { whole(value) } else { value }
    }

    /// Returns an upper bound on the number of distinct values, or `None` if it cannot be counted; `is_whole`
    /// as in [`value`](Self::value).
    pub(crate) fn distinct(&self, is_whole: bool) -> Option<u64> {
        let (from, to) = match *self {
            Self::Integer { from, to } => (from, to),
            Self::Uniform { from, to } | Self::LogUniform { from, to } if is_whole => {
                (from.round() as i64, to.round() as i64)
            }
            Self::Uniform { from, to } | Self::LogUniform { from, to } => {
                return digits::count(from, to, digits::of_range(from, to));
            }
        };
        Some(to.abs_diff(from).saturating_add(1))
    }
}

/// Rounds a value for a key that takes only integers.
pub(super) fn whole(value: Value) -> Value {
    match value {
        Value::Float(value) => Value::Integer(value.round() as i64),
        value => value,
    }
}

/// Returns a number in [0, 1) that depends only on seed, key and index, so that further draws or keys do not
/// change earlier ones.
pub(crate) fn part(seed: u64, key: &str, index: u64) -> f64 {
    // FNV-1a hashes the key; the finalizer of SplitMix64 mixes everything.
    let key = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mix = |mut x: u64| {
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    (mix(mix(mix(seed) ^ key) ^ index) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_key_and_index_and_fill_their_range() {
        assert_eq!(part(1, "a", 0).to_bits(), part(1, "a", 0).to_bits());
        let distinct = [part(1, "a", 0), part(2, "a", 0), part(1, "b", 0), part(1, "a", 1)];
        assert!((1..4).all(|i| distinct[i].to_bits() != distinct[0].to_bits()));
        let parts: Vec<f64> = (0..4000).map(|index| part(7, "model.latent_dim", index)).collect();
        let mean = parts.iter().sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let draw = Draw::Integer { from: 2, to: 5 };
        for wanted in 2..=5 {
            let count = parts
                .iter()
                .filter(|p| matches!(draw.value(**p, false), Value::Integer(v) if v == wanted));
            let share = count.count() as f64 / 4000.0;
            assert!((share - 0.25).abs() < 0.04, "{wanted}: {share}");
        }
        let draw = Draw::LogUniform { from: 1e-4, to: 1e-2 };
        let low =
            parts.iter().filter(|p| matches!(draw.value(**p, false), Value::Float(v) if v < 1e-3));
        let share = low.count() as f64 / 4000.0;
        assert!((share - 0.5).abs() < 0.04, "{share}");
    }

    #[test]
    fn draws_from_a_narrow_range_stay_in_it_and_are_different() {
        for draw in [
            Draw::Uniform { from: 0.123_456_1, to: 0.123_456_4 },
            Draw::Uniform { from: -1.000_000_2, to: -1.000_000_1 },
            Draw::LogUniform { from: 0.99999, to: 0.999_999_9 },
        ] {
            let (Draw::Uniform { from, to } | Draw::LogUniform { from, to }) = draw else {
                continue;
            };
            let values =
                (0..400).filter_map(|index| match draw.value(part(1, "a", index), false) {
                    Value::Float(value) => Some(value),
                    _ => None,
                });
            let mut values: Vec<f64> = values.collect();
            assert!(values.iter().all(|value| (from..=to).contains(value)), "{values:?}");
            values.sort_by(f64::total_cmp);
            values.dedup();
            assert!(values.len() > 250, "{draw:?}: {}", values.len());
            let distinct = draw.distinct(false).unwrap();
            assert!((1000..200_000).contains(&distinct), "{draw:?}: {distinct}");
        }
        let whole = Draw::Uniform { from: 123_456_100.0, to: 123_456_400.0 };
        let value = |index| match whole.value(part(1, "a", index), true) {
            Value::Integer(value) => value,
            other => panic!("{other:?}"),
        };
        let seeds: std::collections::HashSet<i64> = (0..4000).map(value).collect();
        assert!(seeds.iter().all(|seed| (123_456_100..=123_456_400).contains(seed)));
        assert_eq!(Some(seeds.len() as u64), whole.distinct(true), "each integer is drawn");
    }

    #[test]
    fn draws_from_ordinary_ranges_do_not_change_between_versions() {
        let drawn = |draw: Draw, is_whole| {
            (0..4)
                .map(|index| match draw.value(part(3, "model.latent_dim", index), is_whole) {
                    Value::Float(value) => value.to_string(),
                    Value::Integer(value) => value.to_string(),
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            drawn(Draw::Uniform { from: 0.0, to: 1.0 }, false),
            ["0.246994", "0.58032", "0.662509", "0.300599"]
        );
        assert_eq!(
            drawn(Draw::Uniform { from: 0.9, to: 0.999 }, false),
            ["0.924452", "0.957452", "0.965588", "0.929759"]
        );
        assert_eq!(
            drawn(Draw::LogUniform { from: 1e-4, to: 1e-2 }, false),
            ["0.00031188", "0.00144757", "0.00211358", "0.000399208"]
        );
        assert_eq!(drawn(Draw::Uniform { from: 2.0, to: 64.0 }, true), ["17", "38", "43", "21"]);
    }
}
