//! A run of an experiment file.

use super::{Experiment, Location};

/// One run of an experiment file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Name that is unique within the sweep and valid in a folder's name: `sigma=0.25,r1`. Empty without a
    /// sweep.
    pub name: String,
    /// The swept keys with this point's values, in the file's order.
    pub overrides: Vec<(String, toml::Value)>,
    /// Index of its combination of values in the sweep; repeats share it.
    pub group: usize,
    /// Number of the repeat, counted from 1, if the sweep repeats its points.
    pub repeat: Option<usize>,
    /// The experiment with every value resolved.
    pub experiment: Experiment,
    /// Where `model.init` is set, if a text sets it.
    pub init: Option<Location>,
}

impl Experiment {
    /// Returns the name of a run of it: what distinguishes the run in its sweep, or its own if that is empty.
    pub fn name_or<'n>(&'n self, in_sweep: &'n str) -> &'n str {
        if in_sweep.is_empty() { &self.meta.name } else { in_sweep }
    }
}

/// What people call the experiment of a sweep whose combination sets none of the keys that others set.
pub const BASELINE: &str = "baseline";

/// Whether a run of a sweep that varies keys is of the combination that sets none of them, by its name: the number of
/// the repeat alone or, without repeats, the name of the sweep.
pub fn sets_no_key(name: &str, sweep: &str) -> bool {
    name == sweep || without_repeat(name).is_empty()
}

/// Returns the name of a run of an experiment that people call `experiment`, from the run's own: with the number of
/// its repeat, if it has one.
pub fn name_within(experiment: &str, name: &str) -> String {
    let shared = without_repeat(name);
    // A name without a key may be the number alone.
    let repeat = name.strip_prefix(shared).unwrap_or_default().trim_start_matches(',');
    let comma = if repeat.is_empty() { "" } else { "," };
    format!("{experiment}{comma}{repeat}")
}

/// Returns what the names of a run and of its repeats have in common; empty if a sweep has only repeats.
pub fn without_repeat(name: &str) -> &str {
    let (rest, last) = name.rsplit_once(',').unwrap_or(("", name));
    let number = last.strip_prefix('r').unwrap_or_default();
    let is_repeat = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    if is_repeat { rest } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_a_repeat_is_left_out_of_a_name() {
        let names = ["sigma=0.25,r1", "r12", "resample=once", "size=2,rho=0.9", "ae,r", "ae"];
        let expected = ["sigma=0.25", "", "resample=once", "size=2,rho=0.9", "ae,r", "ae"];
        assert_eq!(names.map(without_repeat), expected);
        let plain = names.map(|name| sets_no_key(name, "ae"));
        assert_eq!(plain, [false, true, false, false, false, true]);
        let called =
            ["r12", "abl", "name=elu,activation=elu,r2"].map(|name| name_within("x", name));
        assert_eq!(called, ["x,r12", "x", "x,r2"]);
    }
}
