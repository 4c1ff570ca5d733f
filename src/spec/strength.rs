//! How strong noise is: one level, or a range of them.

use super::words::number;
use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// How strong noise is: a `sigma`, or an `amount`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Strength {
    /// The same level for all images.
    Level(f64),
    /// The lowest level and the highest: each image has one of its own, uniformly distributed.
    Range([f64; 2]),
}

impl Strength {
    /// The one that a value of an experiment says, if it says one.
    pub fn read(value: &toml::Value) -> Option<Self> {
        value.clone().try_into().ok()
    }

    /// The lowest level and the highest.
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

/// That of a `sigma`.
pub(super) fn sigma(_: &mut SchemaGenerator) -> Schema {
    schema(&json!({ "type": "number", "minimum": 0 }))
}

/// That of an `amount`.
pub(super) fn amount(_: &mut SchemaGenerator) -> Schema {
    schema(&json!({ "type": "number", "minimum": 0, "maximum": 1 }))
}

fn schema(level: &Value) -> Schema {
    let range = json!({ "type": "array", "items": level, "minItems": 2, "maxItems": 2 });
    schemars::json_schema!({ "anyOf": [level, range] })
}
