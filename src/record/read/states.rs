//! The words for the states of runs, in the order of listings.

use super::{Readback, Status};

impl Readback {
    /// The state of a run that cannot be read back, shown where other runs have their [`Status`].
    pub const BROKEN: &str = "broken";

    /// The state of a planned run that has no folder yet.
    pub const NOT_BEGUN: &str = "not begun";

    /// Returns every word for the state of a run that has a folder.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        Status::ALL.into_iter().map(Status::name).chain([Self::BROKEN])
    }

    /// Counts the runs with each state, given one word for each run. Those not begun come last.
    pub fn counts(states: impl IntoIterator<Item = &'static str>) -> Vec<(&'static str, usize)> {
        let states: Vec<&str> = states.into_iter().collect();
        let count = |word: &'static str| (word, states.iter().filter(|own| **own == word).count());
        let all = Self::words().chain([Self::NOT_BEGUN]).map(count);
        all.filter(|(_, count)| *count > 0).collect()
    }
}
