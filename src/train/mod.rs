//! Training: losses, optimizers, schedules, early stopping and the training loop.
//!
//! Everything here is deterministic: sums run in a fixed order, and no result depends on the number of
//! threads. Training does no file or terminal I/O; it reports to an [`Observer`].

pub mod best;
pub mod early_stopping;
mod engine;
mod epoch_metrics;
mod evaluate;
mod host;
pub mod init;
pub mod loss;
pub mod metric;
mod observer;
pub mod optimizer;
mod order;
pub mod partition;
mod run;
mod samples;
pub mod schedule;
mod session;
mod shard;
pub mod state;
#[cfg(test)]
mod tests;
mod wide;

pub use engine::Engine;
pub use epoch_metrics::EpochMetrics;
pub use evaluate::{Evaluation, Inference, Pass, Passes, untouched};
pub use host::HostEngine;
pub use observer::{
    Divergence, NamedTensor, Observer, Outcome, Progress, Snapshot, is_optimizer_tensor,
    optimizer_name,
};
pub use samples::Samples;
pub use session::{Session, TrainError};
pub use state::TrainState;
