//! Training: what is minimised, how weights follow from gradients, and when to stop.
//!
//! Everything here is deterministic: sums run in a fixed order, and no result depends on how many
//! threads or which vector instructions computed it.

pub mod best;
pub mod early_stopping;
pub mod init;
pub mod loss;
pub mod metric;
pub mod optimizer;
pub mod partition;
pub mod schedule;
mod wide;
