//! One value for all layers, or one for each.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{borrow::Cow, fmt};

/// One positive number for every layer, or a list with one per layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PerLayer {
    /// The same value for every layer.
    All(usize),
    /// One value for each layer, in order.
    Each(Vec<usize>),
}

// Implemented by hand because the errors of `untagged` say only that no variant matched.
impl<'de> Deserialize<'de> for PerLayer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = PerLayer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a positive integer, or a list with one per layer")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<PerLayer, E> {
                usize::try_from(value)
                    .map(PerLayer::All)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<PerLayer, E> {
                usize::try_from(value)
                    .map(PerLayer::All)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<PerLayer, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(PerLayer::Each(values))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
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
