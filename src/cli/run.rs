//! `runner FILE.toml ...`: trains all runs that are not complete.

use super::{
    args::RunArgs,
    deadline::Deadline,
    exit::{Exit, Failure, Result},
    load::{File, load_all},
    outcome, output,
    progress::TrainingProgress,
    signals::Signals,
    sweep::{self, Sweep},
    text,
};
use crate::{
    plan::Plan,
    record::{RunInfo, RunSummary, Status},
    report::run::Run,
    run::{DataCache, Ended, Trial, Workplace, workplace::target_of},
    spec::Device,
};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Trains all runs that the files describe: single runs in this process, runs of a sweep in processes of
/// their own.
pub fn run(args: &RunArgs) -> Result {
    output::set_quiet(args.quiet);
    let deadline = args.limit.deadline()?;
    let files = load_all(&args.experiment)?;
    check_devices(args, &files)?;
    let sweeps = Sweep::prepare_all(
        &files,
        &args.runs_dir.path,
        args.force,
        args.parallelism.threads.count,
    )?;
    let signals = listen(deadline.as_ref())?;
    let stop = || signals.stop().map(|stop| stop.reason());
    let mut exits = Vec::new();
    let mut single = None;
    for (file, sweep) in files.iter().zip(&sweeps) {
        if signals.wants_stop() {
            output::note(format!("{}: not started", file.path.display()));
            continue;
        }
        if let Some(sweep) = sweep {
            // An error that ends one sweep, such as a table that cannot be written, need not end the next.
            exits.push(
                sweep::run(sweep, args, &signals, deadline.as_ref())
                    .unwrap_or_else(Failure::report),
            );
            continue;
        }
        let (workplace, data) = match &mut single {
            Some(known) => known,
            empty => empty
                .insert((Workplace::new(args.parallelism.threads.count)?, DataCache::default())),
        };
        for plan in &file.plans {
            let trial = Trial {
                force: args.force,
                stop: &stop,
                ..Trial::new(&file.text, plan, &args.runs_dir.path, workplace)?
            };
            // With several files, each run would print the same.
            let advises = files.len() == 1 && !args.json;
            exits.push(attempt(&trial, data, &signals, args, advises));
        }
    }
    Ok(exit_of(&exits, files.len(), &signals))
}

/// Listens for signals, and for the deadline if there is one.
fn listen(deadline: Option<&Deadline>) -> io::Result<Signals> {
    const FINISHING: &str = "finishing the batch and saving";
    let signals = Signals::listen(FINISHING)?;
    if let Some(deadline) = deadline {
        signals.stop_at(deadline.clone(), FINISHING)?;
    }
    Ok(signals)
}

/// Refuses `--devices` if no sweep uses GPUs, or if one of them does not exist.
fn check_devices(args: &RunArgs, files: &[File]) -> Result<()> {
    if args.devices.is_empty() {
        return Ok(());
    }
    if !files.iter().any(|file| file.is_sweep() && file.plans.iter().any(Plan::is_on_gpu)) {
        return Err(Failure::usage(
            "--devices tells a sweep which GPUs its runs get; to train a sweep on GPUs, add --device \
             cuda, and for a single run use --device cuda:N",
        ));
    }
    let exists = |ordinal: &u16| target_of(&Device::cuda(*ordinal)).map(drop);
    Ok(args.devices.iter().try_for_each(exists)?)
}

/// Runs one trial and reports how it ended. Failures are printed, so that the next trial still runs.
fn attempt(
    trial: &Trial<'_>,
    data: &mut DataCache,
    signals: &Signals,
    args: &RunArgs,
    advises: bool,
) -> Exit {
    let mut display = TrainingProgress::on_screen();
    let ended = catch_unwind(AssertUnwindSafe(|| trial.run(data, &mut display)));
    let (failure, folder) = match ended {
        Ok(Ok(ended)) => {
            let exit = Exit::of_run(ended.info.status);
            if ended.skipped {
                warn_of_damage(&ended.folder);
            }
            return match outcome::print(&ended.folder, &ended.info, ended.skipped, args.json) {
                Err(failure) if exit == Exit::Done => failure.report(),
                _ => {
                    if advises && let Some(advice) = advice(&ended) {
                        output::note(advice);
                    }
                    interrupted_exit(&ended.info, signals).unwrap_or(exit)
                }
            };
        }
        // A run that another process is training has not failed.
        Ok(Err(error)) if error.is_busy() => return Failure::from(error).report(),
        Ok(Err(error)) => {
            let folder = error.folder().map(Path::to_path_buf);
            (Failure::from(error), folder)
        }
        // The panic's own message is already on stderr.
        Err(_) => {
            let message = "this is a bug in runner; the lines above say where it happened";
            (Failure::failed(message), None)
        }
    };
    if args.json {
        // The failure itself matters more than an error in printing this.
        let _ = outcome::print_failed(trial.plan.name(), folder.as_deref(), failure.message());
    }
    failure.report()
}

/// Prints warnings about what is damaged or missing in the folder of a run that was complete before.
fn warn_of_damage(folder: &Path) {
    let run = Run::read(RunSummary::read(folder));
    run.iter().flat_map(text::problems).for_each(output::warn);
}

/// Suggests what to do after a run that has just ended.
fn advice(ended: &Ended) -> Option<String> {
    let folder = text::quoted(&ended.folder.display().to_string());
    match ended.info.status {
        Status::Completed if !ended.skipped => Some(format!(
            "next: `runner show {folder}`, `runner apply {folder} IMAGES -o OUT`, or a larger train.epochs to go on"
        )),
        Status::Interrupted => Some("the same command continues from there".to_owned()),
        _ => None,
    }
}

/// Returns the exit status for a run that was interrupted, if a signal or deadline asked for it.
fn interrupted_exit(info: &RunInfo, signals: &Signals) -> Option<Exit> {
    let stop = signals.stop().filter(|_| info.status == Status::Interrupted);
    stop.and_then(|stop| stop.exit(false))
}

/// Returns the exit status for `files` files, from those of the ones that were started.
fn exit_of(exits: &[Exit], files: usize, signals: &Signals) -> Exit {
    let all_done = exits.len() == files && !exits.contains(&Exit::TimeUp);
    if let Some(exit) = signals.stop().and_then(|stop| stop.exit(all_done)) {
        return exit;
    }
    match exits {
        _ if exits.iter().all(|exit| *exit == Exit::Done) => Exit::Done,
        [single] => *single,
        _ => Exit::SomeFailed,
    }
}
