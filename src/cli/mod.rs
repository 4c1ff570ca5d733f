//! The command line: one file per verb.

mod apply;
mod args;
mod check;
mod compare;
mod completions;
mod data;
mod estimate;
mod exit;
mod inspect;
mod load;
mod output;
mod progress;
mod recorder;
mod report;
mod results;
mod run;
mod saving;
mod schema;
mod signals;
mod sweep;
mod text;
mod trial;

pub use exit::Exit;

use args::{Cli, Command};
use clap::Parser;

/// Parses the process's arguments, does what they ask for, and says how it went.
pub fn main() -> Exit {
    let parsed = Cli::try_parse();
    // Also for what is said of arguments that make no sense. Else the terminal and `NO_COLOR` decide.
    let plain = parsed.as_ref().map_or_else(
        |_| std::env::args_os().any(|argument| argument == "--no-color"),
        |cli| cli.no_color,
    );
    if plain {
        anstream::ColorChoice::Never.write_global();
    }
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            // Help or mistake: clap picks the stream. A closed pipe is no reason to fail.
            let _ = error.print();
            return if usage { Exit::Usage } else { Exit::Done };
        }
    };
    let result = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Trial(args)) => sweep::trial(&args),
        Some(Command::List(args)) => inspect::list(&args),
        Some(Command::Show(args)) => inspect::show(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Compare(args)) => compare::compare(&args),
        Some(Command::Apply(args)) => apply::apply(&args),
        Some(Command::Data(args)) => data::data(&args),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Completions(args)) => completions::completions(&args),
    };
    result.unwrap_or_else(exit::Failure::report)
}
