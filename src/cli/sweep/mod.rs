//! A `[sweep]`: plans, checks, trains each run in a process of its own, and summarises.

mod child;
mod compare;
mod display;
mod outcome;
mod prepare;
mod results;
mod schedule;
mod show;
mod stop;
mod table;
mod there;
mod worker;

pub use prepare::Sweep;
pub use show::show;
pub use table::{Crew, plan};
pub use worker::{Gate, Voice, trial};

use super::{
    args::{CrewArgs, RunArgs},
    estimate,
    exit::{Exit, Failure, Result},
    load::available_threads,
    output,
    signals::Signals,
};
use crate::{
    spec::words::{bytes, counted},
    sweep::cores::default_jobs,
};
use schedule::Schedule;
use std::fs;

/// How many runs at once, on how many threads and so many GPUs named by the user.
pub fn crew(sweep: &Sweep<'_>, args: &CrewArgs, devices: usize) -> Crew {
    let threads = args.threads.map_or_else(available_threads, usize::from);
    let to_do = || sweep.file.plans.iter().zip(&sweep.runs).filter(|(_, run)| !run.state.is_over());
    let each = to_do().filter_map(|(plan, _)| estimate::needs(plan, 1).memory).max();
    // Runs on a GPU share its memory, which is not known here: one for each GPU, unless told.
    let on_gpu = to_do().any(|(plan, _)| plan.is_on_gpu());
    let most = if on_gpu { threads.min(devices.max(1)) } else { threads };
    let chosen = || default_jobs(most, to_do().count(), available_memory().zip(each));
    let jobs = args.jobs.map_or_else(chosen, usize::from);
    // A run cannot do with less than one thread.
    Crew { jobs, threads: threads.max(jobs) }
}

/// Trains what is not trained yet.
pub fn run(sweep: &Sweep<'_>, args: &RunArgs, signals: &Signals) -> Result {
    let crew = crew(sweep, &args.crew, args.devices.len());
    if !args.quiet {
        output::note(format!("{}: {}", sweep.name(), sweep.folder.display()));
        output::note(plan(sweep, crew).trim_end());
        if !sweep.runs.iter().all(|run| run.state.is_over()) {
            let chosen =
                if args.crew.jobs.is_none() { " (chosen from cores and free memory)" } else { "" };
            let threads = counted(crew.threads / crew.jobs, "thread");
            output::note(format!("--jobs {}, {threads} each{chosen}", crew.jobs));
        }
    }
    sweep.write_plan()?;
    let mut schedule = Schedule::new(sweep, crew, args, signals);
    let ended = schedule.run();
    let results = results::write(sweep);
    // Where both went wrong, the first says why.
    let (exit, results) = (ended?, results?);
    results::summarise(sweep, &results, args)?;
    Ok(exit)
}

/// Bytes of memory that can be had without swapping; none if the system does not tell.
pub fn available_memory() -> Option<u64> {
    let machine = 1024 * named(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    // Within a container the limit may be lower; the older form of control groups names it otherwise.
    let groups = [
        ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
        (
            "/sys/fs/cgroup/memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ];
    let left = groups.iter().filter_map(|(group, limit, used, cached)| {
        let read = |file: &str| fs::read_to_string(format!("{group}/{file}")).ok();
        let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
        // Files that were read count as used until something else needs the room.
        let cached = read("memory.stat").and_then(|stat| named(&stat, cached)).unwrap_or(0);
        let used = number(used).unwrap_or(0).saturating_sub(cached);
        number(limit).map(|limit| limit.saturating_sub(used))
    });
    Some(left.fold(machine, u64::min))
}

/// The number after a name at the start of a line.
fn named(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(name)).then(|| words.next())?)?.parse().ok()
}

/// Refuses to go on where the disk has no room for another run.
fn check_space(sweep: &Sweep<'_>, index: usize) -> Result<()> {
    let needed = estimate::needs(&sweep.file.plans[index], 1).disk;
    match table::free_space(&sweep.folder) {
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

/// The status to exit with when `failed` runs failed.
fn exit(failed: usize, signals: &Signals) -> Exit {
    match signals.received() {
        Some(signal) => Exit::Signal(signal),
        None if failed > 0 => Exit::SweepPartlyFailed,
        None => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        let stat = "anon 1\nfile 900\ninactive_file 700\nactive_file 200\n";
        assert_eq!(named(stat, "inactive_file"), Some(700));
        assert_eq!(named("MemTotal: 5 kB\nMemAvailable:   1234 kB\n", "MemAvailable:"), Some(1234));
        assert_eq!(named(stat, "total_inactive_file"), None);
        assert_eq!(named("anon", "anon"), None);
    }
}
