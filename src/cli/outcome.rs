//! Prints how a run ended, alone or in a sweep.

use super::{exit::Result, output, text};
use crate::record::{RunInfo, RunSummary, Status, read::name_of};
use serde_json::json;
use std::path::Path;

/// Prints the outcome of a run.
pub fn print(folder: &Path, info: &RunInfo, skipped: bool, json: bool) -> Result<()> {
    if json {
        let mut value = serde_json::to_value(info)?;
        value["folder"] = folder.display().to_string().into();
        value["skipped"] = skipped.into();
        return output::result(value);
    }
    let skipped = if skipped { " (already complete; --force trains again)" } else { "" };
    output::result(format!("{}{skipped}", text::one_line(&folder.display().to_string(), info)))
}

/// Prints how a run of a sweep ended, by the name of its folder within that of the sweep.
pub fn print_short(folder: &Path, info: &RunInfo) -> Result<()> {
    let mut info = info.clone();
    // That all epochs are done goes without saying.
    info.stop_reason = info.stop_reason.filter(|reason| !reason.ends_with(" done"));
    output::result(text::one_line(&name_of(folder), &info))
}

/// Prints a failed run as JSON: its `run.json`, or what is known if `run.json` does not record this error.
pub fn print_failed(name: &str, folder: Option<&Path>, error: &str) -> Result<()> {
    let folder = folder.filter(|folder| folder.exists());
    let found = folder.map(RunSummary::read);
    // A complete run that could not rebuild its results has the error, but has not failed.
    let tells = |info: &&RunInfo| {
        let own = info.error.as_ref().filter(|_| info.status == Status::Failed);
        own.is_some_and(|own| own.starts_with(error))
    };
    match found.as_ref().and_then(RunSummary::info).filter(tells).zip(folder) {
        Some((info, folder)) => print(folder, info, false, true),
        None => output::result(json!({
            "name": name,
            "status": Status::Failed,
            "error": error,
            "folder": folder.map(|folder| folder.display().to_string()),
            "skipped": false,
        })),
    }
}
