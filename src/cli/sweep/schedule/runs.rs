//! Where each run of a sweep in progress is: queued, trained here or elsewhere, or over.

use super::active::Active;
use crate::{
    cli::sweep::prepare::Sweep,
    record::RunSummary,
    run::State,
    sweep::protocol::{Event, Order},
};
use std::{
    collections::BTreeSet,
    mem,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How often to check whether runs of other processes have ended.
const LOOK: Duration = Duration::from_millis(500);

/// The runs of a sweep in progress, by index in the plan.
pub struct Runs<'a> {
    sweep: &'a Sweep<'a>,
    runs: Vec<ScheduledRun>,
    /// The runs that failed before they had a folder of their own; an existing folder belongs to an older run.
    pub without_folder: BTreeSet<usize>,
    last_look: Instant,
}

struct ScheduledRun {
    place: Place,
    /// Runs of lower rounds start first.
    round: usize,
    /// Name of its folder, as far as it is known.
    folder: String,
    /// Whether its next process trains it in a new folder.
    forces: bool,
    /// How many times it has been killed.
    kills: usize,
}

/// Where a run is; every run is at exactly one place.
pub enum Place {
    /// To be started.
    Queued,
    /// Trained by a child process.
    Here(Active),
    /// Trained by another process.
    Elsewhere,
    /// Over, successful or not.
    Over,
}

impl<'a> Runs<'a> {
    /// Creates the runs of a sweep, which are over until they are put into the queue. With `force`, each is
    /// trained in a new folder.
    ///
    /// The first seed of every combination starts first, then the second seeds and so on, each in the order
    /// of the plan. A sweep that is cut short thus covers every combination. A sweep that prunes starts runs
    /// in the order of the plan, which decides what is pruned.
    pub fn new(sweep: &'a Sweep<'a>, force: bool) -> Self {
        let prunes = sweep.prunes();
        let runs = sweep.file.plans.iter().zip(&sweep.runs).map(|(plan, run)| ScheduledRun {
            place: Place::Over,
            round: if prunes { 0 } else { plan.point.repeat.unwrap_or(1) },
            folder: run.folder.clone(),
            forces: force,
            kills: 0,
        });
        let (runs, without_folder) = (runs.collect(), BTreeSet::new());
        Self { sweep, runs, without_folder, last_look: Instant::now() }
    }

    /// Returns where a run is.
    pub fn place(&self, index: usize) -> &Place {
        &self.runs[index].place
    }

    /// Moves a run to a place.
    pub fn put(&mut self, index: usize, place: Place) {
        let run = &mut self.runs[index];
        if matches!(place, Place::Here(_)) {
            // From here on, it is resumed rather than trained once more.
            run.forces = false;
        }
        run.place = place;
    }

    /// Takes the child process of a run. The run is over unless it is put elsewhere.
    pub fn take(&mut self, index: usize) -> Option<Active> {
        let place = &mut self.runs[index].place;
        match mem::replace(place, Place::Over) {
            Place::Here(active) => Some(active),
            other => {
                *place = other;
                None
            }
        }
    }

    /// Returns the run to start next.
    pub fn next(&self) -> Option<usize> {
        self.queued().min_by_key(|&index| (self.runs[index].round, index))
    }

    /// Returns the runs to start.
    pub fn queued(&self) -> impl Iterator<Item = usize> {
        self.at(|place| matches!(place, Place::Queued))
    }

    /// Returns the runs that other processes train.
    pub fn elsewhere(&self) -> impl Iterator<Item = usize> {
        self.at(|place| matches!(place, Place::Elsewhere))
    }

    /// Whether a run waits for its start, or for another process.
    pub fn any_waits(&self) -> bool {
        self.queued().chain(self.elsewhere()).next().is_some()
    }

    fn at(&self, is_there: impl Fn(&Place) -> bool) -> impl Iterator<Item = usize> {
        let runs = self.runs.iter().enumerate();
        runs.filter(move |(_, run)| is_there(&run.place)).map(|(index, _)| index)
    }

    /// Returns the runs that child processes train.
    pub fn here(&self) -> impl Iterator<Item = (usize, &Active)> + Clone {
        self.runs.iter().enumerate().filter_map(|(index, run)| match &run.place {
            Place::Here(active) => Some((index, active)),
            _ => None,
        })
    }

    /// Returns the child processes.
    pub fn children(&mut self) -> impl Iterator<Item = &mut Active> {
        self.runs.iter_mut().filter_map(|run| match &mut run.place {
            Place::Here(active) => Some(active),
            _ => None,
        })
    }

    /// Notes what the child process of a run reports.
    pub fn hear(&mut self, index: usize, event: &Event) {
        let run = &mut self.runs[index];
        let Place::Here(active) = &mut run.place else { return };
        active.hear(event);
        if let Event::Started { folder, .. } | Event::Ended { folder, .. } = event
            && !folder.is_empty()
        {
            run.folder.clone_from(folder);
        }
    }

    /// Answers the child process of a run that waits for a verdict.
    pub fn answer(&mut self, index: usize, order: &Order) {
        if let Place::Here(active) = &mut self.runs[index].place {
            active.answer(order);
        }
    }

    /// Takes the runs that other processes trained, each with what has become of it, from time to time. They
    /// are over unless they are put elsewhere.
    pub fn take_elsewhere(&mut self) -> Vec<(usize, State)> {
        let elsewhere: Vec<usize> = self.elsewhere().collect();
        if elsewhere.is_empty() || self.last_look.elapsed() < LOOK {
            return Vec::new();
        }
        self.last_look = Instant::now();
        let state = |index: usize| {
            self.runs[index].place = Place::Over;
            let run = RunSummary::read(&self.path(index));
            (index, if run.is_held() { State::Elsewhere } else { self.state_of(index, &run) })
        };
        elsewhere.into_iter().map(state).collect()
    }

    /// Returns the state of a run as its folder shows it now.
    pub fn state(&self, index: usize) -> State {
        let path = self.path(index);
        let run = path.exists().then(|| RunSummary::read(&path));
        run.map_or(State::New, |run| self.state_of(index, &run))
    }

    fn state_of(&self, index: usize, run: &RunSummary) -> State {
        State::of(run, &self.sweep.file.plans[index], self.sweep.prunes())
    }

    /// Returns the name of a run's folder, as far as it is known.
    pub fn folder(&self, index: usize) -> &str {
        &self.runs[index].folder
    }

    /// Returns the path of a run's folder, as far as it is known.
    pub fn path(&self, index: usize) -> PathBuf {
        self.sweep.folder.join(self.folder(index))
    }

    /// Whether the next process of a run is to train it in a new folder.
    pub fn forces(&self, index: usize) -> bool {
        self.runs[index].forces
    }

    /// Lets the next process of a run train it in a new folder, as the last one was to.
    pub fn force_again(&mut self, index: usize) {
        self.runs[index].forces = true;
    }

    /// Counts that a run was killed. Returns how many times it has been.
    pub fn count_kill(&mut self, index: usize) -> usize {
        self.runs[index].kills += 1;
        self.runs[index].kills
    }
}
