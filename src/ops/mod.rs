//! The arithmetic of every layer on the CPU: pure functions on `f32` slices, channels-last.
//!
//! A [`Convolution`] maps the large side of a [`ConvShape`](crate::arch::ConvShape) to its small side, a
//! transposed one maps back. Each is the other's input gradient, so `passes` implements two passes for
//! both and `gradients` one kernel gradient. `axis` determines which inputs and weights make up an output,
//! and where products can be saved. [`Dense`] and [`activation`] complete the set. The innermost loops are
//! in `simd`, written once over a small vector trait and compiled for every instruction set in [`Family`].
//!
//! Functions run on the calling thread and keep their scratch memory in thread-local buffers. The result
//! for an image is bit-identical alone and in a batch; between families the last bits differ.
//!
//! Slices of a wrong length are a bug in the caller and panic.

pub mod activation;
mod axis;
mod border;
mod buffer;
mod conv;
mod dense;
mod family;
mod gradients;
mod packing;
mod passes;
mod pixels;
mod scratch;
mod simd;

#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
pub(crate) mod tests;

pub use conv::Convolution;
pub use dense::Dense;
pub use family::{Error, Family};
pub use gradients::bias_gradient;
pub use packing::{Kernel, Packed};
