//! Whether the shapes of a network are checked at compile time or at run time.

use serde::{Deserialize, Serialize};
use std::fmt;

/// When the shapes of a network are checked: by rustc, or by the program when it builds the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shapes {
    /// The architecture is in `experiments/`, and `build.rs` has generated a type for it.
    CompileTime,
    /// The same layers, with dimensions known at run time.
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
