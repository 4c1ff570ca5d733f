//! The queue of runs to start.

use crate::{cli::load::File, plan::Plan};
use std::collections::BTreeSet;

/// The runs to start: the first seed of every combination, then the second seeds and so on, each in the
/// order of the plan. A sweep that is cut short thus covers every combination.
///
/// A sweep that prunes starts runs in the order of the plan, which decides what is pruned.
pub struct Queue {
    /// The round of each run of the plan; lower rounds start first.
    rounds: Vec<usize>,
    /// Queued runs, each with its round.
    runs: BTreeSet<(usize, usize)>,
}

impl Queue {
    /// Creates an empty queue for the runs of a sweep.
    pub fn new(file: &File) -> Self {
        let prunes = file.settings.prune.is_some();
        let round = |plan: &Plan| if prunes { 0 } else { plan.point.repeat.unwrap_or(1) };
        Self { rounds: file.plans.iter().map(round).collect(), runs: BTreeSet::new() }
    }

    fn place(&self, index: usize) -> (usize, usize) {
        (self.rounds[index], index)
    }

    /// Adds a run.
    pub fn insert(&mut self, index: usize) {
        self.runs.insert(self.place(index));
    }

    /// Whether a run is queued.
    pub fn contains(&self, index: usize) -> bool {
        self.runs.contains(&self.place(index))
    }

    /// Returns the run to start next.
    pub fn first(&self) -> Option<usize> {
        self.runs.first().map(|(_, index)| *index)
    }

    /// Removes and returns the run to start next.
    pub fn pop_first(&mut self) -> Option<usize> {
        self.runs.pop_first().map(|(_, index)| index)
    }

    /// Returns the number of queued runs.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether no run is queued.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}
