//! Noise strength: one level, or a range of levels.

use crate::words::number;
use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// Noise strength: a `sigma` or an `amount`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Strength {
    /// The same level for all images.
    Level(f64),
    /// Lowest and highest level: each image draws its own in between, uniformly.
    Range([f64; 2]),
}

impl Strength {
    /// Reads the strength from an experiment's value, if it is one.
    pub fn read(value: &toml::Value) -> Option<Self> {
        value.clone().try_into().ok()
    }

    /// Returns the lowest and the highest level.
    pub fn ends(self) -> [f64; 2] {
        match self {
            Self::Level(level) => [level; 2],
            Self::Range(ends) => ends,
        }
    }
}

/// `0.5`, or `0.25–1`.
impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => f.write_str(&number(*level)),
            Self::Range([from, to]) => write!(f, "{}–{}", number(*from), number(*to)),
        }
    }
}

/// The strength of gaussian and speckle noise.
pub const SIGMA: &str = "task.noise.sigma";
/// The strength of salt-and-pepper and masking noise.
pub const AMOUNT: &str = "task.noise.amount";

/// What the levels of a kind of noise are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelKind {
    /// Standard deviations.
    Sigma,
    /// Shares of the pixels, from 0 to 1.
    Amount,
}

impl LevelKind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Sigma, Self::Amount];

    /// Returns the word for a level.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sigma => "sigma",
            Self::Amount => "amount",
        }
    }

    /// Returns the word with its article.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Sigma => "a sigma",
            Self::Amount => "an amount",
        }
    }

    /// Returns the key of the level in training.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sigma => SIGMA,
            Self::Amount => AMOUNT,
        }
    }

    /// Returns the key of the levels of tests.
    pub const fn tested_key(self) -> &'static str {
        match self {
            Self::Sigma => "evaluate.noise_sigmas",
            Self::Amount => "evaluate.noise_amounts",
        }
    }

    /// Returns the kinds of noise that have such levels, in words.
    pub(super) const fn noises(self) -> &'static str {
        match self {
            Self::Sigma => "`gaussian` or `speckle`",
            Self::Amount => "`salt_and_pepper` or `masking`",
        }
    }
}

/// Returns the schema of a `sigma`.
pub(super) fn sigma(_: &mut SchemaGenerator) -> Schema {
    schema(&json!({ "type": "number", "minimum": 0 }))
}

/// Returns the schema of an `amount`.
pub(super) fn amount(_: &mut SchemaGenerator) -> Schema {
    schema(&json!({ "type": "number", "minimum": 0, "maximum": 1 }))
}

fn schema(level: &Value) -> Schema {
    let range = json!({ "type": "array", "items": level, "minItems": 2, "maxItems": 2 });
    schemars::json_schema!({ "anyOf": [level, range] })
}
