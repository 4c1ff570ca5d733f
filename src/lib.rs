//! A declarative experiment runner for autoencoders.
//!
//! The modules, roughly in the order in which an experiment file becomes a run's folder:
//!
//! 1. [`spec`]: experiment files, merged and validated, as serde types;
//! 2. [`plan`]: one run of an experiment, with the network's [`arch`]itecture;
//! 3. [`data`]: the images;
//! 4. [`nn`]: the network, dfdx modules over the kernels of [`ops`];
//! 5. [`train`]: the training loop, which reports to an observer, over an engine on the CPU, whose threads
//!    work as a [`team`], or on a [`device`];
//! 6. [`record`]: the run's folder, into which the observer writes;
//! 7. [`figures`]: images of what the trained network does; [`embed`]: its codes in the plane; [`probe`]: how
//!    well they predict classes;
//! 8. [`run`]: one run from its plan to its folder, using all of the above;
//! 9. [`sweep`]: the results of many runs of one file; [`rank`] orders their settings, there and in reports;
//! 10. [`report`]: reports about many runs, read from their folders alone;
//! 11. [`export`]: trained networks in formats for other programs.
//!
//! Below all of these are small modules that any may use: [`rng`], [`digest`], [`disk`], [`reuse`], [`machine`],
//! [`statistics`], [`png`] and [`words`].
//!
//! To train an experiment from your own program, start with `examples/train.rs` and see [`run`]. [`cli`] is the
//! command-line program: arguments, output, signals, exit statuses, and the scheduling of sweeps. Modules that
//! serve it alone are private, so that the compiler tells when something in them is no longer used.

pub mod arch;
pub mod cli;
pub mod data;
pub mod device;
mod digest;
mod disk;
mod embed;
mod export;
pub mod figures;
mod machine;
#[cfg(test)]
mod module_order;
pub mod nn;
pub mod ops;
pub mod plan;
mod png;
mod probe;
mod rank;
pub mod record;
mod report;
mod reuse;
pub mod rng;
pub mod run;
pub mod spec;
mod statistics;
mod sweep;
mod team;
pub mod train;
mod words;
