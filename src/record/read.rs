//! Runs as others see them: in any state, while they are written, broken ones included.

use super::{
    Error, METRICS, RESOLVED, RUN_JSON, Result, RunInfo, SWEEP_JSON, Status, lock, run_json,
};
use std::{
    collections::HashMap,
    io,
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
    let folders = match subfolders(runs_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(runs),
        folders => folders.map_err(Error::io("read the folder", runs_dir))?,
    };
    for folder in folders {
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

/// Of runs of the same name and identity the one that counts: trained anew, a run has a folder of the
/// next higher number.
pub fn newest<'a>(
    runs: impl IntoIterator<Item = &'a RunSummary>,
) -> HashMap<(&'a str, &'a str), &'a RunSummary> {
    let mut newest: HashMap<_, &RunSummary> = HashMap::new();
    for run in runs {
        let Some(key) = run.key() else { continue };
        let slot = newest.entry(key).or_insert(run);
        if by_number(&slot.folder) < by_number(&run.folder) {
            *slot = run;
        }
    }
    newest
}

/// Orders the folders of a run by their numbers: the longer name has the longer number.
pub fn by_number(folder: &str) -> impl Ord {
    (folder.len(), folder)
}

/// More runs than this are not named in an error.
const LISTED: usize = 8;

/// Finds the run that a user means: a path, a folder's name, the beginning of one, or the name of an
/// experiment, of which the newest run counts.
///
/// # Errors
/// When no run or more than one goes by `wanted`; the error lists those that do.
pub fn find(runs_dir: &Path, wanted: &str) -> Result<RunSummary> {
    let path = Path::new(wanted);
    if is_run(path) {
        return Ok(RunSummary::read(path, None));
    }
    let runs = scan(runs_dir)?;
    let wanted = wanted.trim_end_matches('/');
    let qualified = |run: &RunSummary| match &run.sweep {
        Some(sweep) => format!("{sweep}/{}", run.folder),
        None => run.folder.clone(),
    };
    if let Some(run) = runs.iter().find(|run| qualified(run) == wanted) {
        return Ok(run.clone());
    }
    let named = runs.iter().filter(|run| run.info().is_some_and(|info| info.name == wanted));
    if let Some(newest) = named.max_by_key(|run| run.info().map(|info| info.started)) {
        return Ok(newest.clone());
    }
    let matches: Vec<&RunSummary> = runs
        .iter()
        .filter(|run| qualified(run).starts_with(wanted) || run.folder.starts_with(wanted))
        .collect();
    match matches[..] {
        [run] => Ok(run.clone()),
        [] => Err(Error::Find(not_found(
            runs_dir,
            wanted,
            &runs.iter().map(qualified).collect::<Vec<_>>(),
        ))),
        _ => {
            let names: Vec<_> = matches.iter().take(LISTED).map(|run| qualified(run)).collect();
            let more = match matches.len() - names.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names = names.join(", ");
            Err(Error::Find(format!(
                "{wanted:?} fits several runs: {names}{more}; name one of them"
            )))
        }
    }
}

fn not_found(runs_dir: &Path, wanted: &str, names: &[String]) -> String {
    let near = names
        .iter()
        .map(|name| (strsim::jaro_winkler(name, wanted), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match near {
        Some((_, name)) => format!("did you mean {name}?"),
        None => "`runner list` shows all there are".into(),
    };
    format!("there is no run {wanted:?} in {}; {hint}", runs_dir.display())
}

/// Whether a folder is a run's, or what is left of one.
fn is_run(folder: &Path) -> bool {
    [RUN_JSON, RESOLVED, METRICS].iter().any(|file| folder.join(file).exists())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn of_runs_trained_anew_the_highest_number_counts() {
        let base = tempfile::tempdir().unwrap();
        for (folder, name) in [("a-0", "a"), ("a-0-10", "a"), ("a-0-9", "a"), ("b-0", "b")] {
            write(base.path(), folder, name, Status::Completed);
        }
        let runs = scan(base.path()).unwrap();
        let newest = newest(&runs);
        assert_eq!(newest.len(), 2);
        assert_eq!(newest[&("a", "ab")].folder, "a-0-10");
        assert_eq!(newest[&("b", "ab")].folder, "b-0");
    }

    #[test]
    fn of_many_runs_that_fit_a_few_are_named() {
        let base = tempfile::tempdir().unwrap();
        for index in 0..LISTED + 2 {
            write(base.path(), &format!("run{index:02}"), "r", Status::Completed);
        }
        let told = find(base.path(), "run").unwrap_err().to_string();
        assert!(told.starts_with("\"run\" fits several runs: run00, run01"), "{told}");
        assert!(told.ends_with("run07 and 2 more; name one of them"), "{told}");
    }

    fn write(runs: &Path, folder: &str, name: &str, status: Status) -> PathBuf {
        let path = runs.join(folder);
        fs::create_dir_all(&path).unwrap();
        let info = RunInfo { status, ..RunInfo::new(name, "ab") };
        info.write(&path.join(RUN_JSON)).unwrap();
        path
    }

    /// Two runs, one broken, one torn, a sweep of two, and things that are no runs.
    fn runs() -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        let runs = base.path();
        write(runs, "ae-00000001", "ae", Status::Completed);
        write(runs, "dae-00000002", "dae", Status::Running);
        fs::create_dir(runs.join("lost-00000003")).unwrap();
        fs::write(runs.join("lost-00000003/resolved.toml"), "").unwrap();
        let torn = write(runs, "torn-00000004", "torn", Status::Completed);
        fs::write(torn.join(RUN_JSON), "{\"format\": 1, \"sta").unwrap();
        write(runs, "sigmas/dae-00000005", "dae_1", Status::Failed);
        write(runs, "sigmas/dae-00000006", "dae_2", Status::Diverged);
        write(runs, ".new-00000007-1", "half", Status::Running);
        fs::create_dir(runs.join("notes")).unwrap();
        fs::write(runs.join("report.html"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", runs.join("link")).unwrap();
        base
    }

    #[test]
    fn runs_in_any_state_are_listed_and_nothing_else() {
        let base = runs();
        let listed: Vec<_> = scan(base.path())
            .unwrap()
            .into_iter()
            .map(|run| (run.folder.clone(), run.sweep.clone(), run.info().map(|info| info.status)))
            .collect();
        let sweep = Some("sigmas".to_owned());
        assert_eq!(
            listed,
            [
                ("ae-00000001".into(), None, Some(Status::Completed)),
                ("dae-00000002".into(), None, Some(Status::Interrupted)),
                ("lost-00000003".into(), None, None),
                ("dae-00000005".into(), sweep.clone(), Some(Status::Failed)),
                ("dae-00000006".into(), sweep, Some(Status::Diverged)),
                ("torn-00000004".into(), None, None),
            ]
        );
    }

    #[test]
    fn broken_runs_say_why() {
        let base = runs();
        let reasons: Vec<_> = scan(base.path())
            .unwrap()
            .into_iter()
            .filter_map(|run| match run.state {
                RunState::Broken(reason) => Some(reason),
                RunState::Known(_) => None,
            })
            .collect();
        assert!(reasons[0].contains("lost-00000003") && reasons[0].contains("No such file"));
        assert!(reasons[1].contains("torn-00000004") && reasons[1].contains("line 1"));
    }

    #[test]
    fn a_run_is_as_it_says_while_its_process_lives() {
        let base = runs();
        let path = base.path().join("dae-00000002");
        let lock = lock::take(&path.join(lock::NAME), std::time::Duration::ZERO).unwrap();
        assert_eq!(RunSummary::read(&path, None).info().unwrap().status, Status::Running);
        drop(lock);
        assert_eq!(RunSummary::read(&path, None).info().unwrap().status, Status::Interrupted);
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_runs_and_a_file_is_an_error() {
        let base = runs();
        assert_eq!(scan(&base.path().join("none")).unwrap(), []);
        let error = scan(&base.path().join("report.html/below")).unwrap_err().to_string();
        assert!(error.contains("report.html"), "{error}");
    }

    #[test]
    fn runs_are_found_by_all_their_names() {
        let base = runs();
        let found = |wanted: &str| find(base.path(), wanted).map(|run| run.folder);
        for (wanted, folder) in [
            ("ae-00000001", "ae-00000001"),
            ("ae", "ae-00000001"),
            ("dae", "dae-00000002"),
            ("dae_2", "dae-00000006"),
            ("sigmas/dae-00000005", "dae-00000005"),
            ("torn", "torn-00000004"),
            (base.path().join("ae-00000001").to_str().unwrap(), "ae-00000001"),
        ] {
            assert_eq!(found(wanted).unwrap(), folder, "{wanted}");
        }
        let error = found("dae-0").unwrap_err().to_string();
        assert!(error.contains("dae-00000002, sigmas/dae-00000005"), "{error}");
        let error = found("ae-00000009").unwrap_err().to_string();
        assert!(error.contains("did you mean ae-00000001?"), "{error}");
    }
}
