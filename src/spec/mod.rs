//! Experiment files: their keys, defaults, ranges and documentation.
//!
//! The serde types of this module define all four. The JSON Schema is generated from them, and the
//! loader validates every layer of an experiment against that schema. [`mod@reference`] writes it for people.
//!
//! [`load()`] runs in stages: `chain` (follows `extends`), `overrides` (environment variables and
//! `--set`), `check` (validates each layer against its `form`, which is compiled from the schema),
//! `stack` (merges the layers with figment), `sweep` (expands the points) and `rules` (constraints
//! between keys). Values keep their source location throughout (`node`, `source`), so that
//! `diagnostics` can point at them.
//!
//! `build.rs` includes this module, so it may depend only on [`crate::arch`], [`crate::words`] and
//! external crates.

mod chain;
mod check;
mod code_range;
mod data;
mod describe;
mod device;
mod diagnostics;
pub mod dotted;
mod dropped;
mod experiment;
mod familiar;
mod final_metric;
mod form;
mod known;
mod load;
mod measured;
mod model;
mod node;
mod overrides;
mod per_layer;
mod point;
pub mod reference;
mod reload;
mod resolved;
mod rules;
pub mod schema;
mod source;
mod stack;
mod strength;
mod suggest;
mod sweep;
mod swept;
mod task;
mod train;
mod unusual;
pub mod value;

#[cfg(test)]
mod tests;

pub use chain::neighbour;
pub use data::{Data, DatasetName, Fit};
pub use device::{Device, DeviceKind};
pub use diagnostics::{Diagnostic, Diagnostics, Location, STYLES};
pub use experiment::{Codes, Evaluate, Experiment, Figures, Log, Meta, NAME, Probe, SEED};
pub use final_metric::FinalMetric;
pub use known::keys_called;
pub use load::{Loaded, load};
pub use measured::{Measured, OTHER_IMAGES, Over, ROOT, SPLIT, is_of_noise};
pub use model::{ConvModel, Initializer, MlpModel, Model};
pub use overrides::{Overrides, argument_value};
pub use per_layer::PerLayer;
pub use point::{BASELINE, Point, name_within, sets_no_key, without_repeat};
pub use reload::{paths, reload};
pub use strength::{LevelKind, Strength};
pub use suggest::nearest;
pub use swept::{Prune, SweepSettings};
pub use task::{Noise, Resample, Task};
pub use train::{
    Checkpoint, Clip, Difference, EarlyStopping, Loss, LossTerms, Metric, Mode, Optimizer,
    Schedule, Train,
};
