//! Rows that differ only in the seed of their run.

use super::row::Row;
use crate::{
    statistics::{Summary, summarize},
    words::{listed, shortlist},
};
use std::{collections::HashSet, ptr};

/// At most this many experiments that are the same are named.
const LISTED: usize = 2;

/// Rows of runs of one experiment with different seeds, measured on the same images with the same noise; or a
/// single row.
pub struct Repeats<'r> {
    /// All rows; never empty.
    rows: Vec<&'r Row<'r>>,
    /// The first row of each seed, so that a network that was trained more than once counts once.
    once: Vec<&'r Row<'r>>,
}

impl<'r> Repeats<'r> {
    /// Groups rows, each at the place of its first row. Without other seeds, rows stay alone.
    pub fn of(rows: &'r [Row<'_>]) -> Vec<Self> {
        let repeats = rows.iter().filter_map(|row| {
            let all: Vec<&Row<'_>> = rows.iter().filter(|other| is_repeat(row, other)).collect();
            let mut seeds = HashSet::new();
            let once = all.iter().copied().filter(|row| seeds.insert(row.run.seed())).collect();
            match seeds.len() {
                1 => Some(Self { rows: vec![row], once: vec![row] }),
                _ => ptr::eq(all[0], row).then_some(Self { rows: all, once }),
            }
        });
        repeats.collect()
    }

    /// Returns the first row.
    pub fn first(&self) -> &'r Row<'r> {
        self.rows[0]
    }

    /// Returns the number of seeds.
    pub const fn seeds(&self) -> usize {
        self.once.len()
    }

    /// Returns the name of a single run, or the one that the runs share. An experiment may have several.
    pub fn name(&self) -> String {
        if let [row] = &self.rows[..] {
            return row.run.name.clone();
        }
        let mut names: Vec<String> = Vec::new();
        for name in self.rows.iter().map(|row| row.run.shared_name()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        listed(&shortlist(names.into_iter(), LISTED))
    }

    /// Returns mean and deviation of a value over the seeds; `None` if there is none.
    pub fn stat(&self, value: impl Fn(&Row<'_>) -> Option<f64>) -> Option<Summary> {
        let values: Vec<f64> = self.once.iter().filter_map(|row| value(row)).collect();
        let odd = values.iter().copied().find(|value| !value.is_finite());
        // Statistics leave out what is not finite, as if those seeds had not been measured.
        let told = |mean| Summary { count: values.len(), mean, deviation: None };
        odd.map(told).or_else(|| summarize(values.iter().copied()))
    }
}

/// Whether two rows, or one and the same, differ at most in the seed of their run.
fn is_repeat(a: &Row<'_>, b: &Row<'_>) -> bool {
    let measured = |row: &Row<'_>| (row.noise, row.run.part, row.run.found.weights);
    measured(a) == measured(b) && a.digest == b.digest && a.run.is_repeat_of(b.run)
}
