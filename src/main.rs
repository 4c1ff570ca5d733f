//! The `runner` command; everything happens in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::cli::main().into()
}
