//! The arithmetic of every layer on the CPU: pure functions on `f32` slices, channels-last.
//!
//! A [`Convolution`] leads from the large side of a [`ConvShape`](crate::arch::ConvShape) to its small
//! side, a transposed one back; each is the other's input gradient, so `passes` implements two passes for
//! both, and `gradients` one gradient of the kernel; `axis` says which inputs and weights an output meets,
//! and where fewer products do. [`dense`] and [`activation`] complete the set. The loops at the bottom are
//! in `simd`, written once over a small vector trait and compiled for every instruction set in [`Family`].
//!
//! Functions run on the calling thread and keep their scratch memory in it. What comes out for a
//! image is the same, bit for bit, alone or in a batch; between two families the last bits differ.
//!
//! Slices of a wrong length are a mistake of the caller and panic.

pub mod activation;
mod axis;
mod border;
mod conv;
pub mod dense;
mod family;
mod gradients;
mod packing;
mod passes;
mod scratch;
mod simd;

#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod tests;

pub use conv::Convolution;
pub use family::{Error, Family};
pub use gradients::bias_gradient;
pub use packing::{Kernel, Packed};
