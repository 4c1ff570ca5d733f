//! Schedules the runs of a sweep: starts their processes and handles their events.

mod active;
mod child;
mod display;
mod end;
mod launcher;
mod metric_cache;
mod outcomes;
mod pruner;
mod runs;
mod stopping;
mod throttle;

use super::{figures, parallelism::Parallelism, prepare::Sweep};
use crate::{
    cli::{
        args::RunArgs,
        estimate,
        exit::{Exit, Failure, Result},
        signals::Signals,
    },
    machine::free_space,
    record::{RESOLVED, Readback, RunFolder, RunSummary},
    run::State,
    sweep::protocol::Event,
    words::bytes,
};
use child::Message;
use display::Display;
use launcher::Launcher;
use outcomes::Outcomes;
use pruner::Pruner;
use runs::{Place, Runs};
use std::{
    collections::BTreeSet,
    sync::mpsc::{self, Receiver},
    time::Duration,
};
use stopping::Stopping;
use throttle::Throttle;

/// How long to wait for an event before checking everything else.
const TICK: Duration = Duration::from_millis(50);

/// A sweep in progress.
pub struct Schedule<'a> {
    sweep: &'a Sweep<'a>,
    signals: &'a Signals,
    runs: Runs<'a>,
    launcher: Launcher<'a>,
    events: Receiver<Message>,
    /// `None` if the sweep does not prune.
    pruner: Option<Pruner<'a>>,
    stopping: Stopping<'a>,
    display: Display,
    outcomes: Outcomes<'a>,
    tables: Throttle,
}

impl<'a> Schedule<'a> {
    /// Creates a schedule in which no run has started.
    pub fn new(
        sweep: &'a Sweep<'a>,
        parallelism: Parallelism,
        args: &'a RunArgs,
        signals: &'a Signals,
    ) -> Self {
        let (sender, events) = mpsc::channel();
        Self {
            sweep,
            signals,
            runs: Runs::new(sweep, args.force),
            launcher: Launcher::new(sweep, parallelism, &args.devices, sender),
            events,
            pruner: Pruner::new(sweep),
            stopping: Stopping::new(signals, args.fail_fast),
            display: Display::new(sweep),
            outcomes: Outcomes::new(sweep, args.json),
            tables: Throttle::default(),
        }
    }

    /// Trains until nothing is left to do. Returns the exit status.
    pub fn run(&mut self) -> Result {
        for (index, run) in self.sweep.runs.iter().enumerate() {
            self.dispatch(index, run.standing.state);
        }
        if self.runs.next().is_some() {
            figures::outdate(self.sweep)?;
        }
        self.signals.pass_on(true);
        self.work();
        self.signals.pass_on(false);
        self.display.finish();
        let unprinted = self.outcomes.finish();
        self.stopping.failure.take().or(unprinted).map_or(Ok(()), Err)?;
        Ok(self.exit())
    }

    /// Returns the runs that failed before they had a folder of their own; an existing folder belongs to an
    /// older run.
    pub fn without_folder(&self) -> &BTreeSet<usize> {
        &self.runs.without_folder
    }

    /// Returns the exit status.
    fn exit(&self) -> Exit {
        let all_done = !self.runs.any_waits();
        let stopped = self.signals.stop().and_then(|stop| stop.exit(all_done));
        let any_failed = self.outcomes.any_failed();
        stopped.unwrap_or(if any_failed { Exit::SomeFailed } else { Exit::Done })
    }

    /// Queues a run, or prints its result, according to its state.
    fn dispatch(&mut self, index: usize, state: State) {
        let place = match state {
            State::New | State::Partly(_) | State::Trained | State::Broken => Place::Queued,
            State::Elsewhere => Place::Elsewhere,
            State::Complete | State::Pruned | State::Diverged => Place::Over,
        };
        if matches!(place, Place::Over) {
            let was_diverged = state == State::Diverged;
            if was_diverged || state == State::Pruned {
                self.restore(index);
            }
            self.display.done(index);
            self.outcomes.print(&self.runs.path(index), !was_diverged);
            if was_diverged {
                let why = "diverged before; --force trains it again";
                self.outcomes.fail(index, why.to_owned());
            }
        }
        self.runs.put(index, place);
    }

    /// Writes the resolved experiment of a run that is not trained again, if it was changed since.
    fn restore(&self, index: usize) {
        let path = self.runs.path(index);
        if !matches!(RunSummary::read(&path).state, Readback::Changed(..)) {
            return;
        }
        let resolved = self.sweep.file.plans[index].point.experiment.to_toml();
        match RunFolder::restore(&path, &[(RESOLVED, &resolved)]) {
            Ok(true) => {
                let file = path.join(RESOLVED).display().to_string();
                self.display.line(index, &format!("{file} was changed, and is restored"));
            }
            Ok(false) => {}
            Err(error) => self.display.warn_of(index, &error),
        }
    }

    fn work(&mut self) {
        loop {
            self.stopping.pass_on(&mut self.runs);
            if self.stopping.goes_on() {
                for (index, state) in self.runs.take_elsewhere() {
                    self.dispatch(index, state);
                }
                self.start();
            }
            let waits = self.stopping.goes_on() && self.runs.any_waits();
            if !waits && self.runs.here().next().is_none() {
                return;
            }
            // Here, where all places are taken and all verdicts given: it may take seconds.
            self.write_tables();
            if let Ok(first) = self.events.recv_timeout(TICK) {
                self.handle(first);
                while let Ok(next) = self.events.try_recv() {
                    self.handle(next);
                }
            }
            if let Some(pruner) = &mut self.pruner {
                pruner.answer(&mut self.runs, self.stopping.goes_on(), &self.display);
            }
            self.display.tick(&self.runs);
        }
    }

    /// Starts runs while there are places for them.
    fn start(&mut self) {
        while let Some(index) = self.launcher.next(&self.runs) {
            if !self.runs.forces(index) && self.is_settled(index) {
                continue;
            }
            if let Err(full) = check_space(self.sweep, index) {
                self.stopping.give_up(full);
                return;
            }
            match self.launcher.start(index, &self.runs) {
                Ok(active) => {
                    self.display.begin(index, active.child.threads);
                    self.runs.put(index, Place::Here(active));
                }
                Err(error) => {
                    match self.launcher.refused(&error, &self.runs) {
                        Ok(warning) => self.display.warn(warning),
                        Err(failure) => self.stopping.give_up(failure),
                    }
                    return;
                }
            }
        }
    }

    /// Whether another process has trained a queued run meanwhile, or is training it; if so, dispatches it.
    fn is_settled(&mut self, index: usize) -> bool {
        let state = self.runs.state(index);
        // A pruned run that was queued is to be compared again.
        let settled = matches!(state, State::Complete | State::Diverged | State::Elsewhere);
        if settled {
            self.dispatch(index, state);
        }
        settled
    }

    /// Handles an event of a run's process.
    fn handle(&mut self, (index, event): Message) {
        let Some(event) = event else { return self.end(index) };
        self.runs.hear(index, &event);
        match event {
            Event::Started { epoch, .. } => self.display.resume(index, epoch),
            Event::Progress { epochs, loss } => self.display.progress(index, epochs, Some(loss)),
            Event::Epoch { epoch, loss } => self.display.progress(index, epoch as f64, loss),
            Event::Remark { text } => self.display.line(index, &text),
            Event::Warning { text } => self.display.warn_of(index, &text),
            Event::Asks { .. } | Event::Busy | Event::Ended { .. } => {}
        }
    }

    /// Updates the tables, if it is time to; the end of the sweep writes them in any case.
    fn write_tables(&mut self) {
        if self.signals.is_urgent() || !self.tables.is_due() {
            return;
        }
        if let Err(failure) = self.tables.write(self.sweep, &self.runs.without_folder) {
            self.display.warn(format!("{}; the sweep continues", failure.message()));
        }
    }
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
