//! `runner report`: writes a report about many runs.

mod baseline;

use super::{
    args::{ReportArgs, ReportFormat},
    exit::{Exit, Failure, Result},
    find,
    list::keys_named,
    output,
};
use crate::{
    record::{REPORT, SWEEP_JSON, atomic, folder::is_own, read::is_run},
    report::Report,
    sweep::trials::{GROUPS, TIMINGS, TRIALS},
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Writes a report of the runs in some folders.
pub fn report(args: &ReportArgs) -> Result {
    let folders = folders(args)?;
    let mut report = Report::read(&folders)?;
    if report.runs.is_empty() && report.broken.is_empty() && report.waiting.is_empty() {
        let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(Failure::usage(format!(
            "no runs in {}; `runner FILE.toml` trains some, `--runs-dir` names another folder",
            names.join(", ")
        )));
    }
    // Without runs, no key can be wrong.
    if !args.keys.is_empty() && !report.runs.is_empty() {
        report.choose(&keys_named(&report.runs, &args.keys)?);
    }
    if !args.metrics.is_empty() && !report.runs.is_empty() {
        report.choose_metrics(&args.metrics).map_err(Failure::usage)?;
    }
    if let Some(name) = &args.baseline {
        baseline::choose(args, name, &folders, &mut report)?;
    }
    let out = match (&args.out, args.format) {
        // Opening /dev/stdout by name would truncate a file that stdout is appended to.
        (Some(out), _) if ["-", "/dev/stdout"].map(Path::new).contains(&out.as_path()) => None,
        (Some(out), _) => Some(out.clone()),
        (None, ReportFormat::Html) => Some(folders[0].join(REPORT)),
        (None, _) => None,
    };
    if let Some(out) = &out {
        refuse_replacing(out)?;
    }
    let text = match args.format {
        ReportFormat::Html => report.html(),
        ReportFormat::Md => report.markdown(),
        ReportFormat::Latex => report.latex(),
        ReportFormat::Csv => report.csv(),
    };
    if matches!(args.format, ReportFormat::Latex | ReportFormat::Csv) {
        // These tables have no place for warnings.
        report.problems().for_each(output::warn);
    }
    let Some(out) = out else {
        output::file(text.trim_end())?;
        return Ok(Exit::Done);
    };
    output::write(&out, |path| atomic::write_through_links(path, text))?;
    output::result(out.display())?;
    Ok(Exit::Done)
}

/// Refuses a file that a run or a sweep consists of, other than its report.
fn refuse_replacing(out: &Path) -> Result<()> {
    // What does not exist cannot be lost. Links are followed when a file is written.
    let Ok(file) = fs::canonicalize(out) else { return Ok(()) };
    let name = file.file_name().unwrap_or_default();
    let mut above = file.ancestors().skip(1);
    let in_sweep = above.clone().take(1).any(|folder| folder.join(SWEEP_JSON).exists());
    let of_sweep =
        in_sweep && [SWEEP_JSON, TRIALS, GROUPS, TIMINGS].map(OsStr::new).contains(&name);
    let of_run = above.any(|run| is_run(run) && is_own(run, &file));
    if name == REPORT || !(of_sweep || of_run) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--out {}: this file belongs to a run or a sweep; choose another name",
        out.display()
    )))
}

/// Resolves the arguments to folders: paths, or names of sweeps and runs in the folder of runs, or `SWEEP@best`.
fn folders(args: &ReportArgs) -> Result<Vec<PathBuf>> {
    if args.folders.is_empty() {
        return Ok(vec![args.runs_dir.path.clone()]);
    }
    let folder = |wanted: &PathBuf| find::folder(&args.runs_dir.path, wanted);
    args.folders.iter().map(folder).collect()
}
