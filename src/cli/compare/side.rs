//! Finds what the two arguments name: a run, or all repeats of an experiment.

use super::{
    super::{
        exit::{Failure, Result},
        experiment::{self, Named},
        output, text,
    },
    pairs::listed,
};
use crate::{
    record::RunSummary,
    report::{compare::repeats::Repeats, run::Run},
    words::counted,
};
use std::path::Path;

/// One side of a comparison.
pub enum Side {
    /// A run.
    Run(Box<Run>),
    /// The repeats of an experiment, by the name that they share.
    Repeats(String, Box<Repeats>),
}

impl Side {
    /// Finds a run, or the repeats of an experiment, see [`experiment::find`]. Warns about what cannot be read of
    /// them.
    pub fn find(runs_dir: &Path, wanted: &str) -> Result<Self> {
        let side = match experiment::find(runs_dir, wanted)? {
            Named::Run(run) => Self::Run(Box::new(read(run)?)),
            Named::Repeats(repeats) => Self::Repeats(wanted.to_owned(), repeats),
        };
        match &side {
            Self::Run(run) => text::problems(run).for_each(output::warn),
            Self::Repeats(_, repeats) => {
                repeats.runs().flat_map(text::problems).for_each(output::warn);
            }
        }
        Ok(side)
    }

    /// Returns the run, or one that represents the repeats.
    pub fn example(&self) -> &Run {
        match self {
            Self::Run(run) => run,
            Self::Repeats(_, repeats) => repeats.example(),
        }
    }

    /// Returns the repeats, or those of the run; `None` if they cannot be found.
    pub fn repeats(&self) -> Option<Repeats> {
        match self {
            Self::Run(run) => Repeats::of(run),
            Self::Repeats(_, repeats) => Some((**repeats).clone()),
        }
    }

    /// Whether it names repeats, not one run.
    pub const fn is_repeated(&self) -> bool {
        matches!(self, Self::Repeats(..))
    }

    /// Describes the run, or the seeds and statuses of the repeats.
    pub fn about(&self) -> String {
        match self {
            Self::Run(run) => about(run),
            Self::Repeats(name, repeats) => {
                let seeds: Vec<u64> = repeats.runs().map(|run| run.info.seed).collect();
                let (runs, seeds) = (counted(seeds.len(), "run"), listed(&seeds));
                format!("{name}  {runs}, seeds {seeds}")
            }
        }
    }

    /// Returns its name in the output.
    pub fn name(&self) -> String {
        match self {
            Self::Run(run) => run.path.display().to_string(),
            Self::Repeats(name, _) => name.clone(),
        }
    }
}

/// Describes a run in a line.
pub fn about(run: &Run) -> String {
    let (path, status) = (run.path.display(), run.info.status);
    format!("{path}  {status}, {}", counted(run.epochs(), "epoch"))
}

fn read(run: RunSummary) -> Result<Run> {
    let path = run.path.clone();
    Run::read(run).map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
}
