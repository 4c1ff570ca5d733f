//! What an experiment file says: keys, defaults, documentation and ranges.
//!
//! The serde types of this module are the one source of all four; the JSON Schema is generated
//! from them, and the loader checks every layer of a file against that schema.
//!
//! [`load()`] goes through `chain` (the files that `extends` leads to), `overrides` (variables and
//! `--set`), `check` (each layer against its `form`, which is the schema read back), `stack` (layers
//! merged by figment), `sweep` (points) and `rules` (what several keys have to agree on). Values keep
//! their place in the text all the way (`node`, `source`), so that `diagnostics` can point at them.
//!
//! `build.rs` includes this module, so it depends on [`crate::arch`] and external crates only.

mod chain;
mod check;
mod code_range;
mod data;
mod describe;
mod device;
mod diagnostics;
pub mod dotted;
mod experiment;
mod final_metric;
mod form;
mod load;
mod measured;
mod model;
mod node;
mod overrides;
mod per_layer;
mod reload;
mod resolved;
mod rules;
pub mod schema;
mod source;
mod stack;
mod strength;
mod suggest;
mod sweep;
mod task;
mod train;
mod unusual;
pub mod words;

#[cfg(test)]
mod tests;

pub use chain::neighbour;
pub use data::{Data, DatasetName, Fit};
pub use device::{Device, DeviceKind};
pub use diagnostics::{Diagnostic, Diagnostics, Location};
pub use experiment::{Codes, Evaluate, Experiment, Figures, Log, Meta, Probe};
pub use final_metric::FinalMetric;
pub use load::{Loaded, Point, load};
pub use measured::{AMOUNT, Measured, OTHER_PICTURES, Over, ROOT, SIGMA, SPLIT, is_of_noise};
pub use model::{ConvModel, Initializer, MlpModel, Model};
pub use overrides::{Overrides, argument_value};
pub use per_layer::PerLayer;
pub use reload::{paths, reload};
pub use strength::Strength;
pub use suggest::nearest;
pub use sweep::{Prune, SweepSettings};
pub use task::{Noise, Resample, Task};
pub use train::{
    Checkpoint, Clip, EarlyStopping, Loss, LossTerms, Metric, Mode, Optimizer, Schedule, Train,
};
