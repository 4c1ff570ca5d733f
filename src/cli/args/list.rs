//! Arguments of `runner list`.

use super::{Conditions, RunsDir};
use clap::Args;
use std::path::PathBuf;

/// Which runs to list, and how to list them.
#[derive(Debug, Args)]
#[command(
    after_help = "A condition is a key, one of = != < <= > >=, and a value, in quotes for the shell. A key is \
dotted, as task.noise.sigma, or as much of its end as no other has, as sigma; a metric in the best epoch, as \
val_psnr, measured at the end, as test_psnr, or tested at a noise level, as 'psnr at 0.5'; or status, name, seed, started, time in seconds. Values are written as for --set: 0.5, conv, [32, 64]. A run without the \
key meets no condition on it.\n\n\
  runner list noise_sweep --where 'sigma>=0.5' --where status=completed --keys sigma,latent_dim --sort val_psnr --top 10"
)]
pub struct ListArgs {
    /// A folder that holds runs, or the name of a sweep or run in the folder of runs, or SWEEP@best; by default all
    /// of that
    #[arg(value_name = "FOLDER|SWEEP")]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    #[command(flatten)]
    pub conditions: Conditions,
    /// Show these keys as well, as in `--keys sigma,latent_dim`
    #[arg(long, value_name = "KEY,KEY", value_delimiter = ',')]
    pub keys: Vec<String>,
    /// Sort by a metric, best first, or by a key, lowest first; tests at noise levels are named as by `compare`, as
    /// in --sort 'psnr at 0.5'
    #[arg(long, value_name = "KEY")]
    pub sort: Option<String>,
    /// The other way around; runs without a value come last in any case
    #[arg(long)]
    pub reverse: bool,
    /// List only the first N runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// Also list runs that a sweep's plan no longer has: shorter, older and other runs
    #[arg(long)]
    pub all: bool,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
