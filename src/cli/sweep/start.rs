//! Starts runs: chooses the next one, its threads and its GPU, and starts its process.

use super::{
    check_space,
    child::Child,
    schedule::{Active, Schedule},
};
use crate::{
    cli::exit::Failure,
    plan::Plan,
    record::RunSummary,
    run::State,
    spec::Device,
    sweep::{
        cores::{has_place, share},
        protocol::Job,
    },
};
use std::{
    io,
    time::{Duration, Instant},
};

/// How long to wait after the system refused to start a process.
const PAUSE: Duration = Duration::from_secs(1);
/// For how long to retry while no other run trains.
const PATIENCE: Duration = Duration::from_mins(10);

/// The system refuses to start processes: since when nothing else trained, and when last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    since: Instant,
    last: Instant,
}

impl Schedule<'_> {
    /// Starts runs while there are free slots.
    pub(super) fn start(&mut self) {
        while let Some(index) = self.next() {
            let forces = self.args.force && !self.forced.contains(&index);
            if !forces && self.is_settled(index) {
                continue;
            }
            if let Err(full) = check_space(self.sweep, index) {
                self.queue.insert(index);
                self.stopped = Some(full);
                return;
            }
            if let Err(error) = self.begin(index, forces) {
                self.refused(index, &error);
                return;
            }
        }
    }

    /// Removes the next run from the queue, if there is a free slot.
    fn next(&mut self) -> Option<usize> {
        if self.refusal.is_some_and(|refusal| refusal.last.elapsed() < PAUSE) {
            return None;
        }
        let first = self.queue.first()?;
        let running = self.running.iter().map(|(index, active)| (*index, active.asks.is_some()));
        has_place(self.parallelism.jobs, first, running).then(|| self.queue.pop_first())?
    }

    /// Whether another process has trained a run meanwhile, or is training it; if so, updates its state.
    fn is_settled(&mut self, index: usize) -> bool {
        let path = self.sweep.folder.join(&self.folders[index]);
        let run = path.exists().then(|| RunSummary::read(&path, None));
        let prunes = self.sweep.file.settings.prune.is_some();
        let plan = &self.sweep.file.plans[index];
        let state = run.map_or(State::New, |run| State::of(&run, plan, prunes));
        // A pruned run that was queued is to be compared again.
        let settled = matches!(state, State::Complete | State::Diverged | State::Elsewhere);
        if settled {
            self.dispatch(index, state);
        }
        settled
    }

    /// Starts the process of a run; with `forces`, in a new folder.
    fn begin(&mut self, index: usize, forces: bool) -> io::Result<()> {
        let plan = &self.sweep.file.plans[index];
        let in_use = self.running.values().map(|active| active.child.threads).sum();
        let free = self.parallelism.jobs.saturating_sub(self.running.len());
        let places = free.min(self.queue.len() + 1);
        let threads = share(self.parallelism.threads, in_use, places);
        let device = self.device(plan);
        let job = Job {
            name: self.sweep.runs[index].name.clone(),
            text: self.sweep.file.text.clone(),
            resolved: plan.point.experiment.to_toml(),
            threads: u16::try_from(threads).unwrap_or(u16::MAX),
            device: device.map(Device::cuda),
            force: forces,
            lengths: self.sweep.lengths.clone(),
            asks: self.sweep.file.settings.prune.is_some(),
        };
        let child = Child::start(index, &job, &self.sweep.folder, self.events_sender.clone())?;
        self.refusal = None;
        let active = Active {
            child,
            device,
            forces,
            started: false,
            ended: None,
            busy: false,
            asks: None,
            epochs: 0,
        };
        if forces {
            self.forced.insert(index);
        }
        self.running.insert(index, active);
        self.display.begin(index, threads);
        Ok(())
    }

    /// Handles a refusal to start a process, as for lack of memory: the run waits for others to end or, if
    /// none trains, retries for a while. Runs that wait for a verdict do not count: they may wait for this
    /// very run.
    fn refused(&mut self, index: usize, error: &io::Error) {
        self.queue.insert(index);
        let error = format!("cannot start a process: {error}");
        let last = Instant::now();
        let nothing_trains = self.running.values().all(|active| active.asks.is_some());
        // The time limit only runs while nothing trains.
        let known = self.refusal.filter(|_| nothing_trains);
        let since = known.map_or(last, |refusal| refusal.since);
        self.refusal = Some(Refusal { since, last });
        if nothing_trains && since.elapsed() > PATIENCE {
            self.stopped = Some(Failure::failed(error));
        } else {
            let minutes = PATIENCE.as_secs() / 60;
            self.warn(format!(
                "{error}; retrying while other runs train, or else for {minutes} minutes"
            ));
        }
    }

    /// Returns the GPU for a run that starts now: the one of `--devices` with the fewest runs.
    fn device(&self, plan: &Plan) -> Option<u16> {
        if !plan.is_on_gpu() {
            return None;
        }
        let runs = |ordinal: &&u16| {
            self.running.values().filter(|active| active.device == Some(**ordinal)).count()
        };
        self.args.devices.iter().min_by_key(runs).copied()
    }
}
