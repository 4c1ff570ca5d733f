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
#[serde(try_from = "Written", into = "Written")]
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
    /// Its key. The value is a name or, unlike that of any other key, a table, whose entries are weights.
    pub const KEY: &str = "train.loss";

    /// Whether a dotted `key` is that of the weight of a term.
    pub fn is_weight(key: &str) -> bool {
        key.strip_prefix(Self::KEY).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether setting the dotted `key` sets the loss or a part of it.
    pub fn is_set_by(key: &str) -> bool {
        matches!(key, "train" | Self::KEY) || Self::is_weight(key)
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

impl TryFrom<Written> for Loss {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::One(term) => Ok(Self { weights: BTreeMap::from([(term, 1.0)]) }),
            Written::Sum(weights) if weights.is_empty() => Err("a loss has at least one term"),
            Written::Sum(weights) => Ok(Self { weights }),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_without_terms_is_an_error() {
        let read = |text: &str| toml::from_str::<BTreeMap<String, Loss>>(text);
        let problem = read("loss = {}").unwrap_err().to_string();
        assert!(problem.contains("at least one term"), "{problem}");
        assert_eq!(read("loss = \"mse\"").unwrap()["loss"], Loss::default());
        assert_eq!(read("loss = { mse = 1.0 }").unwrap()["loss"], Loss::default());
    }
}
