//! Reads a trained run back from its folder.

use super::{
    args::TrainedArgs,
    exit::{Failure, Result},
    find, text,
};
use crate::{
    arch::Architecture,
    data::Dataset,
    nn::{self, Network},
    ops::Family,
    record::{self, RunInfo, RunSummary, Status, checkpoint},
    spec::{self, Experiment, Overrides},
    train::NamedTensor,
};
use std::path::{Path, PathBuf};

/// Advice for missing or damaged weights of the best epoch.
const BEST_ADVICE: &str =
    "put the run's own file back, or take the weights of its last epoch with --last";

/// A run's experiment and network. The weights are read on demand.
pub struct Trained {
    /// The run's folder.
    pub folder: PathBuf,
    /// What its `run.json` says.
    pub info: RunInfo,
    /// The experiment, with every value as the run used it.
    pub experiment: Experiment,
    /// The layers.
    pub arch: Architecture,
    /// Which weights to use: `best` or `last`.
    pub weights: &'static str,
    /// The file of these weights.
    checkpoint: PathBuf,
}

impl Trained {
    /// Finds a run by name and reads it back.
    pub fn find(name: &str, args: &TrainedArgs) -> Result<Self> {
        Self::open(find::run(&args.runs_dir.path, name)?, args.last)
    }

    /// Reads a run back, with the weights of its best epoch or, if `last`, its last.
    ///
    /// Environment variables and arguments override experiment files, but not runs that are already trained.
    pub fn open(run: RunSummary, last: bool) -> Result<Self> {
        let folder = run.path;
        let info = run.state.trusted().map_err(Failure::failed)?;
        let (weights, checkpoint) = checkpoint_of(&folder, &info, last)?;
        let experiment = experiment_of(&folder)?;
        let arch = experiment.architecture();
        Ok(Self { folder, info, experiment, arch, weights, checkpoint })
    }

    /// Returns the name of the run, as in the titles of its own figures.
    pub fn name(&self) -> &str {
        self.experiment.name_or(&self.info.name)
    }

    /// Returns a warning if `dataset`, which has the settings of the run's own data, has other images.
    pub fn other_images(&self, dataset: &Dataset) -> Option<String> {
        (dataset.digest != self.info.data_digest).then(|| {
            format!(
                "these are not the images that {} was trained with: files were added, removed or changed since then",
                self.folder.display()
            )
        })
    }

    /// Returns the trained weights, in checkpoint order.
    pub fn tensors(&self) -> Result<Vec<NamedTensor>> {
        checkpoint::load_weights(&self.checkpoint, &self.arch.parameters()).map_err(|error| {
            let advice =
                if self.weights == "best" { BEST_ADVICE } else { "put the run's own file back" };
            Failure::failed(format!("{error}; {advice}"))
        })
    }

    /// Returns the network with its trained weights.
    pub fn network(&self, family: Family) -> Result<Box<dyn Network>> {
        let tensors = self.tensors()?;
        let mut network = nn::build(&self.arch, family)?;
        network.set_weights(&tensors.iter().map(|t| t.values.as_slice()).collect::<Vec<_>>())?;
        Ok(network)
    }
}

/// Returns the checkpoint to use: that of the best epoch, or of the last if asked for or if no epoch was
/// ever the best.
fn checkpoint_of(folder: &Path, info: &RunInfo, last: bool) -> Result<(&'static str, PathBuf)> {
    let best = checkpoint::best_path(folder);
    if !last && best.exists() {
        return Ok(("best", best));
    }
    if let Some(known) = info.best.as_ref().filter(|_| !last) {
        let gone = checkpoint::best_is_gone(folder, known.epoch);
        return Err(Failure::failed(format!("{gone}; {BEST_ADVICE}")));
    }
    let last_epoch = checkpoint::last_path(folder);
    if last_epoch.exists() {
        return Ok(("last", last_epoch));
    }
    if last && best.exists() {
        return Err(Failure::failed(format!(
            "{} is gone: it had the weights of the last epoch, and `runner clean --checkpoints` removes it; \
             without --last, those of the best epoch are taken",
            last_epoch.display()
        )));
    }
    let advice = match info.status {
        Status::Diverged => {
            let run = text::quoted(&folder.display().to_string());
            format!("`runner show {run}` says at which step it diverged, and what to try")
        }
        _ => "train it first, with the command that began it".to_owned(),
    };
    Err(Failure::failed(format!(
        "{} is not trained yet: it has no checkpoint, and its status is {}; {advice}",
        folder.display(),
        info.status
    )))
}

/// Returns the experiment of the run in a folder, without overrides.
pub fn experiment_of(folder: &Path) -> Result<Experiment> {
    let file = folder.join(record::RESOLVED);
    match spec::load(&file, &Overrides::default()) {
        Ok(loaded) => Ok(loaded.base),
        Err(diagnostics) => Err(Failure::failed(format!(
            "the experiment of {} cannot be read back; it was changed, or written by another version \
             of this program:\n{}",
            folder.display(),
            diagnostics.to_string().trim_end()
        ))),
    }
}
