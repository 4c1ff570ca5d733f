//! Who trains when: hears the processes of runs, and decides what becomes of each.

use super::{
    child::{Child, Said},
    columns::Columns,
    display::Display,
    figures,
    prepare::Sweep,
    queue::Queue,
    start::Refusal,
    table::Crew,
    there::{self, State},
    throttle::Throttle,
};
use crate::{
    cli::{
        args::RunArgs,
        exit::{Exit, Failure, Result},
        signals::Signals,
    },
    record::{RunSummary, Status},
    sweep::protocol::Event,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

/// How long to wait for something to happen before looking round.
const TICK: Duration = Duration::from_millis(50);
/// How often to look whether a run that another process trains has come to its end.
const LOOK: Duration = Duration::from_millis(500);

/// A sweep while it runs.
pub struct Schedule<'a> {
    pub(super) sweep: &'a Sweep<'a>,
    pub(super) crew: Crew,
    pub(super) args: &'a RunArgs,
    pub(super) signals: &'a Signals,
    pub(super) display: Display,
    said: Receiver<Said>,
    pub(super) sayer: Sender<Said>,
    /// Runs that can start.
    pub(super) queue: Queue,
    pub(super) running: BTreeMap<usize, Active>,
    /// Runs that other processes train.
    pub(super) elsewhere: BTreeSet<usize>,
    looked: Instant,
    /// How often each run has been killed.
    pub(super) killed: BTreeMap<usize, usize>,
    /// Runs that this process has trained anew as --force wants.
    pub(super) forced: BTreeSet<usize>,
    /// Runs that failed before they had a folder for that: what is there is an older one.
    pub unmade: BTreeSet<usize>,
    /// The folder of each run, as far as it is known.
    pub(super) folders: Vec<String>,
    pub(super) failed: BTreeMap<usize, String>,
    /// What runs have reached, to compare others with.
    pub(super) columns: Columns,
    /// Runs whose metrics could not be read to compare others with.
    pub(super) unreadable: BTreeSet<usize>,
    /// What has been warned of.
    pub(super) warned: BTreeSet<String>,
    /// Since the system has refused a process, until it starts one.
    pub(super) refusal: Option<Refusal>,
    /// Signals that had come when the runs were last asked to stop, if they were.
    pub(super) passed_on: Option<usize>,
    /// Why the result of a run could not be printed.
    pub(super) unsaid: Option<Failure>,
    /// Why no further run is started.
    pub(super) stopped: Option<Failure>,
    pub(super) failing_fast: bool,
    pub(super) tables: Throttle,
}

/// A run that is being trained.
pub(super) struct Active {
    pub(super) child: Child,
    /// The GPU that it was given.
    pub(super) device: Option<u16>,
    /// Whether it trains anew beside what is there.
    pub(super) forces: bool,
    /// Whether it has said in which folder.
    pub(super) started: bool,
    pub(super) ended: Option<(Status, bool, Option<String>)>,
    pub(super) busy: bool,
    /// Waits to hear whether to go on after so many epochs.
    pub(super) asks: Option<usize>,
    /// Epochs that are done.
    pub(super) epochs: usize,
}

impl<'a> Schedule<'a> {
    /// A schedule of nothing yet.
    pub fn new(sweep: &'a Sweep<'a>, crew: Crew, args: &'a RunArgs, signals: &'a Signals) -> Self {
        let (sayer, said) = mpsc::channel();
        Self {
            display: Display::new(sweep, crew, args.quiet),
            folders: sweep.runs.iter().map(|run| run.folder.clone()).collect(),
            sweep,
            crew,
            args,
            signals,
            said,
            sayer,
            queue: Queue::new(sweep.file),
            running: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            looked: Instant::now(),
            killed: BTreeMap::new(),
            forced: BTreeSet::new(),
            unmade: BTreeSet::new(),
            failed: BTreeMap::new(),
            columns: Columns::default(),
            unreadable: BTreeSet::new(),
            warned: BTreeSet::new(),
            refusal: None,
            passed_on: None,
            unsaid: None,
            stopped: None,
            failing_fast: false,
            tables: Throttle::default(),
        }
    }

    /// Trains until nothing is left to do; the status to exit with.
    pub fn run(&mut self) -> Result {
        let sweep = self.sweep;
        for (index, run) in sweep.runs.iter().enumerate() {
            self.sort(index, run.state);
        }
        if !self.queue.is_empty() {
            figures::outdate(sweep)?;
        }
        self.signals.pass_on(true);
        self.work();
        self.signals.pass_on(false);
        self.display.finish();
        self.tell_failures();
        self.stopped.take().or_else(|| self.unsaid.take()).map_or(Ok(()), Err)?;
        Ok(self.exit())
    }

    /// The status to exit with.
    fn exit(&self) -> Exit {
        let all_done = self.queue.is_empty() && self.elsewhere.is_empty();
        let stopped = self.signals.stop().and_then(|stop| stop.exit(all_done));
        let otherwise = if self.failed.is_empty() { Exit::Done } else { Exit::SweepPartlyFailed };
        stopped.unwrap_or(otherwise)
    }

    /// Puts a run that this process does not train where it belongs by its state, and prints its result
    /// if it is over.
    pub(super) fn sort(&mut self, index: usize, state: State) {
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
                self.failed.insert(index, "diverged before; --force trains anew".to_owned());
            }
        }
    }

    fn work(&mut self) {
        loop {
            self.pass_signals_on();
            if self.goes_on() {
                self.look_elsewhere();
                self.start();
            }
            let waiting = self.goes_on() && !(self.queue.is_empty() && self.elsewhere.is_empty());
            if self.running.is_empty() && !waiting {
                return;
            }
            if let Ok(first) = self.said.recv_timeout(TICK) {
                self.hear(first);
                while let Ok(next) = self.said.try_recv() {
                    self.hear(next);
                }
            }
            self.answer();
            if self.tables.is_stale() {
                self.write_tables();
            }
            self.display.tick(self.queue.len(), self.elsewhere.len());
        }
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.signals.wants_stop() && self.stopped.is_none() && !self.failing_fast
    }

    /// Takes note of what a process says.
    fn hear(&mut self, (index, event): Said) {
        let Some(active) = self.running.get_mut(&index) else { return };
        match event {
            None => self.end(index),
            Some(Event::Started { folder, epoch }) => {
                active.epochs = epoch;
                active.started = true;
                self.folders[index] = folder;
                self.display.goes_on(index, epoch);
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
                    // It may have failed before it could begin in it.
                    active.started = true;
                }
                active.ended = Some((status, skipped, error));
            }
        }
    }

    /// Looks whether runs that other processes train have come to their end, or can be taken over.
    fn look_elsewhere(&mut self) {
        if self.elsewhere.is_empty() || self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        for index in std::mem::take(&mut self.elsewhere) {
            let path = self.sweep.folder.join(&self.folders[index]);
            let run = RunSummary::read(&path, None);
            let prunes = self.sweep.file.settings.prune.is_some();
            let state = there::state(&run, &self.sweep.file.plans[index], prunes);
            let state = if run.is_held() { State::Elsewhere } else { state };
            self.sort(index, state);
        }
    }
}
