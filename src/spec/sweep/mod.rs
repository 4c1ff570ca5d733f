//! `[sweep]`: many runs from one file.

mod expand;
mod given;
mod mistakes;
mod names;
mod points;
mod random;
mod read;
mod twins;

pub(crate) use expand::expand;

use super::{
    node::{Key, Node, Value},
    swept::SweepSettings,
};

/// A parsed `[sweep]` table.
#[derive(Debug)]
pub(crate) struct Sweep {
    keys: Vec<Swept>,
    blocks: Vec<Block>,
    /// Default for blocks without their own.
    repeats: Option<usize>,
    /// Warnings about values that are valid but probably unintended.
    warnings: Vec<String>,
    pub settings: SweepSettings,
}

impl Sweep {
    /// Returns the parts of a swept path, with the location of its key.
    pub fn parts(&self, path: &str) -> &[Key] {
        let swept = self.keys.iter().find(|swept| swept.path == path);
        swept.map(|swept| swept.keys.as_slice()).unwrap_or_default()
    }
}

/// A key that varies.
#[derive(Debug)]
struct Swept {
    /// `task.noise.sigma`.
    path: String,
    /// The parts of the path.
    keys: Vec<Key>,
    /// The shortest suffix of the path that is unique among the swept keys.
    label: String,
}

/// A swept key's value.
#[derive(Debug, Clone)]
struct Setting {
    /// Index into [`Sweep::keys`].
    key: usize,
    node: Node,
    /// The value in the name of a folder.
    label: String,
}

impl Setting {
    fn same_value(&self, other: &Self) -> bool {
        canonical(&self.node) == canonical(&other.node)
    }
}

/// Values of different keys that are set together.
type Row = Vec<Setting>;

/// A grid of combinations, with single ones added or left out.
#[derive(Debug, Default)]
struct Block {
    /// The axes of the grid, each a list of rows; every combination of one row per axis is a point.
    axes: Vec<Vec<Row>>,
    /// Whether there is a grid; a block may consist of `include` only.
    grid: bool,
    include: Vec<Row>,
    exclude: Vec<Row>,
    repeats: Option<usize>,
}

/// Returns a text that is equal for equal values; 1 and 1.0 are equal.
fn canonical(node: &Node) -> String {
    match node.value {
        // Not via a float: beyond 2^53, several integers share one.
        Value::Integer(value) => value.to_string(),
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 2_f64.powi(63) => {
            (value as i64).to_string()
        }
        Value::Float(value) => format!("{value:?}"),
        _ => node.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_integers_are_not_equal_to_their_neighbours() {
        let text = |value| canonical(&Node { value, place: None });
        let (whole, float) =
            (|value| text(Value::Integer(value)), |value| text(Value::Float(value)));
        let exact = 1_i64 << 53;
        assert_ne!(whole(exact), whole(exact + 1));
        assert_ne!(whole(i64::MAX - 1), whole(i64::MAX));
        assert_eq!(whole(exact), float(exact as f64));
        assert_eq!([whole(1), whole(0), whole(-2)], [float(1.0), float(-0.0), float(-2.0)]);
        assert_ne!(whole(i64::MAX), float(2_f64.powi(63)), "a float beyond all integers");
        assert_eq!([float(0.25), float(1e30)], ["0.25", "1e30"]);
    }
}
