//! Removes runs, and files that take up space for nothing.
//!
//! Removal holds the locks that training takes: the one on the folder of runs, so that no process chooses the
//! run's folder meanwhile, and the run's own.
//!
//! A run's folder is first renamed to a hidden name, in a single step, and only then emptied. A kill in
//! between leaves no visible run but a hidden folder, which the next training beside it, or the next
//! cleaning, removes. If `run.json` were removed first, a kill would leave a broken run on which the same
//! command fails instead of training again.

mod hold;

use super::{
    CHECK_TIMEOUT,
    make::lock_runs,
    own::{FOLDERS, foreign},
};
use crate::{
    disk::parent,
    record::{
        Checkpoint, Error, FIGURES, LOG, Log, RESOLVED, RUN_JSON, Result, RunInfo, RunSummary,
        atomic, checkpoint, files, folder_name, lock, read::name_of, run_json,
    },
    words::{listed, shortlist},
};
use hold::{Hold, take, take_unchanged};
use rustix::fs::Access;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Why an item is kept.
pub type Reason = String;

/// A temporary file, or a folder that was being created or removed, left by a killed process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The file or folder.
    pub path: PathBuf,
    /// The run whose folder contains it.
    run: Option<PathBuf>,
}

impl Leftover {
    /// Returns those in a folder of runs or of a sweep, but not those inside the runs.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn in_folder(folder: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        // If the lock is held, another process is creating or removing one right now.
        if !lock::is_held(&folder.join(lock::NAME)) {
            paths = folder_name::hidden_in(folder)?;
        }
        for folder in [folder, &folder.join(FIGURES)] {
            if !folder.is_symlink() {
                paths.extend(atomic::leftovers(folder, atomic::LEFT_BEHIND)?);
            }
        }
        Ok(paths.into_iter().map(|path| Self { path, run: None }).collect())
    }

    /// Returns those in the folder of a run that no process is training.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn in_run(run: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for name in FOLDERS {
            let folder = run.join(name);
            // Reports are written into the run's folder without its lock.
            let untouched = if name.is_empty() { atomic::LEFT_BEHIND } else { Duration::ZERO };
            if !folder.is_symlink() {
                paths.extend(atomic::leftovers(&folder, untouched)?);
            }
        }
        let own = |path| Self { path, run: Some(run.to_path_buf()) };
        Ok(paths.into_iter().map(own).collect())
    }

    /// Returns why a folder must not be removed: it contains someone else's files, whatever its name says.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn kept(&self) -> Result<Option<Reason>> {
        if self.run.is_some() || !self.path.is_dir() {
            return Ok(None);
        }
        foreign_in(&self.path)
    }

    /// Removes it, or says why it is kept.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn remove(&self) -> Result<Option<Reason>> {
        let _lock = match &self.run {
            Some(run) => match take(run)? {
                Hold::Taken(lock) => lock,
                Hold::Refused(reason) => return Ok(Some(reason)),
            },
            None if self.path.is_dir() => lock_runs(parent(&self.path))?,
            None => return files::remove(&self.path).map(|()| None),
        };
        if let Some(reason) = self.kept()? {
            return Ok(Some(reason));
        }
        if self.path.is_dir() {
            fs::remove_dir_all(&self.path).map_err(Error::io("remove", &self.path))?;
        } else {
            files::remove(&self.path)?;
        }
        Ok(None)
    }
}

/// Returns why the folder of a run must not be removed, as far as can be told from outside: this program did
/// not name it, or it contains someone else's files.
///
/// # Errors
/// If a folder cannot be read.
pub fn kept(run: &RunSummary) -> Result<Option<Reason>> {
    if let Some(reason) = renamed(run) {
        return Ok(Some(reason));
    }
    if run.info().is_none() && !is_damaged(&run.path) {
        return Ok(Some(
            "its run.json cannot be read by this version of runner, but perhaps by another".into(),
        ));
    }
    // Every run has this file from the start.
    if run.info().is_none() && !is_file(&run.path.join(RESOLVED)) {
        return Ok(Some("it has no resolved.toml, so runner may not have created it".into()));
    }
    foreign_in(&run.path)
}

/// Says so if a folder contains someone else's files.
fn foreign_in(folder: &Path) -> Result<Option<Reason>> {
    let foreign = foreign(folder)?;
    // Quoted and escaped, as a name may contain anything.
    let names = foreign.iter().map(|path| format!("{:?}", path.to_string_lossy()));
    let names = listed(&shortlist(names, 1));
    let told = || format!("runner did not write {names}; move your own files away first");
    Ok((!foreign.is_empty()).then(told))
}

/// Says so if the folder of a run has a name that this program did not give it: it is the user's own.
pub fn renamed(run: &RunSummary) -> Option<Reason> {
    let is_given = match run.info() {
        Some(info) => folder_name::number_of(info, &run.folder()).is_some(),
        None => folder_name::hash8_of(&run.folder()).is_some(),
    };
    match run.path.is_symlink() {
        true => Some("it is a link".into()),
        false if is_given => None,
        false => Some("it is a copy, or was renamed".into()),
    }
}

/// Removes a run with its folder and returns `None`, or says why not: it must be [`kept`], has changed since it
/// was read, is in use, or `recheck` gives a reason. `recheck` is called while no process can start the run.
///
/// # Errors
/// Any I/O error, and any error of `recheck`. Nothing has changed then, except if a file cannot be removed: the
/// rest of the run is hidden by then.
pub fn remove(
    run: &RunSummary,
    recheck: impl FnOnce() -> Result<Option<Reason>>,
) -> Result<Option<Reason>> {
    if let Some(reason) = kept(run)? {
        return Ok(Some(reason));
    }
    let parent = parent(&run.path);
    let _choosing = lock_runs(parent)?;
    let lock = match take_unchanged(run)? {
        Hold::Taken(lock) => lock,
        Hold::Refused(reason) => return Ok(Some(reason)),
    };
    if let Some(reason) = recheck()? {
        return Ok(Some(reason));
    }
    for folder in FOLDERS.map(|name| run.path.join(name)).iter().filter(|path| path.is_dir()) {
        // Otherwise it would be removed only in part.
        rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| Error::io("remove from", folder)(error.into()))?;
    }
    let hidden =
        parent.join(folder_name::old(folder_name::hash8_of(&run.folder()).unwrap_or_default()));
    fs::rename(&run.path, &hidden).map_err(Error::io("remove", &run.path))?;
    // Some network file systems keep a folder that contains an open file.
    drop(lock);
    atomic::sync_folder(parent)?;
    fs::remove_dir_all(&hidden).map_err(Error::io("remove", &hidden))?;
    Ok(None)
}

/// Returns the checkpoints of a run besides that of its best epoch: the last, from which training resumes,
/// and those of single epochs. If there is no best epoch, returns none, as the last checkpoint is then all
/// that the run has.
///
/// # Errors
/// If the folder cannot be read.
pub fn spare_checkpoints(run: &Path, info: &RunInfo) -> Result<Vec<PathBuf>> {
    let best = checkpoint::best_path(run);
    if info.best.is_none() || !is_file(&best) || best.parent().is_some_and(Path::is_symlink) {
        return Ok(Vec::new());
    }
    let epochs =
        checkpoint::epochs(run)?.into_iter().map(|epoch| checkpoint::epoch_path(run, epoch));
    Ok([checkpoint::last_path(run)]
        .into_iter()
        .chain(epochs)
        .filter(|path| is_file(path))
        .collect())
}

/// Removes the [`spare_checkpoints`] of a run, or says why they are kept: the run is [`renamed`], its best
/// weights are damaged, it has changed since it was read, or it is in use.
///
/// # Errors
/// Any I/O error.
pub fn remove_checkpoints(run: &RunSummary) -> Result<Option<Reason>> {
    let Some((info, best)) = run.info().and_then(|info| Some((info, info.best?))) else {
        return Ok(Some("it has no best epoch".into()));
    };
    if let Some(reason) = renamed(run) {
        return Ok(Some(reason));
    }
    // Before taking the lock, as this is slow.
    if let Err(error) = Checkpoint::load_best(&run.path, &info.identity, best.epoch) {
        return Ok(Some(format!("its best weights cannot be used: {error}")));
    }
    let _lock = match take_unchanged(run)? {
        Hold::Taken(lock) => lock,
        Hold::Refused(reason) => return Ok(Some(reason)),
    };
    let spare = spare_checkpoints(&run.path, info)?;
    spare.iter().try_for_each(|path| files::remove(path))?;
    let names: Vec<String> = spare.iter().map(|path| name_of(path)).collect();
    // For people only: not an error on a full disk.
    let _ = Log::open(&run.path.join(LOG))
        .and_then(|log| log.line(&format!("cleaned: removed {}", names.join(", "))));
    Ok(None)
}

/// Whether nothing can be known of a run: its `run.json` is missing or malformed. One of a newer version, or
/// one without read permission, is not damaged.
fn is_damaged(run: &Path) -> bool {
    matches!(run_json::read(&run.join(RUN_JSON)), Err(Error::Broken { .. }))
}

/// Whether the path is a file, and not a link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

#[cfg(test)]
mod tests;
