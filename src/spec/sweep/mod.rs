//! `[sweep]`: many runs from one file.

mod digits;
mod draw;
mod expand;
mod given;
mod names;
mod points;
mod random;
mod read;
mod settings;
mod slips;
mod spread;

pub(crate) use draw::Draw;
pub(crate) use expand::expand;
pub use settings::{Prune, SweepSettings};
pub(crate) use spread::Spread;

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
        // Beyond 2^53 a float would be that of several integers.
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
    fn integers_are_equal_to_no_others_however_large() {
        let text = |value| canonical(&Node { value, place: None });
        let (whole, float) =
            (|value| text(Value::Integer(value)), |value| text(Value::Float(value)));
        let exact = 1_i64 << 53;
        assert_ne!(whole(exact), whole(exact + 1));
        assert_ne!(whole(i64::MAX - 1), whole(i64::MAX));
        assert_eq!(whole(exact), float(exact as f64));
        assert_eq!([whole(1), whole(0), whole(-2)], [float(1.0), float(-0.0), float(-2.0)]);
        assert_ne!(whole(i64::MAX), float(2_f64.powi(63)), "a float that is no such integer");
        assert_eq!([float(0.25), float(1e30)], ["0.25", "1e30"]);
    }
}
