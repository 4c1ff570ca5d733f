//! `[sweep]`: many runs from one file.

mod expand;
mod given;
mod names;
mod points;
mod random;
mod read;
mod settings;
mod slips;
mod spread;

pub(crate) use expand::expand;
pub use settings::{Prune, SweepSettings};
pub(crate) use spread::{Draw, Spread};

use super::node::{Key, Node, Value};

/// More runs than this, or more values of one key, are surely a slip.
pub(crate) const MOST_POINTS: usize = 100_000;

/// What a `[sweep]` table says.
#[derive(Debug)]
pub(crate) struct Sweep {
    keys: Vec<Swept>,
    blocks: Vec<Block>,
    /// For the blocks that do not say.
    repeats: Option<usize>,
    /// What may be so and is hardly meant, of the values of its keys.
    warnings: Vec<String>,
    pub settings: SweepSettings,
}

/// A key that varies.
#[derive(Debug)]
struct Swept {
    /// `task.noise.sigma`.
    path: String,
    /// The same as keys, one by one.
    keys: Vec<Key>,
    /// As much of the end of the path as it takes to tell it from the other keys.
    label: String,
}

/// One value of one key.
#[derive(Debug, Clone)]
struct Setting {
    /// Position in [`Sweep::keys`].
    key: usize,
    node: Node,
    /// The value as a part of a folder's name.
    label: String,
}

impl Setting {
    fn same_value(&self, other: &Self) -> bool {
        canonical(&self.node) == canonical(&other.node)
    }
}

/// Values that go together.
type Row = Vec<Setting>;

/// Combinations that are made of one another.
#[derive(Debug, Default)]
struct Block {
    /// Each has a row for each of its values; every combination of rows is a point.
    axes: Vec<Vec<Row>>,
    /// Whether those combinations are wanted; a block may consist of single ones only.
    grid: bool,
    include: Vec<Row>,
    exclude: Vec<Row>,
    repeats: Option<usize>,
}

/// A value as text that is equal for equal values: 1 and 1.0 are.
fn canonical(node: &Node) -> String {
    match node.value {
        Value::Integer(value) => format!("{:?}", value as f64),
        Value::Float(value) => format!("{value:?}"),
        _ => node.to_string(),
    }
}
