//! Rows that differ only in the seed of their run.

use super::row::Row;
use crate::{
    statistics::{Summary, summarize},
    words::{listed, shortlist},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

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
        let mut same: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            same.entry(repeated(row)).or_default().push(place);
        }
        let mut repeats: BTreeMap<usize, Self> = BTreeMap::new();
        for places in same.into_values() {
            let all: Vec<&Row<'_>> = places.iter().map(|place| &rows[*place]).collect();
            let mut seeds = HashSet::new();
            let once = all.iter().copied().filter(|row| seeds.insert(row.run.seed())).collect();
            if seeds.len() > 1 {
                repeats.insert(places[0], Self { rows: all, once });
            } else {
                let alone = all.into_iter().map(|row| Self { rows: vec![row], once: vec![row] });
                repeats.extend(places.into_iter().zip(alone));
            }
        }
        repeats.into_values().collect()
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

/// Returns what rows have in common that differ at most in the seed of their run.
fn repeated<'r>(row: &'r Row<'_>) -> impl Eq + Hash + use<'r> {
    let noise = format!("{:?}", row.noise);
    (noise, row.part.name(), row.run.found.weights, &row.digest, &row.run.repeated)
}
