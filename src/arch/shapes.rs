//! Who checked that the shapes of a network meet.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether rustc has checked that a network's shapes meet, or the program did when it loaded it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shapes {
    /// The architecture stands under `experiments/`, and `build.rs` made a type of it.
    CompileTime,
    /// The same layers with `usize` dimensions.
    #[default]
    RunTime,
}

impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CompileTime => "compile-time",
            Self::RunTime => "run-time",
        })
    }
}
