//! `runner report`: writes a report about many runs.

use super::{
    args::{ReportArgs, ReportFormat},
    exit::{Exit, Failure, Result},
    named, output,
};
use crate::{
    record::{REPORT, atomic},
    report::Report,
};
use std::path::{Path, PathBuf};

/// Writes a report of the runs in some folders.
pub fn report(args: &ReportArgs) -> Result {
    let folders = folders(args)?;
    let report = Report::read(&folders)?;
    if report.runs.is_empty() && report.broken.is_empty() && report.waiting.is_empty() {
        let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(Failure::usage(format!(
            "no runs in {}; `runner FILE.toml` trains some, `--runs-dir` names another folder",
            names.join(", ")
        )));
    }
    let out = match (&args.out, args.format) {
        // Opening /dev/stdout by name would truncate a file that stdout is appended to.
        (Some(out), _) if ["-", "/dev/stdout"].map(Path::new).contains(&out.as_path()) => None,
        (Some(out), _) => Some(out.clone()),
        (None, ReportFormat::Html) => Some(folders[0].join(REPORT)),
        (None, _) => None,
    };
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
        output::result(text.trim_end())?;
        return Ok(Exit::Done);
    };
    output::write(&out, |path| atomic::write_through_links(path, text))?;
    output::result(out.display())?;
    Ok(Exit::Done)
}

/// Resolves the arguments to folders: paths, or names of sweeps and runs in the folder of runs, or `SWEEP@best`.
fn folders(args: &ReportArgs) -> Result<Vec<PathBuf>> {
    if args.folders.is_empty() {
        return Ok(vec![args.runs_dir.to_path_buf()]);
    }
    let folder = |wanted: &PathBuf| named::folder(&args.runs_dir, wanted);
    args.folders.iter().map(folder).collect()
}
