//! How runs are removed, and what else takes room for nothing.
//!
//! Whoever removes holds the locks that a training takes: that on the folder of runs, so that nobody chooses
//! the run's folder meanwhile, and the run's own.
//!
//! A run's folder is first renamed to a hidden name, which is one step, and only then emptied. A kill in the
//! middle leaves no run, whole or half, but a hidden folder, which the next training beside it removes, and the
//! next cleaning. Were `run.json` removed first, a kill would leave a broken run, on which the same command would
//! fail instead of training it again.

use super::{
    LOOKERS,
    make::lock_runs,
    name,
    own::{FOLDERS, strangers},
};
use crate::record::{
    Checkpoint, Error, FIGURES, Log, RESOLVED, RUN_JSON, Result, RunInfo, RunSummary, Status,
    atomic::{self, parent},
    checkpoint, files,
    lock::{self, Lock},
    read::name_of,
    run_json,
};
use rustix::fs::Access;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Why something is left as it is.
pub type Left = String;

/// A temporary file, or a folder that was being made or removed, of a process that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The file or folder.
    pub path: PathBuf,
    /// The run in whose folder it lies.
    run: Option<PathBuf>,
}

impl Leftover {
    /// Those in a folder of runs or of a sweep, apart from those in the folders of runs.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn in_folder(folder: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        // Somebody makes or removes one at this moment.
        if !lock::is_held(&folder.join(lock::NAME)) {
            paths = name::hidden_in(folder)?;
        }
        for folder in [folder, &folder.join(FIGURES)] {
            if !folder.is_symlink() {
                paths.extend(atomic::left(folder, atomic::LEFT_BEHIND)?);
            }
        }
        Ok(paths.into_iter().map(|path| Self { path, run: None }).collect())
    }

    /// Those in the folder of a run that no process trains.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn in_run(run: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for name in FOLDERS {
            let folder = run.join(name);
            // Into the run's folder itself, reports are written without its lock.
            let untouched = if name.is_empty() { atomic::LEFT_BEHIND } else { Duration::ZERO };
            if !folder.is_symlink() {
                paths.extend(atomic::left(&folder, untouched)?);
            }
        }
        let own = |path| Self { path, run: Some(run.to_path_buf()) };
        Ok(paths.into_iter().map(own).collect())
    }

    /// Removes it, or says why it is left.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn remove(&self) -> Result<Option<Left>> {
        let _lock = match &self.run {
            Some(run) => match take(run)? {
                Ok(lock) => lock,
                Err(left) => return Ok(Some(left)),
            },
            None if self.path.is_dir() => lock_runs(parent(&self.path))?,
            None => return files::remove(&self.path).map(|()| None),
        };
        if self.path.is_dir() {
            fs::remove_dir_all(&self.path).map_err(Error::io("remove", &self.path))?;
        } else {
            files::remove(&self.path)?;
        }
        Ok(None)
    }
}

/// Why the folder of a run is not to be removed, as far as that can be told from outside: it is no folder that
/// this program named, or holds what somebody else has put there.
///
/// # Errors
/// When a folder cannot be read.
pub fn kept(run: &RunSummary) -> Result<Option<Left>> {
    if let Some(left) = renamed(run) {
        return Ok(Some(left));
    }
    if run.info().is_none() && !is_damaged(&run.path) {
        return Ok(Some(
            "its run.json cannot be read by this program, but perhaps by another".into(),
        ));
    }
    // Every run has it from its first moment on.
    if run.info().is_none() && !is_file(&run.path.join(RESOLVED)) {
        return Ok(Some("it has no resolved.toml, so it may be none of runner's".into()));
    }
    let strangers = strangers(&run.path)?;
    Ok(strangers.first().map(|first| {
        let more = match strangers.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = first.to_string_lossy();
        // In quotes, whatever the name has in it.
        format!("runner did not write {first:?}{more}; move what is yours away first")
    }))
}

/// Says so where the folder of a run is not one that this program named: it is somebody's own.
pub fn renamed(run: &RunSummary) -> Option<Left> {
    let is_given = match run.info() {
        Some(info) => name::number_of(info, &run.folder).is_some(),
        None => name::hash8_of(&run.folder).is_some(),
    };
    match run.path.is_symlink() {
        true => Some("it is a link".into()),
        false if is_given => None,
        false => Some("it is a copy, or was renamed".into()),
    }
}

/// Removes a run with its folder, unless it is [`kept`], has changed since it was read, or is in use, or `still`,
/// which is asked while nobody can begin it, has another reason; says why.
///
/// # Errors
/// What the system refuses, and errors of `still`. Nothing is changed then, but where a file resists: what is left
/// of the run is hidden then.
pub fn remove(
    run: &RunSummary,
    still: impl FnOnce() -> Result<Option<Left>>,
) -> Result<Option<Left>> {
    if let Some(left) = kept(run)? {
        return Ok(Some(left));
    }
    let parent = parent(&run.path);
    let _choosing = lock_runs(parent)?;
    let lock = match take_unchanged(run)? {
        Ok(lock) => lock,
        Err(left) => return Ok(Some(left)),
    };
    if let Some(left) = still()? {
        return Ok(Some(left));
    }
    for folder in FOLDERS.map(|name| run.path.join(name)).iter().filter(|path| path.is_dir()) {
        // Else it would be half removed.
        rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| Error::io("remove from", folder)(error.into()))?;
    }
    let hidden = parent.join(name::old(name::hash8_of(&run.folder).unwrap_or_default()));
    fs::rename(&run.path, &hidden).map_err(Error::io("remove", &run.path))?;
    // Some network file systems keep a folder in which a file is open.
    drop(lock);
    atomic::sync_folder(parent)?;
    fs::remove_dir_all(&hidden).map_err(Error::io("remove", &hidden))?;
    Ok(None)
}

/// The checkpoints of a run beside that of its best epoch: where training goes on from, and those of single
/// epochs. None where there is no best epoch, as its last is then all that there is of it.
///
/// # Errors
/// When the folder cannot be read.
pub fn spare_checkpoints(run: &Path, info: &RunInfo) -> Result<Vec<PathBuf>> {
    let best = checkpoint::best(run);
    if info.best.is_none() || !is_file(&best) || best.parent().is_some_and(Path::is_symlink) {
        return Ok(Vec::new());
    }
    let epochs = checkpoint::epochs(run)?.into_iter().map(|epoch| checkpoint::epoch(run, epoch));
    Ok([checkpoint::last(run)].into_iter().chain(epochs).filter(|path| is_file(path)).collect())
}

/// Removes the [`spare_checkpoints`] of a run, unless it is [`renamed`], its best weights are not in order, it has
/// changed since it was read, or is in use; says why.
///
/// # Errors
/// What the system refuses.
pub fn remove_checkpoints(run: &RunSummary) -> Result<Option<Left>> {
    let Some((info, best)) = run.info().and_then(|info| Some((info, info.best?))) else {
        return Ok(Some("it has no best epoch".into()));
    };
    if let Some(left) = renamed(run) {
        return Ok(Some(left));
    }
    // Before the lock, as it takes its time.
    match Checkpoint::load_for(&checkpoint::best(&run.path), &info.identity) {
        Err(error) => return Ok(Some(format!("its best weights are not in order: {error}"))),
        Ok(loaded) if loaded.snapshot.state.epoch != best.epoch => {
            return Ok(Some("best.safetensors is not that of its best epoch".into()));
        }
        Ok(_) => {}
    }
    let _lock = match take_unchanged(run)? {
        Ok(lock) => lock,
        Err(left) => return Ok(Some(left)),
    };
    let spare = spare_checkpoints(&run.path, info)?;
    spare.iter().try_for_each(|path| files::remove(path))?;
    let names: Vec<String> = spare.iter().map(|path| name_of(path)).collect();
    // For people; on a full disk, it goes without.
    let _ = Log::open(&run.path.join(super::super::LOG))
        .and_then(|log| log.line(&format!("cleaned: removed {}", names.join(", "))));
    Ok(None)
}

/// The lock of a run that is as it was when it was read.
fn take_unchanged(run: &RunSummary) -> Result<std::result::Result<Lock, Left>> {
    let lock = match take(&run.path)? {
        Ok(lock) => lock,
        left => return Ok(left),
    };
    let mut now = run_json::read(&run.path.join(RUN_JSON)).ok();
    // Its process is gone, or the lock could not have been had.
    if let Some(info) = now.as_mut().filter(|info| info.status == Status::Running) {
        info.status = Status::Interrupted;
    }
    Ok(if now.as_ref() == run.info() { Ok(lock) } else { Err("it has just changed".into()) })
}

/// The lock of a run, or who has it. A link is not followed: who has the lock writes into the file.
fn take(run: &Path) -> Result<std::result::Result<Lock, Left>> {
    let path = run.join(lock::NAME);
    if path.is_symlink() {
        return Ok(Err("its .lock is a link".into()));
    }
    if !run.exists() {
        return Ok(Err("it is gone already".into()));
    }
    let by = || lock::holder(&path).map_or(String::new(), |by| format!(" ({by})"));
    let lock = lock::take(&path, LOOKERS)?;
    Ok(lock.ok_or_else(|| format!("another process trains it{}", by())))
}

/// Whether nothing can be known of a run: its `run.json` is gone, or is none. One of a newer program, and one
/// that may not be read, are not damaged.
fn is_damaged(run: &Path) -> bool {
    match run_json::read(&run.join(RUN_JSON)) {
        Err(Error::Broken { .. }) => true,
        Err(Error::Io { source, .. }) => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// Whether it is a file, and not a link to one.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

#[cfg(test)]
mod tests;
