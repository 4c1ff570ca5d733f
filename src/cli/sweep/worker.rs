//! `runner trial`: one run of a sweep, in a process of its own.

use crate::{
    cli::{
        args::TrialArgs,
        exit::{Exit, Failure, Result},
        progress::Show,
        signals::{self, Signals},
    },
    plan::Plan,
    record::{Status, read::name_of},
    run::{
        trial::Trial,
        workplace::{DataCache, Workplace, target_of},
    },
    spec::Point,
    sweep::protocol::{Event, Job, Order},
};
use std::{
    fs,
    io::{BufRead, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

/// A sweep hears of a run's progress so often at most.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(200);

/// Trains what standard input describes and tells standard output about it.
pub fn trial(args: &TrialArgs) -> Result {
    go_first_when_memory_runs_out();
    let signals = Signals::listen_within_a_sweep()
        .map_err(|error| Failure::failed(format!("signals: {error}")))?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line).map_err(|_| {
        Failure::usage("`runner trial` is how a sweep calls itself; run an experiment file instead")
    })?;
    let experiment = toml::from_str(&job.resolved)?;
    let voice = Voice::default();
    let (answers, heard) = mpsc::channel();
    listen(signals.clone(), answers)?;
    let gate = job.asks.then(|| Gate::new(voice.clone(), heard));
    let point = Point { name: job.name, overrides: Vec::new(), group: 0, repeat: None, experiment };
    let plan = Plan::new(point);
    let workplace = Workplace::new(Some(job.threads))?;
    let device = job.device.as_ref().unwrap_or(plan.device());
    let trial = Trial {
        target: target_of(device)?,
        text: &job.text,
        plan: &plan,
        runs_dir: &args.runs_dir,
        around: args.runs_dir.parent(),
        lengths: Some(&job.lengths),
        workplace: &workplace,
        signals: &signals,
        force: job.force,
        show: Show::Sweep(voice.clone()),
        gate: gate.as_ref(),
    };
    let ended = trial.run(&mut DataCache::default());
    let (event, exit) = match ended {
        Ok(ended) => {
            let exit = ended.exit();
            let event = Event::Ended {
                status: ended.info.status,
                skipped: ended.skipped,
                folder: name_of(&ended.folder),
                error: None,
            };
            (event, exit)
        }
        Err(failure) if failure.is_busy() => (Event::Busy, Exit::Failed),
        Err(failure) => {
            let error = Some(failure.message().to_owned());
            let event = Event::Ended {
                status: Status::Failed,
                skipped: false,
                folder: failure.run().map(name_of).unwrap_or_default(),
                error,
            };
            (event, Exit::Failed)
        }
    };
    voice.say(&event);
    Ok(exit)
}

/// Has the out-of-memory killer choose this process before the sweep's own, which loses no night.
fn go_first_when_memory_runs_out() {
    const SCORE: &str = "/proc/self/oom_score_adj";
    let score = fs::read_to_string(SCORE).ok().and_then(|text| text.trim().parse::<i32>().ok());
    if let Some(score) = score {
        // A system that refuses leaves it as it is everywhere.
        let _ = fs::write(SCORE, (score + 500).min(1000).to_string());
    }
}

/// Hears orders for as long as the sweep's process lives; when it is gone, asks for a stop.
fn listen(signals: Signals, answers: Sender<Order>) -> Result<()> {
    let hear = move || {
        for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { continue };
            if let Order::Stop(stop) = &order {
                signals.ask_to_stop(stop.clone());
            }
            // Nobody waits for an answer where the sweep prunes nothing.
            let _ = answers.send(order);
        }
        signals.ask_to_stop(signals::STOP);
    };
    let thread = std::thread::Builder::new().name("orders".to_owned()).spawn(hear);
    Ok(thread.map(drop)?)
}

/// Tells the sweep's process what happens.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    /// When it last said how far it has come.
    last: Arc<Mutex<Option<Instant>>>,
}

impl Voice {
    /// Says it at once.
    #[allow(clippy::unused_self)] // whoever may speak has a voice
    pub fn say(&self, event: &Event) {
        let Ok(line) = serde_json::to_string(event) else { return };
        let mut out = std::io::stdout().lock();
        // Where nobody listens any more, the end of the orders stops the training.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// Says how far it has come, unless it has just done so.
    pub fn progress(&self, epochs: f64, loss: f64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= BETWEEN_PROGRESS) {
            *last = Some(Instant::now());
            self.say(&Event::Progress { epochs, loss });
        }
    }
}

/// Where a run waits at the end of an epoch to hear whether it may go on.
#[derive(Debug)]
pub struct Gate {
    voice: Voice,
    answers: Mutex<Receiver<Order>>,
    /// Epochs to ask about; 0 when there is nothing to ask.
    to_ask: AtomicUsize,
    reason: Mutex<Option<String>>,
}

impl Gate {
    fn new(voice: Voice, answers: Receiver<Order>) -> Self {
        Self {
            voice,
            answers: Mutex::new(answers),
            to_ask: AtomicUsize::new(0),
            reason: Mutex::new(None),
        }
    }

    /// So many epochs are done and saved.
    pub fn epoch_done(&self, epochs: usize) {
        self.to_ask.store(epochs, Ordering::Relaxed);
    }

    /// Whether the training must not go on; asks and waits, once after each epoch.
    pub fn is_closed(&self) -> bool {
        if self.reason().is_some() {
            return true;
        }
        let epoch = self.to_ask.swap(0, Ordering::Relaxed);
        if epoch == 0 {
            return false;
        }
        self.voice.say(&Event::Asks { epoch });
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.recv() {
            Ok(Order::Go) => false,
            Ok(Order::Prune(reason)) => {
                *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                true
            }
            // Asked to stop: here, before the next epoch begins, so that the question comes again.
            Ok(Order::Stop(_)) | Err(_) => true,
        }
    }

    /// Why the run was found hopeless, if it was.
    pub fn reason(&self) -> Option<String> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
