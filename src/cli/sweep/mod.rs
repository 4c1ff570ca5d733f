//! Sweeps: plans and checks the runs, trains each in a process of its own, and summarizes the results.

mod figures;
mod parallelism;
mod prepare;
mod prune;
mod results;
mod schedule;
mod show;
mod state;
mod summary;
mod table;
mod under_way;
mod values;
mod worker;

pub use parallelism::parallelism;
pub use prepare::Sweep;
pub use show::{read, runs, show};
pub use table::plan;
pub use worker::trial;

use super::{
    args::RunArgs,
    deadline::Deadline,
    exit::{Exit, Result},
    output,
    signals::Signals,
};
use crate::{
    machine::available_memory,
    words::{counted, duration},
};
use parallelism::Parallelism;
use schedule::Schedule;

/// Trains all runs of a sweep that are not complete.
pub fn run(
    sweep: &Sweep<'_>,
    args: &RunArgs,
    signals: &Signals,
    deadline: Option<&Deadline>,
) -> Result {
    let parallelism = parallelism(sweep, &args.parallelism, args.devices.len());
    announce(sweep, parallelism, args, deadline);
    sweep.write_plan()?;
    let mut schedule = Schedule::new(sweep, parallelism, args, signals);
    let ended = schedule.run();
    let results = results::write(sweep, schedule.without_folder(), signals.is_urgent());
    // If both failed, the first error is the cause.
    let (exit, results) = (ended?, results?);
    summary::summarize(sweep, &results, args)?;
    // Removed or damaged by others after it was trained, or found complete.
    let is_gone = results.rows.iter().any(|row| row.status().is_none());
    Ok(if exit == Exit::Done && is_gone { Exit::SomeFailed } else { exit })
}

/// Prints the plan of a sweep, and how many runs train at once.
fn announce(
    sweep: &Sweep<'_>,
    parallelism: Parallelism,
    args: &RunArgs,
    deadline: Option<&Deadline>,
) {
    output::note(format!("{}: {}", sweep.name(), sweep.folder.display()));
    output::note(plan(sweep, parallelism).trim_end());
    if sweep.to_do().next().is_some() {
        let chosen = match (args.parallelism.jobs, available_memory()) {
            (Some(_), _) => "",
            (None, Some(_)) => " (chosen from cores and free memory)",
            (None, None) => " (chosen from cores; free memory is not known)",
        };
        let threads = counted((parallelism.threads / parallelism.jobs).max(1), "thread");
        output::note(format!("--jobs {}, {threads} each{chosen}", parallelism.jobs));
    }
    let late = deadline.and_then(|deadline| too_long(sweep, parallelism, deadline));
    late.into_iter().for_each(output::note);
}

/// Returns a note if a sweep is likely to take longer than the deadline allows. It is no warning: whoever sets a
/// deadline expects the rest to be left for the next night.
fn too_long(sweep: &Sweep<'_>, parallelism: Parallelism, deadline: &Deadline) -> Option<String> {
    let (takes, left) = (table::seconds(sweep, parallelism), deadline.remaining().as_secs_f64());
    (takes > left).then(|| {
        let (takes, left) = (duration(takes), duration(left));
        format!(
            "note: this takes about {takes}, but {deadline} allows {left}: not all will be done"
        )
    })
}
