//! Bounds on gradients, the end of training, and the weights that are kept.

use super::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds on gradients; the norm is applied first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Clip {
    /// Scale all gradients down together so that their norm does not exceed this.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub norm: Option<f64>,
    /// Cut every single gradient to this range around 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: Option<f64>,
}

/// Stop when a metric no longer improves. The best weights are kept whatever happens after, see
/// `checkpoint`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// What is watched.
    pub metric: Metric,
    /// Epochs without improvement before training stops.
    pub patience: usize,
    /// Smaller changes do not count as an improvement.
    #[schemars(range(min = 0))]
    pub min_delta: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: Metric::ValLoss, patience: 5, min_delta: 0.0 }
    }
}

/// Which weights are kept. `last.safetensors` always is; figures, tables, reports and `runner apply` use
/// the best epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// The metric by which an epoch is the best, the one of `best.safetensors`. In a sweep that has a
    /// `metric`, that one when left out.
    pub metric: Metric,
    /// Keep `epoch0010.safetensors` and so on, one every this many epochs; 0 keeps none.
    pub every: usize,
    /// How many of those to keep, the newest; 0 keeps all.
    pub keep: usize,
}
