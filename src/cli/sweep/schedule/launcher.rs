//! Starts the processes of runs, each with its share of the threads and its GPU.

use super::{
    active::Active,
    child::{Child, Message},
    runs::Runs,
};
use crate::{
    cli::{
        exit::{Failure, Result},
        sweep::{parallelism::Parallelism, prepare::Sweep},
    },
    plan::Plan,
    spec::Device,
    sweep::{
        cores::{has_place, share},
        protocol::Job,
    },
};
use std::{
    io,
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

/// How long to wait after the system refused to start a process.
const PAUSE: Duration = Duration::from_secs(1);
/// For how long to retry while no other run trains.
const PATIENCE: Duration = Duration::from_mins(10);

/// Starts the processes of runs.
pub struct Launcher<'a> {
    sweep: &'a Sweep<'a>,
    parallelism: Parallelism,
    /// The GPUs that the user named.
    devices: &'a [u16],
    /// Where the processes' events go.
    events: Sender<Message>,
    /// Set while the system refuses to start processes.
    refusal: Option<Refusal>,
}

/// The system refuses to start processes: since when nothing else trained, and when last.
#[derive(Debug, Clone, Copy)]
struct Refusal {
    since: Instant,
    last: Instant,
}

impl<'a> Launcher<'a> {
    /// Creates a launcher whose processes send their events to `events`.
    pub fn new(
        sweep: &'a Sweep<'a>,
        parallelism: Parallelism,
        devices: &'a [u16],
        events: Sender<Message>,
    ) -> Self {
        Self { sweep, parallelism, devices, events, refusal: None }
    }

    /// Returns the run to start now, if there is a place for it.
    pub fn next(&self, runs: &Runs<'_>) -> Option<usize> {
        if self.refusal.is_some_and(|refusal| refusal.last.elapsed() < PAUSE) {
            return None;
        }
        let first = runs.next()?;
        let running = runs.here().map(|(index, active)| (index, active.asks.is_some()));
        has_place(self.parallelism.jobs, first, running).then_some(first)
    }

    /// Starts the process of a queued run.
    ///
    /// # Errors
    /// When the system refuses to; [`Self::refused`] says what to do then.
    pub fn start(&mut self, index: usize, runs: &Runs<'_>) -> io::Result<Active> {
        let plan = &self.sweep.file.plans[index];
        let in_use = runs.here().map(|(_, active)| active.child.threads).sum();
        let free = self.parallelism.jobs.saturating_sub(runs.here().count());
        let places = free.min(runs.queued().count());
        let threads = share(self.parallelism.threads, in_use, places);
        let (device, forces) = (self.device(plan, runs), runs.forces(index));
        let job = Job {
            name: self.sweep.runs[index].name.clone(),
            identity: self.sweep.runs[index].identity.clone(),
            text: self.sweep.file.text.clone(),
            resolved: plan.point.experiment.to_toml(),
            threads: u16::try_from(threads).unwrap_or(u16::MAX),
            device: device.map(Device::cuda),
            force: forces,
            lengths: self.sweep.lengths.clone(),
            asks: self.sweep.prunes(),
        };
        let child = Child::start(index, &job, &self.sweep.folder, self.events.clone())?;
        self.refusal = None;
        Ok(Active::new(child, device, forces))
    }

    /// Handles a refusal to start a process, as for lack of memory. Returns a warning: the run waits for others
    /// to end or, if none trains, is tried again for a while. Runs that wait for a verdict do not count: they
    /// may wait for this very run.
    ///
    /// # Errors
    /// When that while is over.
    pub fn refused(&mut self, error: &io::Error, runs: &Runs<'_>) -> Result<String> {
        let error = format!("cannot start a process: {error}");
        let last = Instant::now();
        let nothing_trains = runs.here().all(|(_, active)| active.asks.is_some());
        // The time limit only runs while nothing trains.
        let known = self.refusal.filter(|_| nothing_trains);
        let since = known.map_or(last, |refusal| refusal.since);
        self.refusal = Some(Refusal { since, last });
        if nothing_trains && since.elapsed() > PATIENCE {
            return Err(Failure::failed(error));
        }
        let minutes = PATIENCE.as_secs() / 60;
        Ok(format!("{error}; retrying while other runs train, or else for {minutes} minutes"))
    }

    /// Returns the GPU for a run that starts now: the one of `--devices` with the fewest runs.
    fn device(&self, plan: &Plan, runs: &Runs<'_>) -> Option<u16> {
        if !plan.is_on_gpu() {
            return None;
        }
        let count = |ordinal: &&u16| {
            runs.here().filter(|(_, active)| active.device == Some(**ordinal)).count()
        };
        self.devices.iter().min_by_key(count).copied()
    }
}
