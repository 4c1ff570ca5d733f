//! `runner schema`: prints the JSON Schema of experiment files.

use super::{exit, exit::Exit, output};
use crate::spec;

/// Prints the JSON Schema of experiment files.
pub fn schema() -> exit::Result {
    output::result(spec::schema::json().trim_end())?;
    Ok(Exit::Done)
}
