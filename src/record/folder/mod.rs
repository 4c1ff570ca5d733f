//! A run's folder in the hands of the one process that may write it.

pub mod clean;
mod make;
mod name;
mod own;
mod shorter;
#[cfg(test)]
mod tests;

pub use name::{by_number, hash8_of, number_of};
use own::FOLDERS;

use super::{
    CHECKPOINTS, Error, FIGURES, FORMAT, Log, METRICS, MetricsFile, Result, RunInfo, Status,
    TIMINGS, TimingsFile, atomic, checkpoint, files, identity, lock, run_json,
};
use lock::Lock;
use make::{create, lock_runs};
use name::BaseName;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long to wait for those who only look whether a run is alive.
const LOOKERS: Duration = Duration::from_millis(300);

/// A run that is to be trained.
#[derive(Debug)]
pub struct NewRun<'a> {
    /// The folder of runs, or of a sweep; made if it is not there.
    pub runs_dir: &'a Path,
    /// Name, identity and everything that is known beforehand.
    pub info: RunInfo,
    /// The files that a folder begins with, besides `run.json`: name and text.
    pub files: &'a [(&'a str, &'a str)],
}

impl NewRun<'_> {
    /// Whether the run in `folder` was asked for in the same words. The identity leaves out what
    /// does not touch the training; whoever changes that wants the results made anew.
    fn is_described_by(&self, folder: &Path) -> bool {
        let resolved = self.files.iter().find(|(name, _)| *name == super::RESOLVED);
        resolved.is_none_or(|(name, text)| {
            fs::read_to_string(folder.join(name)).is_ok_and(|known| known == *text)
        })
    }
}

/// What [`RunFolder::open_or_create`] found.
#[derive(Debug)]
pub enum Opened {
    /// Nothing: the run begins.
    New(RunFolder),
    /// A run that was interrupted, pruned, failed or diverged, or one that is complete but was described
    /// otherwise: its figures and tables are to be made anew. It is as it was until
    /// [`RunFolder::resume`] or [`RunFolder::start_over`] is called.
    Existing(RunFolder),
    /// A run that is complete and was described so; nothing was changed, and it is not locked any more.
    Completed(PathBuf, RunInfo),
}

/// A run's folder, locked for as long as this lives.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    info: RunInfo,
    _lock: Lock,
}

impl RunFolder {
    /// Finds the folder of a run, or makes it; with `force`, makes a new one beside those there are.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process trains the run; [`Error::Broken`] if its folder is not in
    /// order; [`Error::Name`] if no folder can be called so; otherwise what the system refuses.
    pub fn open_or_create(run: &NewRun, force: bool) -> Result<Opened> {
        let base = BaseName::new(&run.info.name, identity::hash8(&run.info.identity))?;
        if !force
            && let Some(path) = base.newest(run.runs_dir)?
            && let Ok(info) = run_json::read(&path.join(super::RUN_JSON))
            && info.status == Status::Completed
            && info.format == FORMAT
            && info.identity == run.info.identity
            && run.is_described_by(&path)
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
        let advice = "move it away or remove it, and the run is trained anew";
        if !path.is_dir() {
            let reason = format!("is no folder, but stands where the run's is to be; {advice}");
            return Err(Error::broken(&path, reason));
        }
        let lock_path = path.join(lock::NAME);
        let Some(lock) = lock::take(&lock_path, LOOKERS)? else {
            return Err(Error::Busy { folder: path, by: lock::holder(&lock_path) });
        };
        let run_json = path.join(super::RUN_JSON);
        let mut info = run_json::read(&run_json).map_err(|error| match error {
            Error::Newer { .. } => error,
            error => {
                Error::broken(&path, format!("holds no run that can be read: {error}; {advice}"))
            }
        })?;
        if info.identity != *identity {
            let reason = format!(
                "is of another experiment or other data (identity {:.16}..., not {identity:.16}...); \
                 move its folder away, or use --force to train again in a new folder",
                info.identity
            );
            return Err(Error::broken(&run_json, reason));
        }
        match info.status {
            Status::Completed if run.is_described_by(&path) => {
                return Ok(Opened::Completed(path, info));
            }
            // Its process is gone, or the lock could not have been had.
            Status::Running => info.status = Status::Interrupted,
            Status::Completed
            | Status::Interrupted
            | Status::Failed
            | Status::Diverged
            | Status::Pruned => {}
        }
        for folder in FOLDERS.map(|name| path.join(name)) {
            atomic::clean(&folder, Duration::ZERO)?;
        }
        Ok(Opened::Existing(Self { path, info, _lock: lock }))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the run stands, as in `run.json`.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Marks an existing run as running again, for nothing but its results.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn reopen(&mut self, fresh: &RunInfo) -> Result<()> {
        self.make_folders()?;
        self.update(|info| info.reopen(fresh))
    }

    /// Marks an existing run as running again, by the process and on the device that `fresh` names.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn resume(&mut self, fresh: &RunInfo) -> Result<()> {
        self.make_folders()?;
        self.update(|info| info.resume(fresh))
    }

    /// Marks an existing run as begun from its first step again, and removes its checkpoints and rows.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn start_over(&mut self, fresh: &RunInfo) -> Result<()> {
        self.update(|info| {
            info.resume(fresh);
            info.start_over();
        })?;
        // Checkpoints first: rows may be missing only where no checkpoint knows of them.
        let checkpoints = checkpoint::files(&self.path)?;
        checkpoints.iter().try_for_each(|path| files::remove(path))?;
        self.remove(METRICS)?;
        self.remove(TIMINGS)?;
        self.make_folders()
    }

    /// Changes `run.json`. What is in there is as before if this fails.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn update(&mut self, change: impl FnOnce(&mut RunInfo)) -> Result<()> {
        let mut info = self.info.clone();
        change(&mut info);
        info.write(&self.file(super::RUN_JSON))?;
        self.info = info;
        Ok(())
    }

    /// Writes the run's end into `run.json`: its status and, in words, why.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn finish(&mut self, status: Status, reason: impl Into<String>) -> Result<()> {
        self.update(|info| info.end(status, reason))
    }

    /// Writes a failure into `run.json`: in words why, and the error itself.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn fail(&mut self, reason: &str, error: &str) -> Result<()> {
        self.update(|info| {
            info.end(Status::Failed, reason);
            info.error = Some(error.to_owned());
        })
    }

    /// Writes down that the process of the run in a folder ended without a word: `reason` and
    /// `error` say how. Nothing is changed if another process has taken over or the run has ended in
    /// order; whether it was changed.
    ///
    /// # Errors
    /// What the system refuses, and when there is no run.
    pub fn abandon(path: &Path, reason: &str, error: &str) -> Result<bool> {
        let Some(lock) = lock::take(&path.join(lock::NAME), LOOKERS)? else { return Ok(false) };
        let info = run_json::read(&path.join(super::RUN_JSON))?;
        if !matches!(info.status, Status::Running | Status::Interrupted) {
            return Ok(false);
        }
        Self { path: path.to_path_buf(), info, _lock: lock }.fail(reason, error)?;
        Ok(true)
    }

    /// The path of a file in the folder, such as [`super::MODEL`].
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes a file of the folder, if it is there.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn remove(&self, name: &str) -> Result<()> {
        files::remove(&self.file(name))
    }

    /// The path of a figure.
    pub fn figure(&self, name: &str) -> PathBuf {
        self.path.join(FIGURES).join(name)
    }

    /// Opens `metrics.csv` at the end of the epochs that the checkpoint knows; later rows are cut off.
    ///
    /// # Errors
    /// Those of [`MetricsFile::open`].
    pub fn metrics(&self, epochs: usize) -> Result<MetricsFile> {
        MetricsFile::open(&self.file(METRICS), epochs)
    }

    /// Opens `timings.csv` likewise.
    ///
    /// # Errors
    /// Those of [`TimingsFile::open`].
    pub fn timings(&self, epochs: usize) -> Result<TimingsFile> {
        TimingsFile::open(&self.file(TIMINGS), epochs)
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

/// The first name of the run that is in a folder of this name; none of a copy, which stands in for no run.
pub fn first_of(info: &RunInfo, folder: &str) -> Option<String> {
    number_of(info, folder).map(|_| first_name(&info.name, &info.identity))
}

/// The first name of the folder of a run.
pub fn first_name(name: &str, identity: &str) -> String {
    format!("{name}-{}", identity::hash8(identity))
}
