//! The settings of `[sweep]` other than the values of keys.

use crate::spec::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of `[sweep]` other than the values of keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SweepSettings {
    /// The metric by which runs are compared, each at its best epoch. It also chooses the best epoch unless
    /// `train.checkpoint.metric` is set. Default: `train.checkpoint.metric`. Runs with different losses
    /// cannot be compared by `loss` or `val_loss`.
    pub metric: Option<Metric>,
    /// How often a run is retried after it was killed from outside, for example for lack of memory. A run
    /// that failed by itself is not retried, since it would fail again.
    #[schemars(range(max = 100))]
    pub retries: usize,
    /// Stop runs early that do worse than earlier runs in the plan.
    pub prune: Option<Prune>,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { metric: None, retries: 2, prune: None }
    }
}

/// When to stop an unpromising run. Without this table, none is stopped. At the end of an epoch, it is compared with the runs before it in the
/// plan that validate on the same images and have the same task with the same noise, so the outcome does not
/// depend on how many runs train at once. Each command checks stopped runs again, and continues those that
/// the file would no longer stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Prune {
    /// Stop a run if its best value so far is worse than the median of the others' best by that epoch.
    Median {
        /// The metric to compare. Default: the metric of the sweep.
        #[serde(default)]
        metric: Option<Metric>,
        /// Number of epochs at the start in which no run is stopped.
        #[serde(default = "one")]
        warmup: usize,
        /// Minimum number of earlier runs that have completed the epoch; with fewer, no run is stopped.
        #[serde(default = "five")]
        #[schemars(range(min = 1))]
        min_runs: usize,
    },
    /// Successive halving: after `warmup`, `warmup * factor`, `warmup * factor * factor`, ... epochs, stop a
    /// run unless it is among the best `1 / factor` of the runs compared, itself included.
    Halving {
        /// The metric to compare. Default: the metric of the sweep.
        #[serde(default)]
        metric: Option<Metric>,
        /// Number of epochs before the first comparison.
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        warmup: usize,
        /// One in this many runs continues, and the number of epochs until the next comparison grows by this factor.
        #[serde(default = "three")]
        #[schemars(range(min = 2))]
        factor: usize,
    },
}

impl Prune {
    /// Returns the metric to compare, if the file sets one.
    pub const fn metric(&self) -> Option<Metric> {
        match self {
            Self::Median { metric, .. } | Self::Halving { metric, .. } => *metric,
        }
    }
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

fn five() -> usize {
    5
}
