//! How many runs of a sweep train at once, and on how many threads.

use super::prepare::Sweep;
use crate::{
    cli::{args::ParallelismArgs, estimate},
    machine::{self, available_memory},
    sweep::cores::default_jobs,
};

/// How many runs and threads a sweep uses.
#[derive(Debug, Clone, Copy)]
pub struct Parallelism {
    /// Number of runs at once.
    pub jobs: usize,
    /// Total number of threads; every run has at least one.
    pub threads: usize,
}

/// Chooses how many runs to train at once, and on how many threads; `devices` is the number of GPUs that the
/// user named.
pub fn parallelism(sweep: &Sweep<'_>, args: &ParallelismArgs, devices: usize) -> Parallelism {
    let threads = machine::threads(args.threads.count);
    let memory = sweep.to_do().map(|(plan, run)| estimate::needs(plan, Some(run.counts), 1).memory);
    let each = memory.flatten().max();
    // Runs on a GPU share its memory, whose size is not known here: one per GPU unless --jobs is given.
    let on_gpu = sweep.to_do().any(|(plan, _)| plan.is_on_gpu());
    let most = if on_gpu { threads.min(devices.max(1)) } else { threads };
    let chosen = || default_jobs(most, sweep.to_do().count(), available_memory().zip(each));
    let jobs = args.jobs.map_or_else(chosen, usize::from);
    Parallelism { jobs, threads }
}
