//! Finds what the two arguments name: a run, or all repeats of an experiment.

use super::{
    super::{
        args::RunsDir,
        exit::{Failure, Result},
        output, sweep, text,
    },
    pairs::listed,
};
use crate::{
    report::{compare::repeats::Repeats, run::Run},
    words::counted,
};
use std::path::PathBuf;

/// One side of a comparison.
pub enum Side {
    /// A run.
    Run(Box<Run>),
    /// The repeats of an experiment, by the name that they share.
    Repeats(String, Box<Repeats>),
}

impl Side {
    /// Finds a run, or the repeats of an experiment of a sweep: by the sweep's name if it has no other, or by
    /// what the names of its runs begin with. Warns about what cannot be read of them.
    pub fn find(runs_dir: &RunsDir, wanted: &str) -> Result<Self> {
        let side = match run(runs_dir, wanted) {
            Ok(run) => Self::Run(Box::new(run)),
            // Several runs have this name.
            Err(failure) => repeats(runs_dir, wanted).unwrap_or(Err(failure))?,
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

/// Finds and reads a run.
fn run(runs_dir: &RunsDir, wanted: &str) -> Result<Run> {
    let found = sweep::find(runs_dir, wanted)?;
    let path = found.path.clone();
    Run::read(found).map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
}

/// Finds the repeats of an experiment of a sweep; `None` if there is no such sweep or run in it.
fn repeats(runs_dir: &RunsDir, wanted: &str) -> Option<Result<Side>> {
    let (sweep, folder, beginning) = sweep_and_beginning(runs_dir, wanted)?;
    let found = Repeats::named(&folder, beginning)?;
    Some(match found {
        Ok(repeats) => Ok(Side::Repeats(wanted.to_owned(), Box::new(repeats))),
        Err(names) => Err(Failure::usage(format!(
            "{wanted:?} has several experiments, {names}: name one of them, as {sweep}/NAME, or the best one, \
             {sweep}@best"
        ))),
    })
}

/// Splits the name of an experiment, `SWEEP/BEGINNING` or `SWEEP`, and returns the sweep's folder as well.
fn sweep_and_beginning<'w>(
    runs_dir: &RunsDir,
    wanted: &'w str,
) -> Option<(&'w str, PathBuf, &'w str)> {
    let wanted = wanted.trim_end_matches('/');
    if let Some(folder) = sweep::folder_of(runs_dir, wanted) {
        return Some((wanted, folder, ""));
    }
    let (sweep, beginning) = wanted.rsplit_once('/')?;
    Some((sweep, sweep::folder_of(runs_dir, sweep)?, beginning))
}
