//! `figures.code_range`: two numbers, or `"fit"` for no range, since TOML has no null.

use schemars::{Schema, SchemaGenerator};
use serde::{Deserializer, Serialize, Serializer, de};
use std::fmt;

const FIT: &str = "fit";

// serde prescribes the signature.
#[allow(clippy::ref_option)]
pub(super) fn serialize<S: Serializer>(
    range: &Option<[f64; 2]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match range {
        Some(range) => range.serialize(serializer),
        None => FIT.serialize(serializer),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<[f64; 2]>, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Option<[f64; 2]>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`\"fit\"` or a list of two numbers")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            if text == FIT {
                Ok(None)
            } else {
                Err(E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let wrong_length = |length| de::Error::invalid_length(length, &"two numbers");
            let from = list.next_element()?.ok_or_else(|| wrong_length(0))?;
            let to = list.next_element()?.ok_or_else(|| wrong_length(1))?;
            match list.next_element::<f64>()? {
                None => Ok(Some([from, to])),
                Some(_) => Err(wrong_length(3)),
            }
        }
    }
    deserializer.deserialize_any(Visitor)
}

pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "anyOf": [
            { "const": FIT },
            { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }
        ]
    })
}
