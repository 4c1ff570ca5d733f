//! `runner FILE.toml ...`: trains what is not trained yet.

use super::{
    args::RunArgs,
    exit::{Exit, Failure, Result},
    inspect,
    load::{DataCache, Workplace, check_device, load_all},
    output, report,
    signals::Signals,
    trial::{Ended, Trial},
    trials,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Trains all runs that the files describe, one after another.
pub fn run(args: &RunArgs) -> Result {
    let files = load_all(&args.experiment)?;
    for plan in files.iter().flat_map(|file| &file.plans) {
        check_device(&plan.point.experiment.experiment.device)?;
    }
    let workplace = Workplace::new(args.threads)?;
    let signals =
        Signals::listen().map_err(|error| Failure::failed(format!("signals: {error}")))?;
    let mut exits = Vec::new();
    let mut data = DataCache::default();
    for file in &files {
        let runs_dir = file.runs_dir(&args.runs_dir);
        for (index, plan) in file.plans.iter().enumerate() {
            if signals.received().is_some() {
                break;
            }
            let trial = Trial {
                text: &file.loaded.text,
                plan,
                runs_dir: &runs_dir,
                workplace: &workplace,
                signals: &signals,
                force: args.force,
                quiet: args.quiet,
            };
            if file.plans.len() > 1 && !args.quiet {
                output::note(format!("run {} of {}: {}", index + 1, file.plans.len(), plan.name()));
            }
            exits.push(attempt(&trial, &mut data, args.json)?);
            if file.is_sweep() {
                report::refresh(&runs_dir);
            }
        }
        if file.is_sweep() {
            trials::write(file, &runs_dir)?;
        }
    }
    Ok(exit_of(&exits, &signals))
}

/// Runs one trial; whatever goes wrong with it, the next one gets its turn.
fn attempt(trial: &Trial<'_>, data: &mut DataCache, json: bool) -> Result<Exit> {
    let ended = catch_unwind(AssertUnwindSafe(|| trial.run(data)));
    match ended {
        Ok(Ok(ended)) => {
            tell(&ended, json)?;
            Ok(ended.exit())
        }
        Ok(Err(failure)) => Ok(failure.report()),
        // The panic's own message stands on stderr already.
        Err(_) => {
            output::note("error: this is a bug in runner; the lines above say where it happened");
            Ok(Exit::Failed)
        }
    }
}

fn tell(ended: &Ended, json: bool) -> Result<()> {
    if json {
        let mut value = serde_json::to_value(&ended.info).map_err(Failure::failed)?;
        value["folder"] = ended.folder.display().to_string().into();
        value["skipped"] = ended.skipped.into();
        output::result(value)?;
        return Ok(());
    }
    let skipped = if ended.skipped { " (complete before; --force trains anew)" } else { "" };
    output::result(format!("{}{skipped}", inspect::one_line(&ended.folder, &ended.info)))?;
    Ok(())
}

fn exit_of(exits: &[Exit], signals: &Signals) -> Exit {
    if let Some(signal) = signals.received() {
        return Exit::Signal(signal);
    }
    match exits {
        _ if exits.iter().all(|exit| *exit == Exit::Done) => Exit::Done,
        [single] => *single,
        _ => Exit::SweepPartlyFailed,
    }
}
