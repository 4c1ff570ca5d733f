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
