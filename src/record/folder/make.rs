//! New runs and their folders: one process at a time chooses a name and creates the whole folder.

use super::{
    CHECK_TIMEOUT, RunFolder,
    done::{is_described_by, is_done, missing},
    own::foreign,
};
use crate::{
    digest,
    record::{
        Error, RESOLVED, RUN_JSON, Result, RunInfo, Status, atomic, folder_name,
        lock::{self, Lock},
    },
};
use std::{fs, path::Path, time::Duration};

/// How long to wait for other processes to choose a folder, which takes them milliseconds.
const CHOICE_TIMEOUT: Duration = Duration::from_secs(30);

/// A run to be trained.
#[derive(Debug)]
pub struct NewRun<'a> {
    /// The folder of runs or of a sweep; created if missing.
    pub runs_dir: &'a Path,
    /// Name, identity and everything else known in advance.
    pub info: RunInfo,
    /// The files that a new folder starts with, besides `run.json`: name and text.
    pub files: &'a [(&'a str, &'a str)],
    /// The files in its folder that its results consist of once it is complete.
    pub result_files: &'a [String],
}

impl NewRun<'_> {
    /// Whether nothing remains to be done for the completed run in `folder`.
    pub(super) fn is_done(&self, folder: &Path, info: &RunInfo) -> bool {
        is_done(folder, info, resolved(self.files), self.result_files)
    }

    /// Returns the result files that the completed run in `folder` has lost; none if its settings for them
    /// were others.
    pub fn lost(&self, folder: &Path, info: &RunInfo) -> Vec<&str> {
        let is_same = |text: &str| is_described_by(folder, info, text);
        let is_same = resolved(self.files).is_none_or(is_same);
        if is_same { missing(folder, info, self.result_files) } else { Vec::new() }
    }
}

/// Returns the resolved experiment among the files of a run.
fn resolved<'f>(files: &[(&str, &'f str)]) -> Option<&'f str> {
    files.iter().find(|(name, _)| *name == RESOLVED).map(|(_, text)| *text)
}

/// Returns the SHA-256 of the resolved experiment among the files of a run.
pub(super) fn resolved_digest(files: &[(&str, &str)]) -> Option<String> {
    resolved(files).map(|text| digest::sha256(text.as_bytes()))
}

/// Does something in a folder of runs or of a sweep while no other process does, or chooses a folder for a run
/// there.
///
/// # Errors
/// When the lock cannot be had, and any error of `act`.
pub fn alone_in<T, E: From<Error>>(
    runs_dir: &Path,
    act: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _lock = lock_runs(runs_dir)?;
    act()
}

/// Locks the folder of runs, so that no other process chooses a folder, and removes what killed processes
/// left half created or half removed. Failures to remove are ignored: such folders are invisible and must not
/// stop a training.
pub(super) fn lock_runs(runs_dir: &Path) -> Result<Lock> {
    let path = runs_dir.join(lock::NAME);
    let Some(lock) = lock::take(&path, CHOICE_TIMEOUT)? else {
        let by = lock::holder(&path);
        return Err(Error::RunsLocked { path, by, seconds: CHOICE_TIMEOUT.as_secs() });
    };
    for leftover in folder_name::hidden_in(runs_dir)? {
        // With other files in it, it is the user's, whatever its name.
        if foreign(&leftover).is_ok_and(|foreign| foreign.is_empty()) {
            let _ = fs::remove_dir_all(leftover);
        }
    }
    Ok(lock)
}

/// Creates a folder with its first files, atomically as seen by other processes.
pub(super) fn create(run: &NewRun, name: &str) -> Result<RunFolder> {
    let hidden = run.runs_dir.join(folder_name::new(folder_name::hash8(&run.info.identity)));
    fs::create_dir(&hidden).map_err(Error::io("make the folder", &hidden))?;
    let path = run.runs_dir.join(name);
    let made = fill(&hidden, run).and_then(|folder| {
        fs::rename(&hidden, &path).map_err(Error::io("make the folder", &path))?;
        atomic::sync_folder(run.runs_dir)?;
        Ok(RunFolder { path, ..folder })
    });
    if made.is_err() {
        // Report the first error; whatever cannot be removed goes with the next run.
        let _ = fs::remove_dir_all(&hidden);
    }
    made
}

fn fill(hidden: &Path, run: &NewRun) -> Result<RunFolder> {
    let lock_path = hidden.join(lock::NAME);
    let Some(lock) = lock::take(&lock_path, CHECK_TIMEOUT)? else {
        return Err(Error::Busy { folder: hidden.to_path_buf(), by: None });
    };
    let resolved_digest = resolved_digest(run.files);
    let info = RunInfo { status: Status::Running, resolved_digest, ..run.info.clone() };
    let folder = RunFolder { path: hidden.to_path_buf(), info, _lock: lock };
    folder.make_folders()?;
    for (name, text) in run.files {
        atomic::write(&folder.file(name), text)?;
    }
    folder.info.write(&folder.file(RUN_JSON))?;
    Ok(folder)
}
