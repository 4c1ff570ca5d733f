//! The status of a run.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The status of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A process is training it; reads as interrupted once that process is gone.
    #[default]
    Running,
    /// All epochs and results are done.
    Completed,
    /// Stopped midway; the same command resumes from the last checkpoint.
    Interrupted,
    /// Ended by an error; the same command tries again.
    Failed,
    /// A value of training, such as the loss, became NaN or infinite.
    Diverged,
    /// Stopped early by its sweep because it did worse than other runs.
    Pruned,
}

impl Status {
    /// Every status, in the order of listings.
    pub const ALL: [Self; 6] = [
        Self::Completed,
        Self::Running,
        Self::Interrupted,
        Self::Failed,
        Self::Diverged,
        Self::Pruned,
    ];

    /// Returns the name used in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Diverged => "diverged",
            Self::Pruned => "pruned",
        }
    }

    /// Whether a run with this status has ended.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Pruned | Self::Diverged | Self::Failed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
