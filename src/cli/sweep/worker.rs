//! `runner trial`: trains one run of a sweep in a process of its own.

use crate::{
    cli::{
        args::TrialArgs,
        exit::{Exit, Failure, Result},
        progress::{TrainingProgress, report},
        signals::{self, Signals},
    },
    plan::Plan,
    record::{Status, read::name_of},
    run::{DataCache, Trial, Verdict, Workplace, workplace::target_of},
    spec::Point,
    sweep::protocol::{Event, Job, Order},
};
use std::{
    fs,
    io::BufRead,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
};

/// Trains the job read from standard input and reports events on standard output.
pub fn trial(args: &TrialArgs) -> Result {
    prefer_for_oom_killer();
    let signals = Signals::listen_in_sweep_run()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line).map_err(|_| {
        Failure::usage("`runner trial` is started by sweeps only; run an experiment file instead")
    })?;
    let experiment = toml::from_str(&job.resolved)?;
    let (answers, heard) = mpsc::channel();
    listen(signals.clone(), answers)?;
    let heard = Mutex::new(heard);
    let ask = |epoch| ask(&heard, epoch);
    let stop = || signals.stop().map(|stop| stop.reason());
    let plan = Plan::new(Point { name: job.name, experiment, ..Point::default() });
    let workplace = Workplace::new(Some(job.threads))?;
    let device = job.device.as_ref().unwrap_or(plan.device());
    let trial = Trial {
        target: target_of(device)?,
        force: job.force,
        stop: &stop,
        pruner: if job.asks { Some(&ask) } else { None },
        sweep_lengths: Some(&job.lengths),
        planned: Some(&job.identity),
        ..Trial::new(&job.text, &plan, &args.runs_dir, &workplace)?
    };
    let mut display = TrainingProgress::in_sweep();
    let ended = trial.run(&mut DataCache::default(), &mut display);
    let (event, exit) = match ended {
        Ok(ended) => {
            let exit = Exit::of_run(ended.info.status);
            let event = Event::Ended {
                status: ended.info.status,
                skipped: ended.skipped,
                folder: name_of(&ended.folder),
                error: None,
            };
            (event, exit)
        }
        Err(error) if error.is_busy() => (Event::Busy, Exit::Failed),
        Err(error) => {
            let event = Event::Ended {
                status: Status::Failed,
                skipped: false,
                folder: error.folder().map(name_of).unwrap_or_default(),
                error: Some(error.to_string()),
            };
            (event, Exit::Failed)
        }
    };
    report(&event);
    Ok(exit)
}

/// Makes the out-of-memory killer choose this process rather than that of the sweep.
fn prefer_for_oom_killer() {
    const SCORE: &str = "/proc/self/oom_score_adj";
    let score = fs::read_to_string(SCORE).ok().and_then(|text| text.trim().parse::<i32>().ok());
    if let Some(score) = score {
        // Without permission, the default applies.
        let _ = fs::write(SCORE, (score + 500).min(1000).to_string());
    }
}

/// Receives orders from the sweep's process; asks for a stop when that process is gone.
fn listen(signals: Signals, answers: Sender<Order>) -> Result<()> {
    let hear = move || {
        for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { continue };
            if let Order::Stop(stop) = &order {
                signals.ask_to_stop(stop.clone());
            }
            // Fails if nobody waits for an answer, because the sweep does not prune.
            let _ = answers.send(order);
        }
        signals.ask_to_stop(signals::STOP);
    };
    Ok(signals::spawn("orders", hear)?)
}

/// Asks the sweep's process whether to continue after `epoch` epochs, and waits for the answer.
fn ask(answers: &Mutex<Receiver<Order>>, epoch: usize) -> Verdict {
    report(&Event::Asks { epoch });
    match answers.lock().unwrap_or_else(PoisonError::into_inner).recv() {
        Ok(Order::Go) => Verdict::Go,
        Ok(Order::Prune(reason)) => Verdict::Prune(reason),
        // Stops before the next epoch begins, so that the question is asked again when the run is resumed.
        Ok(Order::Stop(_)) | Err(_) => Verdict::Stop,
    }
}
