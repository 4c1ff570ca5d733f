//! Networks: dfdx modules with shapes in their types, and an object-safe interface to them.
//!
//! A layer is a dfdx [`Module`](dfdx::nn::Module) from one tensor type to another; layers in a tuple
//! chain if their types match. With [`Const`](dfdx::shapes::Const) dimensions rustc checks that a network
//! fits together; `build.rs` generates such a type for every architecture under `experiments/`. With
//! `usize` dimensions the same layers take any sizes at run time ([`AnyAutoencoder`]), with bit-identical
//! results.
//!
//! The network of `experiments/ae_mnist.toml`, written by hand:
//!
//! ```
//! use dfdx::shapes::Const as N;
//! use runner::nn::{Autoencoder, Conv, ConvTranspose, Dense, Flatten, Reshape};
//!
//! type Encoder = (
//!     Conv<N<1>, N<32>, N<3>, N<2>>,  // 28x28x1 -> 14x14x32
//!     Conv<N<32>, N<64>, N<3>, N<2>>, // 14x14x32 -> 7x7x64
//!     Flatten,
//!     Dense<N<3136>, N<16>>,
//! );
//! type Decoder = (
//!     Dense<N<16>, N<3136>>,
//!     Reshape<N<7>, N<7>, N<64>>,
//!     ConvTranspose<N<14>, N<14>, N<64>, N<64>, N<3>, N<2>>, // 7x7x64 -> 14x14x64
//!     ConvTranspose<N<28>, N<28>, N<64>, N<32>, N<3>, N<2>>, // 14x14x64 -> 28x28x32
//!     ConvTranspose<N<28>, N<28>, N<32>, N<1>, N<3>, N<1>>,  // 28x28x32 -> 28x28x1
//! );
//! type Network = Autoencoder<N<28>, N<28>, N<1>, N<1>, N<16>, Encoder, Decoder>;
//!
//! # use runner::arch::{Activation, Activations, Architecture, ConvBlock, Size};
//! # let block = |filters| ConvBlock { filters, kernel: 3, stride: 2 };
//! # let functions = Activations {
//! #     hidden: Activation::Relu,
//! #     latent: Activation::Linear,
//! #     output: Activation::Sigmoid,
//! # };
//! # let arch = Architecture::conv(Size::new(28, 28, 1), 1, &[block(32), block(64)], 16, functions);
//! let network = Network::build(&arch, runner::ops::Family::detect())?;
//! # Ok::<(), runner::nn::BuildError>(())
//! ```
//!
//! A decoder that does not match its encoder is a type error: here the code has 16 values, and the
//! decoder takes 2.
//!
//! ```compile_fail,E0277
//! # use dfdx::shapes::Const as N;
//! # use runner::nn::{Autoencoder, Dense, Flatten, Reshape};
//! # use runner::{arch::Architecture, ops::Family};
//! type Encoder = (Flatten, Dense<N<3136>, N<16>>);
//! type Decoder = (Dense<N<2>, N<3136>>, Reshape<N<7>, N<7>, N<64>>);
//! type Network = Autoencoder<N<7>, N<7>, N<64>, N<64>, N<16>, Encoder, Decoder>;
//! fn build(arch: &Architecture) {
//!     let _ = Network::build(arch, Family::detect());
//! }
//! ```
//!
//! So is a layer that does not match the one before it: 7x7x64 values are not 3137.
//!
//! ```compile_fail,E0277
//! # use dfdx::shapes::Const as N;
//! # use runner::nn::{Autoencoder, Dense, Flatten, Reshape};
//! # use runner::{arch::Architecture, ops::Family};
//! type Encoder = (Flatten, Dense<N<3137>, N<16>>);
//! type Decoder = (Dense<N<16>, N<3136>>, Reshape<N<7>, N<7>, N<64>>);
//! type Network = Autoencoder<N<7>, N<7>, N<64>, N<64>, N<16>, Encoder, Decoder>;
//! fn build(arch: &Architecture) {
//!     let _ = Network::build(arch, Family::detect());
//! }
//! ```

mod affine;
mod autoencoder;
mod batchwide;
mod block;
mod conv;
mod dense;
mod dims;
mod held;
mod network;
mod operation;
pub(crate) mod pool;
mod registry;
mod sequence;
mod settle;
mod tape;
mod weight;

pub use autoencoder::{Autoencoder, Decoder, Encoder};
pub use block::{Block, BuildError, Builder};
pub use conv::{Conv, ConvTranspose};
pub use dense::{Dense, Flatten, Reshape};
pub use dims::{Flat, Strided};
pub use network::{Accumulator, LossFn, Network, NetworkError, check_weights};
pub use operation::Direction;
pub use registry::{build, build_at_run_time, is_compiled};
pub use sequence::{AnyAutoencoder, Sequence};
pub use settle::settle;
pub use tape::PassTape;
pub use weight::{Parameter, Weight};
