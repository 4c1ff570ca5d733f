//! Ranks the settings of a sweep or a report by their means over repeats.

use crate::{record::Status, spec::Mode};
use std::cmp::Ordering;

/// Whether a group has lost repeats to pruning or divergence, by their statuses. Only its luckier seeds are
/// left then, so it ranks after other groups whatever its mean. A run that failed or was interrupted was no
/// worse than others.
pub fn is_thinned(mut statuses: impl Iterator<Item = Status>) -> bool {
    statuses.any(|status| matches!(status, Status::Pruned | Status::Diverged))
}

/// The rank of a setting among others.
#[derive(Debug, Clone, Copy)]
pub struct Rank {
    /// Mean of the metric.
    pub mean: f64,
    /// Whether the mean is over complete runs.
    pub complete: bool,
    /// Whether the group [`is_thinned`].
    pub thinned: bool,
}

impl Rank {
    /// Orders from best to worst: first those with complete runs, among them thinned ones last, then the
    /// others.
    pub fn order(&self, other: &Self, mode: Mode) -> Ordering {
        let late = if self.complete { self.thinned.cmp(&other.thinned) } else { Ordering::Equal };
        let by_mean = match mode {
            Mode::Min => self.mean.total_cmp(&other.mean),
            Mode::Max => other.mean.total_cmp(&self.mean),
        };
        other.complete.cmp(&self.complete).then(late).then(by_mean)
    }
}
