//! A run's folder as seen by the one process that may write to it.

pub mod clean;
mod done;
mod make;
mod own;
mod shorter;
#[cfg(test)]
mod tests;

pub use done::is_done;
pub use make::{NewRun, alone_in};
use own::FOLDERS;
pub use own::is_own;
pub use shorter::TakeOver;

use super::{
    CHECKPOINTS, Error, FIGURES, Log, METRICS, Result, RunInfo, Status, TIMINGS, atomic,
    checkpoint, files,
    folder_name::{BaseName, hash8},
    lock, run_json,
};
use lock::Lock;
use make::{create, lock_runs, resolved_digest};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How long to wait for processes that only check whether a run is alive.
const CHECK_TIMEOUT: Duration = Duration::from_millis(300);

/// The result of [`RunFolder::open_or_create`].
#[derive(Debug)]
pub enum Opened {
    /// The run is new.
    New(RunFolder),
    /// A run that was interrupted, pruned, failed or diverged, or a completed one whose figures and tables
    /// must be rebuilt, because its settings for them have changed or some are missing. It is unchanged until
    /// [`RunFolder::reopen`], [`RunFolder::resume`] or [`RunFolder::start_over`] is called.
    Existing(RunFolder),
    /// A completed run for which nothing remains to be done; it is unchanged and no longer locked.
    Completed(PathBuf, RunInfo),
}

/// A run's folder, locked as long as this value lives.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    info: RunInfo,
    _lock: Lock,
}

impl RunFolder {
    /// Opens the folder of a run, or creates it; with `force`, creates a new one beside any existing ones.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process is training the run; [`Error::Broken`] if its folder is damaged;
    /// [`Error::Name`] if no folder can have this name; otherwise any I/O error.
    pub fn open_or_create(run: &NewRun, force: bool) -> Result<Opened> {
        let base = BaseName::new(&run.info.name, hash8(&run.info.identity))?;
        if !force
            && let Some(path) = base.newest(run.runs_dir)?
            && let Ok(info) = run_json::read(&path.join(super::RUN_JSON))
            && info.status == Status::Completed
            && info.identity == run.info.identity
            && run.is_done(&path, &info)
        {
            return Ok(Opened::Completed(path, info));
        }
        files::make_folder(run.runs_dir)?;
        let _choosing = lock_runs(run.runs_dir)?;
        match base.newest(run.runs_dir)? {
            Some(path) if !force => Self::open(path, run),
            _ => create(run, &base.next(run.runs_dir)?).map(Opened::New),
        }
    }

    fn open(path: PathBuf, run: &NewRun) -> Result<Opened> {
        let identity = &run.info.identity;
        if !path.is_dir() {
            return Err(Error::broken(
                &path,
                "is not a folder, but the run's folder belongs here; move it away or remove it to train the run \
                 again",
            ));
        }
        let lock_path = path.join(lock::NAME);
        let Some(lock) = lock::take(&lock_path, CHECK_TIMEOUT)? else {
            return Err(Error::Busy { folder: path, by: lock::holder(&lock_path) });
        };
        let run_json = path.join(super::RUN_JSON);
        let mut info = run_json::read(&run_json).map_err(|error| match error {
            Error::Newer { .. } | Error::Broken { .. } => error,
            // The run may be intact, so nothing is said of removing it.
            error => Error::broken(
                &path,
                format!("is not a readable run: {error}; move it away to train the run again"),
            ),
        })?;
        if info.identity != *identity {
            let reason = format!(
                "is of another experiment or other data (identity {:.16}..., not {identity:.16}...); \
                 move its folder away, or use --force to train again in a new folder",
                info.identity
            );
            return Err(Error::broken(&run_json, reason));
        }
        if info.status == Status::Completed && run.is_done(&path, &info) {
            return Ok(Opened::Completed(path, info));
        }
        // Otherwise this process could not hold the lock.
        info.process_is_gone();
        for folder in FOLDERS.map(|name| path.join(name)) {
            atomic::clean(&folder, Duration::ZERO)?;
        }
        Ok(Opened::Existing(Self { path, info, _lock: lock }))
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the contents of `run.json`.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Marks the results of an existing run as to be recomputed. A complete run stays complete meanwhile.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn reopen(&mut self, fresh: &RunInfo) -> Result<()> {
        self.make_folders()?;
        self.update(|info| info.reopen(fresh))
    }

    /// Marks an existing run as running again, in the process and on the device of `fresh`.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn resume(&mut self, fresh: &RunInfo) -> Result<()> {
        self.make_folders()?;
        self.update(|info| info.resume(fresh))
    }

    /// Restarts an existing run from its first step: removes its checkpoints and rows.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn start_over(&mut self, fresh: &RunInfo) -> Result<()> {
        self.update(|info| {
            info.resume(fresh);
            info.start_over();
        })?;
        // Checkpoints first: rows may only be missing once no checkpoint refers to them.
        let checkpoints = checkpoint::files(&self.path)?;
        checkpoints.iter().try_for_each(|path| files::remove(path))?;
        self.remove(METRICS)?;
        self.remove(TIMINGS)?;
        self.make_folders()
    }

    /// Writes the files that describe the run, and records the digest of its resolved experiment.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn describe(&mut self, files: &[(&str, &str)]) -> Result<()> {
        files.iter().try_for_each(|(name, text)| atomic::write(&self.file(name), text))?;
        self.update(|info| info.resolved_digest = resolved_digest(files))
    }

    /// Changes `run.json`, or leaves it unchanged on error.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn update(&mut self, change: impl FnOnce(&mut RunInfo)) -> Result<()> {
        let mut info = self.info.clone();
        change(&mut info);
        info.write(&self.file(super::RUN_JSON))?;
        self.info = info;
        Ok(())
    }

    /// Records in `run.json` that the run has ended: its status and why.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn finish(&mut self, status: Status, reason: impl Into<String>) -> Result<()> {
        self.update(|info| info.end(status, reason))
    }

    /// Records a failure in `run.json`: the reason in words, and the error itself. A complete run, whose results
    /// were being recomputed, stays complete.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn fail(&mut self, reason: &str, error: &str) -> Result<()> {
        self.update(|info| {
            if info.status != Status::Completed {
                info.end(Status::Failed, reason);
            }
            info.error = Some(error.to_owned());
        })
    }

    /// Records that the process of the run in a folder ended without doing so itself: `reason` and `error`
    /// say how. Does nothing if another process has taken over or the run has ended properly. Returns whether
    /// it changed anything.
    ///
    /// # Errors
    /// Any I/O error, and if there is no run.
    pub fn abandon(path: &Path, reason: &str, error: &str) -> Result<bool> {
        let Some(lock) = lock::take(&path.join(lock::NAME), CHECK_TIMEOUT)? else {
            return Ok(false);
        };
        let info = run_json::read(&path.join(super::RUN_JSON))?;
        if !matches!(info.status, Status::Running | Status::Interrupted) {
            return Ok(false);
        }
        Self { path: path.to_path_buf(), info, _lock: lock }.fail(reason, error)?;
        Ok(true)
    }

    /// Writes files that describe the run in a folder again, such as a resolved experiment that was changed, but
    /// trains nothing. Does nothing if another process is training it. Returns whether it changed anything.
    ///
    /// # Errors
    /// Any I/O error, and if there is no run.
    pub fn restore(path: &Path, files: &[(&str, &str)]) -> Result<bool> {
        let Some(lock) = lock::take(&path.join(lock::NAME), CHECK_TIMEOUT)? else {
            return Ok(false);
        };
        let info = run_json::read(&path.join(super::RUN_JSON))?;
        Self { path: path.to_path_buf(), info, _lock: lock }.describe(files)?;
        Ok(true)
    }

    /// Returns the path of a file in the folder, such as [`super::MODEL`].
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes a file of the folder if it exists.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn remove(&self, name: &str) -> Result<()> {
        files::remove(&self.file(name))
    }

    /// Returns the path of a figure.
    pub fn figure(&self, name: &str) -> PathBuf {
        self.path.join(FIGURES).join(name)
    }

    /// Opens `log.txt`.
    ///
    /// # Errors
    /// Those of [`Log::open`].
    pub fn log(&self) -> Result<Log> {
        Log::open(&self.file(super::LOG))
    }

    fn make_folders(&self) -> Result<()> {
        [CHECKPOINTS, FIGURES].iter().try_for_each(|name| files::make_folder(&self.file(name)))
    }
}
