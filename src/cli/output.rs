//! Results go to stdout, everything else to stderr; a closed pipe is not an error.

use super::exit::{Failure, Result};
use crate::record::{self, files};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    fmt::Display,
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
    sync::LazyLock,
};

/// All bars on the screen. Whoever writes lets them make way.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Writes one line, or several, of results. A reader that has seen enough is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn result(text: impl Display) -> Result<()> {
    let written = BARS.suspend(|| {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    });
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON that people can read as well.
///
/// # Errors
/// When standard output cannot be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    result(serde_json::to_string_pretty(value)?)
}

/// Writes one line, or several, about what goes on.
pub fn note(text: impl Display) {
    // There is nobody left to tell if stderr is closed.
    BARS.suspend(|| {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    });
}

/// Writes a file that `--out` leads to, whole, and makes the folders above it.
///
/// # Errors
/// What the system refuses, in words about `--out`.
pub fn write(path: &Path, write: impl FnOnce(&Path) -> record::Result<()>) -> Result<()> {
    let folder = path.parent().map_or(Ok(()), files::make_folder);
    folder.and_then(|()| write(path)).map_err(|error| unwritten(path, error))
}

/// Why a file cannot be written; the error's own advice is about folders of runs.
fn unwritten(path: &Path, error: record::Error) -> Failure {
    let record::Error::Io { source, .. } = error else { return error.into() };
    let file = path.ancestors().skip(1).find(|above| above.is_file());
    let reason = file.map_or_else(
        || source.to_string(),
        |file| format!("{} is a file, and a folder is needed", file.display()),
    );
    Failure::failed(format!("cannot write {}: {reason}; --out names another place", path.display()))
}

/// How a bar looks, in colours unless nobody wants any.
pub fn style(template: &str) -> ProgressStyle {
    let plain = anstream::ColorChoice::global() == anstream::ColorChoice::Never;
    let template = if plain { template.replace(".cyan/blue", "") } else { template.to_owned() };
    // Templates are constants; one that does not parse would show wherever it is used.
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A bar that counts up to `total` of something, where there is a terminal and it is not `hidden`.
pub fn counter(total: usize, what: &str, hidden: bool) -> ProgressBar {
    if hidden || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = style(&format!("{{bar:30.cyan/blue}} {{pos}}/{{len}} {what}  {{eta}} left"));
    show(ProgressBar::new(total as u64).with_style(style.progress_chars("━╸─")))
}

/// Shows a bar on stderr, below those that are there.
pub fn show(bar: ProgressBar) -> ProgressBar {
    BARS.add(bar)
}

/// Shows a bar above another.
pub fn show_above(below: &ProgressBar, bar: ProgressBar) -> ProgressBar {
    BARS.insert_before(below, bar)
}

/// Takes a bar away for good.
pub fn remove(bar: &ProgressBar) {
    bar.finish_and_clear();
    BARS.remove(bar);
}
