//! Reads runs from the outside: in any state, while they are being written, even if broken.

mod states;
#[cfg(test)]
mod tests;

use super::{
    Error, METRICS, RESOLVED, RUN_JSON, Result, RunInfo, SWEEP_JSON, Status, files,
    folder_name::{hash8_of, number_of},
    lock, run_json,
};
use crate::digest;
use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Readback {
    /// Its `run.json`; `running` becomes `interrupted` if the process is gone.
    Known(Box<RunInfo>),
    /// Its `run.json`, and why its `resolved.toml` cannot be trusted to describe it.
    Changed(Box<RunInfo>, String),
    /// Why `run.json` cannot be read.
    Broken(String),
}

impl Readback {
    /// Returns the contents of `run.json` if they and `resolved.toml` can be trusted.
    ///
    /// # Errors
    /// In words, why they cannot, and what to do.
    pub fn trusted(self) -> std::result::Result<RunInfo, String> {
        match self {
            Self::Known(info) => Ok(*info),
            Self::Changed(_, reason) | Self::Broken(reason) => Err(reason),
        }
    }

    /// Says why the run cannot be read back, and what to do; `None` if it can.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Known(_) => None,
            Self::Changed(..) | Self::Broken(_) => Some(self.to_string()),
        }
    }

    /// Returns the state of the run in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Known(info) => info.status.name(),
            Self::Changed(..) | Self::Broken(_) => Self::BROKEN,
        }
    }
}

impl fmt::Display for Readback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(info) => write!(f, "{}", info.status),
            Self::Changed(_, reason) | Self::Broken(reason) => {
                write!(f, "{}: {reason}", Self::BROKEN)
            }
        }
    }
}

/// A run found in a folder of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its folder.
    pub path: PathBuf,
    /// Name of the sweep's folder that contains it.
    pub sweep: Option<String>,
    /// What is known of it.
    pub state: Readback,
}

impl RunSummary {
    /// Reads the run in a folder, as one that no sweep contains.
    pub fn read(path: &Path) -> Self {
        let state = match run_json::read(&path.join(RUN_JSON)) {
            Ok(mut info) => {
                if info.status == Status::Running && !lock::is_held(&path.join(lock::NAME)) {
                    // It may have ended between the two checks.
                    info = run_json::read(&path.join(RUN_JSON)).unwrap_or(info);
                    info.process_is_gone();
                }
                let info = Box::new(info);
                match check_resolved(path, &info) {
                    Ok(()) => Readback::Known(info),
                    Err(error) => Readback::Changed(info, error.to_string()),
                }
            }
            Err(error) => Readback::Broken(error.to_string()),
        };
        Self { path: path.to_path_buf(), sweep: None, state }
    }

    /// Sets the name of the sweep's folder that contains it.
    #[must_use]
    pub fn within(self, sweep: Option<impl Into<String>>) -> Self {
        Self { sweep: sweep.map(Into::into), ..self }
    }

    /// Returns the folder's name.
    pub fn folder(&self) -> String {
        name_of(&self.path)
    }

    /// Whether a process is training it right now.
    pub fn is_held(&self) -> bool {
        lock::is_held(&self.path.join(lock::NAME))
    }

    /// Returns the contents of `run.json`; `None` if it cannot be read.
    pub fn info(&self) -> Option<&RunInfo> {
        match &self.state {
            Readback::Known(info) | Readback::Changed(info, _) => Some(info),
            Readback::Broken(_) => None,
        }
    }

    /// Returns the name and identity that link it to a plan; `None` if `run.json` cannot be read.
    pub fn key(&self) -> Option<(&str, &str)> {
        self.info().map(|info| (info.name.as_str(), info.identity.as_str()))
    }
}

/// Checks that `resolved.toml` is the file that was written for the run.
fn check_resolved(run: &Path, info: &RunInfo) -> Result<()> {
    let Some(known) = &info.resolved_digest else { return Ok(()) };
    let path = run.join(RESOLVED);
    let problem = match files::read(&path) {
        Ok(text) if digest::sha256(&text) == *known => return Ok(()),
        Ok(_) => "was changed since the run was trained (SHA-256 differs)",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "is gone",
        Err(error) => return Err(Error::io("read", &path)(error)),
    };
    let advice = match info.status {
        // A sweep leaves such a run as it is; alone, a diverged one starts over.
        Status::Diverged | Status::Pruned => "the command that trained the run restores the file",
        Status::Completed => {
            "the command that trained the run restores the file, without training again"
        }
        _ => "the command that trained the run restores the file and continues",
    };
    Err(Error::broken(&path, format!("{problem}; {advice}")))
}

/// Lists the runs in a folder of runs and in the sweeps in it, by folder name. A missing folder has none.
///
/// # Errors
/// If `runs_dir` itself cannot be read; a problem with a single run is in its summary.
pub fn scan(runs_dir: &Path) -> Result<Vec<RunSummary>> {
    let mut runs = Vec::new();
    for folder in folders_of(runs_dir)? {
        if folder.join(RUN_JSON).exists() || is_closed(&folder) {
            runs.push(RunSummary::read(&folder));
            continue;
        }
        let below = subfolders(&folder).unwrap_or_default();
        if folder.join(SWEEP_JSON).exists() || below.iter().any(|run| run.join(RUN_JSON).exists()) {
            let sweep = name_of(&folder);
            let below = below.iter().filter(|run| is_run(run));
            runs.extend(below.map(|run| RunSummary::read(run).within(Some(&sweep))));
        } else if is_run(&folder) {
            runs.push(RunSummary::read(&folder));
        }
    }
    Ok(runs)
}

/// Returns the folders in a folder of runs that cannot be read, and why: [`scan`] has no runs of them, but they
/// may be sweeps. Those named like runs are in its list. A sweep's own folder has none.
///
/// # Errors
/// As for [`scan`].
pub fn unreadable(runs_dir: &Path) -> Result<Vec<(PathBuf, Error)>> {
    if runs_dir.join(SWEEP_JSON).exists() {
        return Ok(Vec::new());
    }
    let others = folders_of(runs_dir)?.into_iter().filter(|folder| !is_run(folder));
    Ok(others.filter_map(|folder| problem(&folder).map(|error| (folder, error))).collect())
}

/// Returns why a folder, or a file in it, cannot be opened.
fn problem(folder: &Path) -> Option<Error> {
    let read = fs::read_dir(folder).and_then(|_| folder.join(SWEEP_JSON).try_exists());
    read.err().map(Error::io("read the folder", folder))
}

/// Lists the runs directly in a sweep's folder, by folder name. Runs deeper down, such as a backup, are not
/// its own. A missing folder has none.
///
/// # Errors
/// As for [`scan`].
pub fn scan_sweep(folder: &Path) -> Result<Vec<RunSummary>> {
    let folders = folders_of(folder)?;
    let runs = folders.iter().filter(|folder| is_run(folder));
    Ok(runs.map(|run| RunSummary::read(run)).collect())
}

/// Returns the folders that are named like runs, by the identity's hash in their names. Their contents are
/// not read.
///
/// # Errors
/// As for [`scan`].
pub fn folders_by_hash(runs_dir: &Path) -> Result<HashMap<String, Vec<PathBuf>>> {
    let mut by_hash: HashMap<String, Vec<PathBuf>> = HashMap::new();
    for folder in folders_of(runs_dir)? {
        if let Some(hash) = hash8_of(&name_of(&folder)) {
            by_hash.entry(hash.to_owned()).or_default().push(folder);
        }
    }
    Ok(by_hash)
}

/// Lists the folders of the sweeps in a folder of runs, by name. A missing folder has none.
///
/// # Errors
/// If `runs_dir` itself cannot be read.
pub fn sweeps(runs_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = folders_of(runs_dir)?;
    folders.retain(|folder| folder.join(SWEEP_JSON).exists());
    Ok(folders)
}

/// Returns the current run for each name and identity: each repeated training has a folder with the next
/// higher number. Copies and renamed folders are ignored.
pub fn newest<'a>(
    runs: impl IntoIterator<Item = &'a RunSummary>,
) -> HashMap<(&'a str, &'a str), &'a RunSummary> {
    let number = |run: &RunSummary| number_of(run.info()?, &run.folder());
    let mut newest: HashMap<_, &RunSummary> = HashMap::new();
    for run in runs.into_iter().filter(|run| number(run).is_some()) {
        let Some(key) = run.key() else { continue };
        let slot = newest.entry(key).or_insert(run);
        if number(slot) < number(run) {
            *slot = run;
        }
    }
    newest
}

/// Whether a folder holds a run, or what is left of one.
pub fn is_run(folder: &Path) -> bool {
    [RUN_JSON, RESOLVED, METRICS].iter().any(|file| folder.join(file).exists()) || is_closed(folder)
}

/// Whether a folder is named like a run but may not be opened, so that its contents are unknown.
fn is_closed(folder: &Path) -> bool {
    hash8_of(&name_of(folder)).is_some()
        && folder.is_dir()
        && folder.join(RUN_JSON).try_exists().is_err()
}

/// Returns the last component of a path; the whole path if it has none, as for `..`.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Returns the folders in a folder of runs; none if it does not exist.
fn folders_of(folder: &Path) -> Result<Vec<PathBuf>> {
    match subfolders(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        folders => folders.map_err(Error::io("read the folder", folder)),
    }
}

/// Returns the visible subfolders, by name, including unreadable ones.
fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    // A link may lead to a run on a larger disk.
    let walk =
        WalkDir::new(folder).min_depth(1).max_depth(1).follow_links(true).sort_by_file_name();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_dir() && !name_of(entry.path()).starts_with('.') => {
                folders.push(entry.into_path());
            }
            Err(error) if error.depth() == 0 => {
                // Without walkdir's own words, which repeat the path.
                return Err(error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()));
            }
            // Files, and dangling links.
            _ => {}
        }
    }
    Ok(folders)
}
