//! `figures.code_range`: two numbers, or `"fit"` for no range, since TOML has no null.

use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value as it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Range([f64; 2]),
    Word(Word),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Fit,
}

// serde prescribes the signature.
#[allow(clippy::ref_option)]
pub(super) fn serialize<S: Serializer>(
    range: &Option<[f64; 2]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    range.map_or(Written::Word(Word::Fit), Written::Range).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<[f64; 2]>, D::Error> {
    Ok(match Written::deserialize(deserializer)? {
        Written::Range(range) => Some(range),
        Written::Word(Word::Fit) => None,
    })
}

pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "anyOf": [
            { "const": "fit" },
            { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }
        ]
    })
}
