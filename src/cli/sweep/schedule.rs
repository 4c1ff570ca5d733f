//! Schedules the runs of a sweep: starts their processes and handles their events.

use super::{
    child::{Child, Message},
    display::Display,
    figures,
    metric_cache::MetricCache,
    prepare::Sweep,
    queue::Queue,
    start::Refusal,
    table::Parallelism,
    throttle::Throttle,
};
use crate::{
    cli::{
        args::RunArgs,
        exit::{Exit, Failure, Result},
        signals::Signals,
    },
    record::{RunSummary, Status},
    run::State,
    sweep::protocol::Event,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

/// How long to wait for an event before checking everything else.
const TICK: Duration = Duration::from_millis(50);
/// How often to check whether runs of other processes have ended.
const LOOK: Duration = Duration::from_millis(500);

/// A sweep in progress.
pub struct Schedule<'a> {
    pub(super) sweep: &'a Sweep<'a>,
    pub(super) parallelism: Parallelism,
    pub(super) args: &'a RunArgs,
    pub(super) signals: &'a Signals,
    pub(super) display: Display,
    events: Receiver<Message>,
    pub(super) events_sender: Sender<Message>,
    /// Runs to start.
    pub(super) queue: Queue,
    pub(super) running: BTreeMap<usize, Active>,
    /// Runs that other processes are training.
    pub(super) elsewhere: BTreeSet<usize>,
    last_look: Instant,
    /// How many times each run has been killed.
    pub(super) killed: BTreeMap<usize, usize>,
    /// Runs that this process has trained again because of --force.
    pub(super) forced: BTreeSet<usize>,
    /// Runs that failed before they had a folder of their own; an existing folder belongs to an older run.
    pub failed_to_start: BTreeSet<usize>,
    /// The folder name of each run, as far as it is known.
    pub(super) folders: Vec<String>,
    pub(super) failed: BTreeMap<usize, String>,
    /// Metric values of runs, for pruning.
    pub(super) metric_cache: MetricCache,
    /// Runs whose metrics could not be read for pruning.
    pub(super) unreadable: BTreeSet<usize>,
    /// Warnings already printed.
    pub(super) warned: BTreeSet<String>,
    /// Set while the system refuses to start processes.
    pub(super) refusal: Option<Refusal>,
    /// Number of signals received when the runs were last asked to stop, if they were.
    pub(super) passed_on: Option<usize>,
    /// The first failure to print a run's result.
    pub(super) print_failure: Option<Failure>,
    /// Why no further runs are started.
    pub(super) stopped: Option<Failure>,
    pub(super) failing_fast: bool,
    pub(super) tables: Throttle,
}

/// A run that is being trained by a child process.
pub(super) struct Active {
    pub(super) child: Child,
    /// The GPU assigned to it.
    pub(super) device: Option<u16>,
    /// Whether it trains in a new folder beside an existing one.
    pub(super) forces: bool,
    /// Whether it has reported its folder.
    pub(super) started: bool,
    pub(super) ended: Option<(Status, bool, Option<String>)>,
    pub(super) busy: bool,
    /// The number of epochs after which it waits for a verdict, if it does.
    pub(super) asks: Option<usize>,
    /// Epochs done.
    pub(super) epochs: usize,
}

impl<'a> Schedule<'a> {
    /// Creates a schedule in which no run has started.
    pub fn new(
        sweep: &'a Sweep<'a>,
        parallelism: Parallelism,
        args: &'a RunArgs,
        signals: &'a Signals,
    ) -> Self {
        let (events_sender, events) = mpsc::channel();
        Self {
            display: Display::new(sweep, args.quiet),
            folders: sweep.runs.iter().map(|run| run.folder.clone()).collect(),
            sweep,
            parallelism,
            args,
            signals,
            events,
            events_sender,
            queue: Queue::new(sweep.file),
            running: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            last_look: Instant::now(),
            killed: BTreeMap::new(),
            forced: BTreeSet::new(),
            failed_to_start: BTreeSet::new(),
            failed: BTreeMap::new(),
            metric_cache: MetricCache::default(),
            unreadable: BTreeSet::new(),
            warned: BTreeSet::new(),
            refusal: None,
            passed_on: None,
            print_failure: None,
            stopped: None,
            failing_fast: false,
            tables: Throttle::default(),
        }
    }

    /// Trains until nothing is left to do. Returns the exit status.
    pub fn run(&mut self) -> Result {
        let sweep = self.sweep;
        for (index, run) in sweep.runs.iter().enumerate() {
            self.dispatch(index, run.state);
        }
        if !self.queue.is_empty() {
            figures::outdate(sweep)?;
        }
        self.signals.pass_on(true);
        self.work();
        self.signals.pass_on(false);
        self.display.finish();
        self.print_failures();
        self.stopped.take().or_else(|| self.print_failure.take()).map_or(Ok(()), Err)?;
        Ok(self.exit())
    }

    /// Returns the exit status.
    fn exit(&self) -> Exit {
        let all_done = self.queue.is_empty() && self.elsewhere.is_empty();
        let stopped = self.signals.stop().and_then(|stop| stop.exit(all_done));
        let otherwise = if self.failed.is_empty() { Exit::Done } else { Exit::SweepPartlyFailed };
        stopped.unwrap_or(otherwise)
    }

    /// Queues a run, or prints its result, according to its state.
    pub(super) fn dispatch(&mut self, index: usize, state: State) {
        match state {
            State::New | State::Partly(_) | State::Trained | State::Broken => {
                self.queue.insert(index);
            }
            State::Elsewhere => drop(self.elsewhere.insert(index)),
            State::Complete | State::Pruned => {
                self.display.done(index);
                self.report(index, true);
            }
            State::Diverged => {
                self.display.done(index);
                self.report(index, false);
                self.failed.insert(index, "diverged before; --force trains it again".to_owned());
            }
        }
    }

    fn work(&mut self) {
        loop {
            self.pass_signals_on();
            if self.should_continue() {
                self.look_elsewhere();
                self.start();
            }
            let waiting =
                self.should_continue() && !(self.queue.is_empty() && self.elsewhere.is_empty());
            if self.running.is_empty() && !waiting {
                return;
            }
            if let Ok(first) = self.events.recv_timeout(TICK) {
                self.handle(first);
                while let Ok(next) = self.events.try_recv() {
                    self.handle(next);
                }
            }
            self.answer();
            if self.tables.is_stale() {
                self.write_tables();
            }
            self.display.tick(self.queue.len(), &self.elsewhere);
        }
    }

    pub(super) fn should_continue(&self) -> bool {
        !self.signals.wants_stop() && self.stopped.is_none() && !self.failing_fast
    }

    /// Handles an event of a process.
    fn handle(&mut self, (index, event): Message) {
        let Some(active) = self.running.get_mut(&index) else { return };
        match event {
            None => self.end(index),
            Some(Event::Started { folder, epoch }) => {
                active.epochs = epoch;
                active.started = true;
                self.folders[index] = folder;
                self.display.resume(index, epoch);
            }
            Some(Event::Progress { epochs, loss }) => {
                self.display.progress(index, epochs, Some(loss));
            }
            Some(Event::Epoch { epoch, loss, val_loss }) => {
                active.epochs = epoch;
                self.display.epoch(index, epoch, loss, val_loss);
            }
            Some(Event::Asks { epoch }) => active.asks = Some(epoch),
            Some(Event::Remark { text }) => self.display.line(index, &text),
            Some(Event::Warning { text }) => self.display.line(index, &format!("warning: {text}")),
            Some(Event::Busy) => active.busy = true,
            Some(Event::Ended { status, skipped, folder, error }) => {
                if !folder.is_empty() {
                    self.folders[index] = folder;
                    // It may have failed before its training started.
                    active.started = true;
                }
                active.ended = Some((status, skipped, error));
            }
        }
    }

    /// Checks whether runs of other processes have ended or can be taken over.
    fn look_elsewhere(&mut self) {
        if self.elsewhere.is_empty() || self.last_look.elapsed() < LOOK {
            return;
        }
        self.last_look = Instant::now();
        for index in std::mem::take(&mut self.elsewhere) {
            let path = self.sweep.folder.join(&self.folders[index]);
            let run = RunSummary::read(&path, None);
            let prunes = self.sweep.file.settings.prune.is_some();
            let state = State::of(&run, &self.sweep.file.plans[index], prunes);
            let state = if run.is_held() { State::Elsewhere } else { state };
            self.dispatch(index, state);
        }
    }
}
