//! A declarative experiment runner for autoencoders.
//!
//! The pipeline, from a file to a folder:
//!
//! 1. [`spec`]: an experiment file, its layers merged and validated, as serde types;
//! 2. [`plan`]: one run of it, with the network's [`arch`]itecture;
//! 3. [`data`]: the images;
//! 4. [`nn`]: the network, dfdx modules over the kernels of [`ops`];
//! 5. [`train`]: the loop, which tells an observer what happens, over an engine on the CPU, whose
//!    threads work as a [`team`], or on a [`device`];
//! 6. [`record`]: the run's folder, where the observer keeps it;
//! 7. [`figures`]: what the trained network does, as images; [`probe`]: what its codes tell of classes;
//! 8. [`run`]: one run from its plan to its folder, with all of the above;
//! 9. [`sweep`]: what many runs of one file come to;
//! 10. [`report`]: what many runs say together, read from their folders alone;
//! 11. [`export`]: a trained network as other programs take it.
//!
//! [`run`] shows how a program of your own trains an experiment. [`cli`] is the command: arguments, what is
//! printed, signals, exit statuses, and which run of a sweep is trained when.

pub mod arch;
pub mod cli;
pub mod data;
pub mod device;
pub mod digest;
#[cfg(test)]
mod directions;
pub mod export;
pub mod figures;
pub mod machine;
pub mod nn;
pub mod ops;
pub mod plan;
pub mod probe;
pub mod record;
pub mod report;
pub mod reuse;
pub mod rng;
pub mod run;
pub mod spec;
pub mod statistics;
pub mod summary;
pub mod sweep;
pub mod team;
pub mod train;
