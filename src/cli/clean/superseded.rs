//! Finds runs that another run contains completely.

use crate::{
    cli::trained::experiment_of,
    record::{
        CODES, Checkpoint, METRICS, NOISE_LEVELS, Readback, RunInfo, RunSummary, Status,
        checkpoint, files, tensorboard,
    },
    run::Identities,
};
use std::{
    cell::{LazyCell, RefCell},
    collections::HashMap,
    path::{Path, PathBuf},
};

/// A cache of the identities that runs would have without regard to their number of epochs, by folder.
#[derive(Default)]
pub struct EpochlessIdentities(RefCell<HashMap<PathBuf, Option<String>>>);

impl EpochlessIdentities {
    /// Returns a run's identity with one epoch; `None` if its folder does not determine it.
    fn of(&self, run: &RunSummary) -> Option<String> {
        let of = || {
            let info = run.info()?;
            let mut experiment = experiment_of(&run.path).ok()?;
            let mut identities = Identities::default();
            let own = identities.of(&experiment, &info.data_digest).ok()?;
            experiment.train.epochs = 1;
            let epochless = identities.of(&experiment, &info.data_digest).ok()?;
            (own == info.identity).then_some(epochless)
        };
        self.0.borrow_mut().entry(run.path.clone()).or_insert_with(of).clone()
    }
}

/// The current runs in a folder, from [`record::newest`](crate::record::newest).
pub type Newest<'r> = HashMap<(&'r str, &'r str), &'r RunSummary>;

/// Returns the complete run in the same folder that contains all of `run`: the same run trained again or, unless a
/// sweep plans both, a longer one that begins with the same epochs.
pub fn successor<'r>(
    newest: &Newest<'r>,
    run: &RunSummary,
    is_planned: bool,
    known: &EpochlessIdentities,
) -> Option<&'r RunSummary> {
    let own = newest.get(&run.key()?).copied()?;
    let info = run.info()?;
    if own.path != run.path {
        // Started at the same moment by the same process: a copy that a user made.
        let birth = |info: &RunInfo| (info.started, info.pid);
        let is_copy = own.info().is_some_and(|own| birth(own) == birth(info));
        return (!is_copy && contains_all(own, run)).then_some(own);
    }
    if is_planned {
        return None;
    }
    // Read only if another run may be the longer one, and once.
    let own = LazyCell::new(|| known.of(run));
    let is_longer = |other: &&RunSummary| {
        other.info().is_some_and(|long| {
            (&long.data_digest, &long.kernels) == (&info.data_digest, &info.kernels)
                && long.identity != info.identity
                // Of two that stopped early at the same epoch, one is kept.
                && (long.epochs, other.folder()) > (info.epochs, run.folder())
        }) && own.is_some()
            && known.of(other) == *own
            && contains_all(other, run)
            && begins_with(&other.path, &run.path)
    };
    let longer = newest.values().copied().filter(is_longer);
    longer.max_by_key(|run| (run.info().map(|info| info.epochs), run.folder()))
}

/// Whether a run is complete with intact best weights, and has all results and checkpoints of epochs that `other`
/// has.
fn contains_all(run: &RunSummary, other: &RunSummary) -> bool {
    let info = match &run.state {
        Readback::Known(info) if info.status == Status::Completed => info,
        _ => return false,
    };
    let has = |run: &RunSummary, file: &str| run.path.join(file).exists();
    let epochs = |run: &RunSummary| checkpoint::epochs(&run.path).unwrap_or_default();
    let finals = other.info().into_iter().flat_map(|other| other.finals.keys());
    let kept = epochs(run);
    [NOISE_LEVELS, CODES, tensorboard::FOLDER]
        .iter()
        .all(|file| has(run, file) || !has(other, file))
        && finals.into_iter().all(|metric| info.finals.contains_key(metric))
        && epochs(other).iter().all(|epoch| kept.contains(epoch))
        && info.best.is_some_and(|best| {
            Checkpoint::load_best(&run.path, &info.identity, best.epoch).is_ok()
        })
}

/// Whether the metrics table of a run begins with that of another, byte for byte.
fn begins_with(long: &Path, short: &Path) -> bool {
    let read = |run: &Path| files::read(&run.join(METRICS)).ok();
    read(long).zip(read(short)).is_some_and(|(long, short)| long.starts_with(&short))
}
