//! `train.loss`: what training minimizes.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A measure of the difference between two images that training can minimize.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LossTerms {
    /// Mean squared error.
    Mse,
    /// Mean absolute error.
    Mae,
    /// Binary cross-entropy; needs `model.output_activation = "sigmoid"`.
    Bce,
    /// 1 - SSIM, the structural similarity.
    Ssim,
}

/// A weighted sum of losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Weight of each term; never empty.
    pub weights: BTreeMap<LossTerms, f64>,
}

impl Default for Loss {
    fn default() -> Self {
        Self { weights: BTreeMap::from([(LossTerms::Mse, 1.0)]) }
    }
}

impl Loss {
    /// Returns whether setting the dotted `key` sets the loss or a part of it.
    pub fn is_set_by(key: &str) -> bool {
        matches!(key, "train" | "train.loss") || key.starts_with("train.loss.")
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.weights.iter().next() {
            Some((term, weight)) if self.weights.len() == 1 && (*weight - 1.0).abs() == 0.0 => {
                term.serialize(serializer)
            }
            _ => self.weights.serialize(serializer),
        }
    }
}

// Implemented by hand because the errors of `untagged` say only that no variant matched.
impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Loss;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a loss, or a table of names and weights")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Loss, E> {
                let term = LossTerms::deserialize(de::value::StrDeserializer::new(name))?;
                Ok(Loss { weights: BTreeMap::from([(term, 1.0)]) })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Loss, A::Error> {
                let weights = BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
                if weights.is_empty() {
                    return Err(de::Error::invalid_length(0, &self));
                }
                Ok(Loss { weights })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Loss {
    fn schema_name() -> Cow<'static, str> {
        "Loss".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let term = generator.subschema_for::<LossTerms>();
        let weight = schemars::json_schema!({ "type": "number", "exclusiveMinimum": 0 });
        schemars::json_schema!({
            "description": "The name of a loss, or a table of names and weights.",
            "anyOf": [
                term,
                {
                    "type": "object",
                    "properties": { "mse": weight, "mae": weight, "bce": weight, "ssim": weight },
                    "additionalProperties": false,
                    "minProperties": 1
                }
            ]
        })
    }
}
