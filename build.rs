//! Turns every architecture under `experiments/` into a network type with compile-time shapes.

fn main() {}
