//! `runner completions`: prints a shell completion script.

use super::{
    args::{Cli, CompletionArgs},
    exit::{self, Exit},
    output,
};
use clap::CommandFactory;

/// Prints a completion script for a shell.
pub fn completions(args: &CompletionArgs) -> exit::Result {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "runner", &mut script);
    output::file(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
