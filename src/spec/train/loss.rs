//! `train.loss`: what training minimizes.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
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

/// The loss as it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(LossTerms),
    Sum(BTreeMap<LossTerms, f64>),
}

impl From<Loss> for Written {
    fn from(Loss { weights }: Loss) -> Self {
        match weights.first_key_value() {
            Some((term, weight)) if weights.len() == 1 && (*weight - 1.0).abs() == 0.0 => {
                Self::One(*term)
            }
            _ => Self::Sum(weights),
        }
    }
}

impl From<Written> for Loss {
    fn from(written: Written) -> Self {
        let weights = match written {
            Written::One(term) => BTreeMap::from([(term, 1.0)]),
            Written::Sum(weights) => weights,
        };
        Self { weights }
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
