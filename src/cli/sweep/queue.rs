//! Runs that can start, and which of them is first.

use crate::{cli::load::File, plan::Plan};
use std::collections::BTreeSet;

/// Runs that can start: the first seed of every combination, then the second ones, each in the order of the
/// plan. So a night that is cut short has something of every combination.
///
/// A sweep that prunes starts them in the order of the plan, which decides what is pruned.
pub struct Queue {
    /// Of each run of the plan: those of a smaller one are first.
    rounds: Vec<usize>,
    /// Each behind its round.
    runs: BTreeSet<(usize, usize)>,
}

impl Queue {
    /// An empty queue for the runs of a sweep.
    pub fn new(file: &File) -> Self {
        let prunes = file.settings.prune.is_some();
        let round = |plan: &Plan| if prunes { 0 } else { plan.point.repeat.unwrap_or(1) };
        Self { rounds: file.plans.iter().map(round).collect(), runs: BTreeSet::new() }
    }

    fn place(&self, index: usize) -> (usize, usize) {
        (self.rounds[index], index)
    }

    /// Puts a run where it belongs.
    pub fn insert(&mut self, index: usize) {
        self.runs.insert(self.place(index));
    }

    /// Whether a run is to start.
    pub fn contains(&self, index: usize) -> bool {
        self.runs.contains(&self.place(index))
    }

    /// The run to start next.
    pub fn first(&self) -> Option<usize> {
        self.runs.first().map(|(_, index)| *index)
    }

    /// Takes the run to start next out.
    pub fn pop_first(&mut self) -> Option<usize> {
        self.runs.pop_first().map(|(_, index)| index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether nothing is to start.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}
