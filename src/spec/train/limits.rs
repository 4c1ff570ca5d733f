//! `train.clip`, `train.early_stopping` and `train.checkpoint`.

use super::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gradient clipping; by norm first, then by value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Clip {
    /// Scale all gradients down together so that their global norm does not exceed this. Default: no limit.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub norm: Option<f64>,
    /// Clip each component of the gradients to `[-value, value]`. Default: no limit.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: Option<f64>,
}

/// Stop training when a metric no longer improves. Without this table, training never stops early. The best weights
/// are kept in any case, see `checkpoint`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// The metric to watch.
    pub metric: Metric,
    /// Epochs without improvement after which training stops.
    pub patience: usize,
    /// A change must exceed this to count as an improvement.
    #[schemars(range(min = 0))]
    pub min_delta: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: Metric::ValLoss, patience: 5, min_delta: 0.0 }
    }
}

/// Which weights are kept besides those of the last epoch, `last.safetensors`. Figures, tables, reports and
/// `runner apply` use the best epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// The metric that chooses the best epoch, whose weights are kept in `best.safetensors`. Default in a
    /// sweep that sets `metric`: that metric.
    pub metric: Metric,
    /// Keep a checkpoint such as `epoch0010.safetensors` every so many epochs; 0 keeps none.
    pub every: usize,
    /// Number of these checkpoints to keep, the newest ones; 0 keeps all.
    pub keep: usize,
}
