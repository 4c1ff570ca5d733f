//! The kinds of things that can be removed.

use crate::cli::args::CleanArgs;

/// Why something may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What killed processes left.
    Leftovers,
    /// Runs of which nothing is known.
    Broken,
    /// Failed and diverged runs.
    Failed,
    /// Runs of which another has all.
    Superseded,
    /// Runs that their sweep's plan does not have.
    Unplanned,
    /// Checkpoints that only more training needs.
    Checkpoints,
}

impl Kind {
    /// All of them; what fits several that are asked for goes as the first.
    pub const ALL: [Self; 6] = [
        Self::Leftovers,
        Self::Broken,
        Self::Failed,
        Self::Superseded,
        Self::Unplanned,
        Self::Checkpoints,
    ];

    /// Those that are asked for.
    pub fn asked(args: &CleanArgs) -> Vec<Self> {
        let is_asked = |kind: &Self| match kind {
            Self::Leftovers => args.leftovers,
            Self::Broken => args.broken,
            Self::Failed => args.failed,
            Self::Superseded => args.superseded,
            Self::Unplanned => args.unplanned,
            Self::Checkpoints => args.checkpoints,
        };
        Self::ALL.into_iter().filter(is_asked).collect()
    }

    /// Name on the command line and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leftovers => "leftovers",
            Self::Broken => "broken",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Unplanned => "unplanned",
            Self::Checkpoints => "checkpoints",
        }
    }

    /// What is lost with it; nothing with leftovers.
    pub const fn lost(self) -> Option<&'static str> {
        match self {
            Self::Leftovers => None,
            Self::Broken => Some("weights that may still be in these folders go, too"),
            Self::Failed => Some(
                "reports no longer have these runs; the same command trains them again, from the first epoch",
            ),
            Self::Superseded => Some(
                "reports no longer have these runs, and the weights of their own best epochs go",
            ),
            Self::Unplanned => Some(
                "their training is lost; if --set made the plan that does not have them, run the sweep's usual \
                 command first",
            ),
            Self::Checkpoints => Some(
                "best weights, metrics and figures stay; --last no longer works, and more epochs start over, as \
                 do pruned runs once they are no longer pruned",
            ),
        }
    }
}
