//! Results go to stdout, everything else to stderr; a closed pipe is not an error.

use std::{fmt::Display, io::Write};

/// Writes one line, or several, of results.
///
/// # Errors
/// When standard output cannot be written.
pub fn result(text: impl Display) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes one line, or several, about what goes on.
pub fn note(text: impl Display) {
    // There is nobody left to tell if stderr is closed.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
