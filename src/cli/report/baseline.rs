//! Finds the experiment that a report compares the others with.

use super::{Failure, ReportArgs, Result};
use crate::{
    cli::find::{self, Found},
    record::SWEEP_JSON,
    report::{Report, compare::repeats::Reports},
    spec::nearest,
    words::{listed, shortlist},
};
use std::path::{Path, PathBuf};

/// At most this many experiments are named.
const LISTED: usize = 12;

/// Makes the report compare experiments with the one of this name: one of the sweep that it is about, or else as in
/// `compare`.
pub fn choose(
    args: &ReportArgs,
    name: &str,
    folders: &[PathBuf],
    report: &mut Report,
) -> Result<()> {
    let within = match folders {
        [sweep] if sweep.join(SWEEP_JSON).is_file() => Some(format!("{}/{name}", sweep.display())),
        _ => None,
    };
    let mut reports = Reports::default();
    let mut find =
        |wanted: String| find::run_or_experiments(&args.runs_dir.path, &wanted, &mut reports);
    let found = within.into_iter().chain([name.to_owned()]).find_map(|wanted| find(wanted).ok());
    let path = match found {
        None => None,
        Some(Found::Run(run)) => Some(run.path),
        Some(Found::Experiments { experiments, .. }) => {
            let [one] = &experiments.all[..] else {
                let names = experiments.names();
                let why = format!("has several experiments, {names}: name one of them");
                return Err(Failure::usage(format!("--baseline {name:?} {why}")));
            };
            Some(one.example().path.clone())
        }
    };
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = path.map(|path| place(&path));
    path.and_then(|path| report.compare_with(|run| place(&run.path) == path))
        .ok_or_else(|| unknown(name, report))
}

/// Says that the report has no such experiment, and which ones it has.
fn unknown(name: &str, report: &Report) -> Failure {
    let names = report.names_to_choose();
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("it has {}", listed(&shortlist(names.into_iter(), LISTED))),
    };
    Failure::usage(format!("--baseline {name:?}: this report has no such experiment; {hint}"))
}
