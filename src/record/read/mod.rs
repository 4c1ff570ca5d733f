//! Runs as others see them: in any state, while they are written, broken ones included.

mod find;
#[cfg(test)]
mod tests;

pub use find::find;

use super::{
    Error, METRICS, RESOLVED, RUN_JSON, Result, RunInfo, SWEEP_JSON, Status,
    folder::{hash8_of, number_of},
    lock, run_json,
};
use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunState {
    /// Its `run.json`, with a `running` whose process is gone as interrupted.
    Known(Box<RunInfo>),
    /// Why nothing is known.
    Broken(String),
}

impl RunState {
    /// The word for a run of which nothing is known, where others have that of their [`Status`].
    pub const BROKEN: &str = "broken";

    /// Every word for how a run stands.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        Status::ALL.into_iter().map(Status::name).chain([Self::BROKEN])
    }

    /// How the run stands, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Known(info) => info.status.name(),
            Self::Broken(_) => Self::BROKEN,
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(info) => write!(f, "{}", info.status),
            Self::Broken(reason) => write!(f, "{}: {reason}", Self::BROKEN),
        }
    }
}

/// A run found in a folder of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its folder.
    pub path: PathBuf,
    /// The folder's name.
    pub folder: String,
    /// Name of the sweep's folder that it is in.
    pub sweep: Option<String>,
    /// What is known of it.
    pub state: RunState,
}

impl RunSummary {
    /// Reads the run in a folder.
    pub fn read(path: &Path, sweep: Option<&str>) -> Self {
        let state = match run_json::read(&path.join(RUN_JSON)) {
            Ok(mut info) => {
                if info.status == Status::Running && !lock::is_held(&path.join(lock::NAME)) {
                    // It may have come to its end between the two looks.
                    info = run_json::read(&path.join(RUN_JSON)).unwrap_or(info);
                    if info.status == Status::Running {
                        info.status = Status::Interrupted;
                    }
                }
                RunState::Known(Box::new(info))
            }
            Err(error) => RunState::Broken(error.to_string()),
        };
        Self {
            path: path.to_path_buf(),
            folder: name_of(path),
            sweep: sweep.map(str::to_owned),
            state,
        }
    }

    /// Whether a process trains it at this moment.
    pub fn is_held(&self) -> bool {
        lock::is_held(&self.path.join(lock::NAME))
    }

    /// The contents of `run.json`; `None` for a broken run.
    pub fn info(&self) -> Option<&RunInfo> {
        match &self.state {
            RunState::Known(info) => Some(info),
            RunState::Broken(_) => None,
        }
    }

    /// Name and identity, by which a plan knows it; `None` for a broken run.
    pub fn key(&self) -> Option<(&str, &str)> {
        self.info().map(|info| (info.name.as_str(), info.identity.as_str()))
    }
}

/// Lists the runs in a folder of runs and in the sweeps therein, by folder name. A folder that is
/// not there has none.
///
/// # Errors
/// When `runs_dir` itself cannot be read; what is wrong with a single run is in its summary.
pub fn scan(runs_dir: &Path) -> Result<Vec<RunSummary>> {
    let mut runs = Vec::new();
    for folder in folders_of(runs_dir)? {
        if folder.join(RUN_JSON).exists() {
            runs.push(RunSummary::read(&folder, None));
            continue;
        }
        let below = subfolders(&folder).unwrap_or_default();
        if folder.join(SWEEP_JSON).exists() || below.iter().any(|run| run.join(RUN_JSON).exists()) {
            let sweep = name_of(&folder);
            let below = below.iter().filter(|run| is_run(run));
            runs.extend(below.map(|run| RunSummary::read(run, Some(&sweep))));
        } else if is_run(&folder) {
            runs.push(RunSummary::read(&folder, None));
        }
    }
    Ok(runs)
}

/// Lists the runs that lie in a sweep's folder itself, by folder name: what lies deeper, such as a backup,
/// is none of its own. A folder that is not there has none.
///
/// # Errors
/// Those of [`scan`].
pub fn scan_sweep(folder: &Path) -> Result<Vec<RunSummary>> {
    let folders = folders_of(folder)?;
    let runs = folders.iter().filter(|folder| is_run(folder));
    Ok(runs.map(|run| RunSummary::read(run, None)).collect())
}

/// The folders in a folder of runs that are called as those of runs are, by the digits of the identity in
/// their names. What is in them is not looked at.
///
/// # Errors
/// Those of [`scan`].
pub fn folders_by_hash(runs_dir: &Path) -> Result<HashMap<String, Vec<PathBuf>>> {
    let mut by_hash: HashMap<String, Vec<PathBuf>> = HashMap::new();
    for folder in folders_of(runs_dir)? {
        if let Some(hash) = hash8_of(&name_of(&folder)) {
            by_hash.entry(hash.to_owned()).or_default().push(folder);
        }
    }
    Ok(by_hash)
}

/// Lists the folders of the sweeps in a folder of runs, by name. A folder that is not there has none.
///
/// # Errors
/// When `runs_dir` itself cannot be read.
pub fn sweeps(runs_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = folders_of(runs_dir)?;
    folders.retain(|folder| folder.join(SWEEP_JSON).exists());
    Ok(folders)
}

/// Of runs of the same name and identity the one that counts: trained anew, a run has a folder of the
/// next higher number. A copy, or what was put aside under another name, counts as no run.
pub fn newest<'a>(
    runs: impl IntoIterator<Item = &'a RunSummary>,
) -> HashMap<(&'a str, &'a str), &'a RunSummary> {
    let number = |run: &RunSummary| number_of(run.info()?, &run.folder);
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

/// Whether a folder is a run's, or what is left of one.
pub fn is_run(folder: &Path) -> bool {
    [RUN_JSON, RESOLVED, METRICS].iter().any(|file| folder.join(file).exists())
}

/// The last part of a path; all of one that has no name, such as `..`.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The folders in a folder of runs; none in one that is not there.
fn folders_of(folder: &Path) -> Result<Vec<PathBuf>> {
    match subfolders(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        folders => folders.map_err(Error::io("read the folder", folder)),
    }
}

/// The folders in a folder, hidden ones left out, by name; ones that cannot be looked into included.
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
            Err(error) if error.depth() == 0 => return Err(error.into()),
            // Files, and links that lead nowhere.
            _ => {}
        }
    }
    Ok(folders)
}
