//! A declarative experiment runner for autoencoders.

pub mod arch;
pub mod data;
pub mod ops;
pub mod rng;
pub mod spec;
