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
