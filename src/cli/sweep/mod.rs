//! Sweeps: plans and checks the runs, trains each in a process of its own, and summarises the results.

mod best;
mod child;
mod display;
mod figures;
mod metric_cache;
mod outcome;
mod prepare;
mod prune;
mod queue;
mod results;
mod schedule;
mod show;
mod start;
mod state;
mod stop;
mod summary;
mod table;
mod throttle;
mod under_way;
mod worker;

pub use best::find;
pub use prepare::Sweep;
pub use show::{folder_of, runs, show};
pub use table::{Parallelism, plan};
pub use worker::trial;

use super::{
    args::{ParallelismArgs, RunArgs},
    deadline::Deadline,
    estimate,
    exit::{Failure, Result},
    output,
    signals::Signals,
};
use crate::{
    machine::{self, available_memory, free_space},
    spec::words::{bytes, counted, duration},
    sweep::cores::default_jobs,
};
use schedule::Schedule;

/// Chooses how many runs to train at once, and on how many threads; `devices` is the number of GPUs that the
/// user named.
pub fn parallelism(sweep: &Sweep<'_>, args: &ParallelismArgs, devices: usize) -> Parallelism {
    let threads = machine::threads(args.threads);
    let to_do = || sweep.file.plans.iter().zip(&sweep.runs).filter(|(_, run)| !run.state.is_over());
    let each =
        to_do().filter_map(|(plan, run)| estimate::needs(plan, Some(run.counts), 1).memory).max();
    // Runs on a GPU share its memory, whose size is not known here: one per GPU unless --jobs is given.
    let on_gpu = to_do().any(|(plan, _)| plan.is_on_gpu());
    let most = if on_gpu { threads.min(devices.max(1)) } else { threads };
    let chosen = || default_jobs(most, to_do().count(), available_memory().zip(each));
    let jobs = args.jobs.map_or_else(chosen, usize::from);
    Parallelism { jobs, threads }
}

/// Trains all runs of a sweep that are not complete.
pub fn run(
    sweep: &Sweep<'_>,
    args: &RunArgs,
    signals: &Signals,
    deadline: Option<&Deadline>,
) -> Result {
    let parallelism = parallelism(sweep, &args.parallelism, args.devices.len());
    if !args.quiet {
        output::note(format!("{}: {}", sweep.name(), sweep.folder.display()));
        output::note(plan(sweep, parallelism).trim_end());
        if !sweep.runs.iter().all(|run| run.state.is_over()) {
            let chosen = match (args.parallelism.jobs, available_memory()) {
                (Some(_), _) => "",
                (None, Some(_)) => " (chosen from cores and free memory)",
                (None, None) => " (chosen from cores; free memory is not known)",
            };
            let threads = counted((parallelism.threads / parallelism.jobs).max(1), "thread");
            output::note(format!("--jobs {}, {threads} each{chosen}", parallelism.jobs));
        }
        if let Some(warning) = deadline.and_then(|deadline| too_long(sweep, parallelism, deadline))
        {
            output::note(warning);
        }
    }
    sweep.write_plan()?;
    let mut schedule = Schedule::new(sweep, parallelism, args, signals);
    let ended = schedule.run();
    let results = results::write(sweep, &schedule.failed_to_start, signals.is_urgent());
    // If both failed, the first error is the cause.
    let (exit, results) = (ended?, results?);
    summary::summarise(sweep, &results, args)?;
    Ok(exit)
}

/// Returns a warning if a sweep is likely to take longer than the deadline allows.
fn too_long(sweep: &Sweep<'_>, parallelism: Parallelism, deadline: &Deadline) -> Option<String> {
    let (takes, left) = (table::seconds(sweep, parallelism), deadline.remaining().as_secs_f64());
    (takes > left).then(|| {
        let (takes, left) = (duration(takes), duration(left));
        format!(
            "warning: this takes about {takes}, but {deadline} allows {left}: not all will be done"
        )
    })
}

/// Returns an error if the disk has no room for another run.
fn check_space(sweep: &Sweep<'_>, index: usize) -> Result<()> {
    let needed = estimate::needs(&sweep.file.plans[index], Some(sweep.runs[index].counts), 1).disk;
    match free_space(&sweep.folder) {
        Some(free) if free < needed => Err(Failure::failed(format!(
            "the disk of {} is full: a run takes about {}, and {} are free; free some space, or choose \
             another disk with --runs-dir, and run the same command again",
            sweep.folder.display(),
            bytes(needed),
            bytes(free)
        ))),
        _ => Ok(()),
    }
}
