//! The number of threads.

use clap::Args;
use std::ops::Deref;

/// How many threads to use, 1 to 1024; `None` for all cores.
#[derive(Debug, Args)]
pub struct Threads {
    /// Total number of threads; by default all cores. Results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Deref for Threads {
    type Target = Option<u16>;

    fn deref(&self) -> &Option<u16> {
        &self.threads
    }
}
