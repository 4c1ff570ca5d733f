//! Printing: results go to stdout, everything else to stderr. A closed pipe is not an error.
//!
//! With `--quiet`, results, warnings and errors remain, and status messages, advice and bars do not appear: stderr
//! stays empty unless something needs attention, as it should in a job of `cron`.

use super::exit::{Exit, Failure, Result};
use crate::{
    record::{self, files},
    spec,
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    fmt::Display,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// All progress bars on the screen, which are hidden while lines are written.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Whether `--quiet` was given.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Sets whether only results, warnings and errors are printed.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Writes one or more lines of results. A closed pipe is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn result(text: impl Display) -> Result<()> {
    file(&shown(&text.to_string()))
}

/// Writes the text of a file, as it is, and ends its last line. A closed pipe is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub fn file(text: &str) -> Result<()> {
    let written = BARS.suspend(|| {
        let mut out = io::stdout().lock();
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

/// Writes a value as indented JSON.
///
/// # Errors
/// When standard output cannot be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    file(&serde_json::to_string_pretty(value)?)
}

/// Writes one or more lines of status messages or advice, unless `--quiet` was given.
pub fn note(text: impl Display) {
    if !is_quiet() {
        tell(text);
    }
}

/// Writes a warning.
pub fn warn(text: impl Display) {
    tell(format!("warning: {text}"));
}

/// Writes an error.
pub fn error(text: impl Display) {
    let text = text.to_string();
    let plain = anstream::adapter::strip_str(&text).to_string();
    let prefix = if plain.starts_with("error: ") { "" } else { "error: " };
    tell(format!("{prefix}{}", text.trim_end()));
}

/// Writes one or more lines to stderr.
fn tell(text: impl Display) {
    // Overwrites the `^C` that a terminal shows.
    let start = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
    // A failure cannot be reported if stderr is closed.
    BARS.suspend(|| {
        let _ = writeln!(anstream::stderr().lock(), "{start}{}", shown(&text.to_string()));
    });
}

/// Replaces control characters, which in a name or a value could move the cursor or hide text, except for the ends
/// of lines, tabs and the styles of [`spec::STYLES`].
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let style = spec::STYLES.into_iter().find(|style| rest.starts_with(style));
        shown.push_str(style.unwrap_or("\u{fffd}"));
        let len = style.map_or_else(|| rest.chars().next().map_or(0, char::len_utf8), str::len);
        rest = &rest[len..];
    }
    shown + rest
}

impl Failure {
    /// Prints the message and returns the exit status.
    pub fn report(self) -> Exit {
        error(self.message());
        self.exit()
    }
}

/// Writes a file at or below `--out` and creates its parent folders.
///
/// # Errors
/// When the system refuses, with a message about `--out`.
pub fn write(path: &Path, write: impl FnOnce(&Path) -> record::Result<()>) -> Result<()> {
    let folder = path.parent().map_or(Ok(()), files::make_folder);
    folder.and_then(|()| write(path)).map_err(|error| unwritten(path, error))
}

/// Rewords an error about a file that cannot be written: its own advice is about folders of runs.
fn unwritten(path: &Path, error: record::Error) -> Failure {
    let record::Error::Io { source, .. } = error else { return error.into() };
    let file = path.ancestors().skip(1).find(|above| above.is_file());
    let reason = file.map_or_else(
        || source.to_string(),
        |file| format!("{} is a file, not a folder", file.display()),
    );
    Failure::failed(format!(
        "cannot write {}: {reason}; choose another place with --out",
        path.display()
    ))
}

/// Returns the style of a progress bar, without colours if they are disabled. Bars are drawn as lines.
pub fn style(template: &str) -> ProgressStyle {
    let plain = anstream::ColorChoice::global() == anstream::ColorChoice::Never;
    let template = if plain { template.replace(".cyan/blue", "") } else { template.to_owned() };
    // Templates are constants, and an invalid one would be visible wherever it is used.
    let style = ProgressStyle::with_template(&template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

/// Whether there is a terminal for bars, and `--quiet` was not given.
pub fn has_bars() -> bool {
    !is_quiet() && io::stderr().is_terminal()
}

/// Creates a bar that counts to `total`, invisible unless there [are bars](has_bars).
pub fn counter(total: usize, what: &str) -> ProgressBar {
    if !has_bars() {
        return ProgressBar::hidden();
    }
    let style = style(&format!("{{bar:30.cyan/blue}} {{pos}}/{{len}} {what}  {{eta}} left"));
    show(ProgressBar::new(total as u64).with_style(style))
}

/// Shows a bar on stderr, below the others.
pub fn show(bar: ProgressBar) -> ProgressBar {
    BARS.add(bar)
}

/// Shows a bar above another.
pub fn show_above(below: &ProgressBar, bar: ProgressBar) -> ProgressBar {
    BARS.insert_before(below, bar)
}

/// Removes a bar.
pub fn remove(bar: &ProgressBar) {
    bar.finish_and_clear();
    BARS.remove(bar);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_other_than_styles_are_replaced() {
        let text = "\u{1b}[1mbold\u{1b}[0m\ta\nb\u{1b}[2Jc\u{7}é\u{9b}";
        assert_eq!(shown(text), "\u{1b}[1mbold\u{1b}[0m\ta\nb\u{fffd}[2Jc\u{fffd}é\u{fffd}");
    }
}
