//! The kinds of things that can be removed.

use crate::cli::args::CleanArgs;

/// Why something can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Temporary files and folders of killed processes.
    Leftovers,
    /// Runs whose `run.json` cannot be read.
    Broken,
    /// Failed and diverged runs.
    Failed,
    /// Runs that another run contains completely.
    Superseded,
    /// Runs that are not in the plan of their sweep.
    Unplanned,
    /// Checkpoints that are only needed for more training.
    Checkpoints,
}

impl Kind {
    /// All kinds. An item of several requested kinds is listed under the first.
    pub const ALL: [Self; 6] = [
        Self::Leftovers,
        Self::Broken,
        Self::Failed,
        Self::Superseded,
        Self::Unplanned,
        Self::Checkpoints,
    ];

    /// Returns the requested kinds.
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

    /// Returns the name on the command line and on screen.
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

    /// Describes what is lost with items of this kind; nothing with leftovers.
    pub const fn lost(self) -> Option<&'static str> {
        match self {
            Self::Leftovers => None,
            Self::Broken => Some("any weights in these folders are lost"),
            Self::Failed => Some(
                "reports no longer show these runs; the same command trains them again, from the first epoch",
            ),
            Self::Superseded => Some(
                "reports no longer show these runs, and the weights of their own best epochs are lost",
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
