//! The parts of `[sweep]` that are serde types: its settings, and the rules for the values of a key.

mod digits;
pub(super) mod draw;
mod settings;
pub(super) mod spread;

pub(crate) use draw::Draw;
pub use settings::{Prune, SweepSettings};
pub(crate) use spread::Spread;

/// Maximum number of runs, and of values of one key; more are surely a mistake.
pub(crate) const MOST_POINTS: usize = 100_000;
