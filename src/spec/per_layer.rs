//! One value for all layers, or one for each.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One positive number for every layer, or a list with one per layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLayer {
    /// The same value for every layer.
    All(usize),
    /// One value for each layer, in order.
    Each(Vec<usize>),
}

impl JsonSchema for PerLayer {
    fn schema_name() -> Cow<'static, str> {
        "PerLayer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "One positive integer for every layer, or a list with one per layer.",
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": 1024 },
                { "type": "array", "items": { "type": "integer", "minimum": 1, "maximum": 1024 }, "minItems": 1 }
            ]
        })
    }
}
