//! Finds what the two arguments name: a run, all repeats of an experiment, or several experiments of a sweep.

use super::{
    super::{
        exit::{Failure, Result},
        find::{self, Found},
        output, text,
    },
    pairs::listed,
};
use crate::{
    record::RunSummary,
    report::{
        compare::{
            experiments::Experiments,
            repeats::{Repeats, Reports},
        },
        run::Run,
    },
    words::counted,
};
use std::path::Path;

/// What an argument names.
pub enum Named {
    /// A run, or the repeats of an experiment.
    Side(Side),
    /// Several experiments of a sweep.
    Several(Several),
}

/// One side of a comparison.
pub enum Side {
    /// A run.
    Run(Box<Run>),
    /// The repeats of an experiment, by the name that they share.
    Repeats(String, Repeats),
}

/// Several experiments of a sweep.
pub struct Several {
    /// The name that they share, as given.
    pub name: String,
    /// The name of their sweep, as given.
    sweep: String,
    /// The experiments.
    pub experiments: Experiments,
}

impl Named {
    /// Finds a run or experiments, see [`find::run_or_experiments`]. Warns about what cannot be read of them.
    pub fn find(runs_dir: &Path, wanted: &str, reports: &mut Reports) -> Result<Self> {
        let name = wanted.to_owned();
        let named = match find::run_or_experiments(runs_dir, wanted, reports)? {
            Found::Run(run) => Self::Side(Side::Run(Box::new(read(run)?))),
            Found::Experiments { sweep, experiments } => match &experiments.all[..] {
                [one] => Self::Side(Side::Repeats(name, one.clone())),
                _ => Self::Several(Several { name, sweep, experiments }),
            },
        };
        match &named {
            Self::Side(Side::Run(run)) => text::problems(run).for_each(output::warn),
            Self::Side(Side::Repeats(_, repeats)) => warn(repeats),
            Self::Several(Several { experiments, .. }) => {
                experiments.all.iter().for_each(warn);
                let broken = experiments.broken.iter();
                broken.map(|(folder, why)| format!("{folder}: {why}")).for_each(output::warn);
            }
        }
        Ok(named)
    }

    /// Returns the run or the only experiment.
    pub fn side(self) -> Result<Side> {
        match self {
            Self::Side(side) => Ok(side),
            Self::Several(Several { name, sweep, experiments }) => {
                let folder = experiments.runs().next().and_then(|run| run.path.parent());
                let best =
                    folder.map_or_else(String::new, |folder| find::best_hint(folder, &sweep));
                Err(Failure::usage(format!(
                    "{name:?} has several experiments, {}: name one of them, as {sweep}/NAME{best}",
                    experiments.names()
                )))
            }
        }
    }
}

/// Warns about what cannot be read of the runs of an experiment.
fn warn(repeats: &Repeats) {
    repeats.runs().flat_map(text::problems).for_each(output::warn);
}

impl Several {
    /// Describes the experiments and their runs in a line.
    pub fn about(&self) -> String {
        let Experiments { all, waiting, .. } = &self.experiments;
        let runs = self.experiments.runs().count();
        let more = if *waiting > 0 { format!(", {waiting} not started") } else { String::new() };
        format!(
            "{}  {}, {}{more}",
            self.name,
            counted(all.len(), "experiment"),
            counted(runs, "run")
        )
    }
}

impl Side {
    /// Returns the run, or one that represents the repeats.
    pub fn example(&self) -> &Run {
        match self {
            Self::Run(run) => run,
            Self::Repeats(_, repeats) => repeats.example(),
        }
    }

    /// Returns the repeats, or those of the run; `None` if they cannot be found.
    pub fn repeats(&self, reports: &mut Reports) -> Option<Repeats> {
        match self {
            Self::Run(run) => Repeats::of(run, reports),
            Self::Repeats(_, repeats) => Some(repeats.clone()),
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
