//! The number of threads.

use clap::Args;

/// How many threads to use.
#[derive(Debug, Args)]
pub struct Threads {
    /// Total number of threads; by default all cores. Results do not depend on it
    #[arg(long = "threads", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub count: Option<u16>,
}
