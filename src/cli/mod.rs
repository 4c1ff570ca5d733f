//! The command line: one module per subcommand, plus shared helpers.
//!
//! `run` trains a single run in this process; `sweep` trains many, each in a process of its own that runs
//! the hidden subcommand `runner trial`.

mod apply;
mod args;
mod check;
mod clean;
mod compare;
mod completions;
mod data;
mod deadline;
mod estimate;
mod evaluate;
mod exit;
mod explain;
mod export;
mod find;
mod hints;
mod list;
mod load;
mod outcome;
mod output;
mod progress;
mod report;
mod run;
mod schema;
mod show;
mod signals;
mod sweep;
mod text;
mod trained;

pub use exit::Exit;

use args::{Cli, Command};
use clap::Parser;
use std::{env, ffi::OsString, mem};

/// Parses the command line, runs the command and returns how it ended.
pub fn main() -> Exit {
    signals::make_file_size_limit_an_error();
    let mut arguments: Vec<OsString> = env::args_os().collect();
    // Moved behind the subcommand: clap takes a subcommand that follows a flag for a file.
    if let [_, switch, verb, ..] = &mut arguments[..]
        && switch == "--no-color"
        && !verb.as_encoded_bytes().starts_with(b"-")
    {
        mem::swap(switch, verb);
    }
    let plain = arguments.iter().any(|argument| argument == "--no-color");
    let words: Vec<String> =
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let parsed = Cli::try_parse_from(arguments);
    // Applies to usage errors as well. Otherwise the terminal and `NO_COLOR` decide.
    if parsed.as_ref().map_or(plain, |cli| cli.no_color) {
        anstream::ColorChoice::Never.write_global();
    }
    let cli = match parsed {
        Ok(cli) => cli,
        Err(mut error) => {
            hints::improve(&mut error, &words);
            let usage = error.use_stderr();
            // clap picks the stream for help and for errors. A closed pipe is no reason to fail.
            let _ = error.print();
            return if usage { Exit::Usage } else { Exit::Done };
        }
    };
    let result = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Trial(args)) => sweep::trial(&args),
        Some(Command::List(args)) => list::list(&args),
        Some(Command::Show(args)) => show::show(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Compare(args)) => compare::compare(&args),
        Some(Command::Apply(args)) => apply::apply(&args),
        Some(Command::Evaluate(args)) => evaluate::evaluate(&args),
        Some(Command::Export(args)) => export::export(&args),
        Some(Command::Clean(args)) => clean::clean(&args),
        Some(Command::Data(args)) => data::data(&args),
        Some(Command::Explain(args)) => explain::explain(&args),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Completions(args)) => completions::completions(&args),
    };
    result.unwrap_or_else(exit::Failure::report)
}
