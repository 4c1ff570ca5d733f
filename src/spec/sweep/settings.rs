//! What a `[sweep]` says besides the values of its keys.

use crate::spec::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a `[sweep]` says besides the values of its keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SweepSettings {
    /// The metric by which runs are compared, each in its best epoch; `train.checkpoint.metric` when
    /// left out. Where only this one is given, a run's best epoch is by it too. Runs with different
    /// losses cannot be compared by `loss` or `val_loss`.
    pub metric: Option<Metric>,
    /// How often a run is tried again after something killed it. A run that failed by itself would
    /// fail again, so it is not.
    #[schemars(range(max = 100))]
    pub retries: usize,
    /// Stop runs early that do worse than the ones planned before them; never when left out.
    pub prune: Option<Prune>,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { metric: None, retries: 2, prune: None }
    }
}

/// When a run is stopped for being hopeless. It is compared at the end of an epoch with the runs that stand
/// before it in the plan, validate on the same images and have the same task with the same noise, so that
/// the outcome does not depend on how many run at once. A stopped run is compared anew by each command, and
/// goes on where the file would no longer stop it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Prune {
    /// When its best value so far is worse than the median of the others' best at that epoch.
    Median {
        /// What is compared; the sweep's metric when left out.
        #[serde(default)]
        metric: Option<Metric>,
        /// Epochs in which no run is stopped.
        #[serde(default = "one")]
        warmup: usize,
        /// How many earlier runs must have completed this epoch; with fewer, no run is stopped.
        #[serde(default = "five")]
        #[schemars(range(min = 1))]
        min_runs: usize,
    },
    /// After `warmup`, `warmup * factor`, `warmup * factor * factor`, ... epochs, unless it is among
    /// the best `1 / factor` of itself and the others.
    Halving {
        /// What is compared; the sweep's metric when left out.
        #[serde(default)]
        metric: Option<Metric>,
        /// The first epoch at whose end runs are compared.
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        warmup: usize,
        /// One of this many runs goes on, and the epochs between comparisons grow by this factor.
        #[serde(default = "three")]
        #[schemars(range(min = 2))]
        factor: usize,
    },
}

impl Prune {
    /// What is compared, where the file says.
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
