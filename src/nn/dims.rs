//! Arithmetic on dimensions: at compile time for `Const`, at run time for `usize`.
//!
//! Stable Rust cannot express `Const<{ N.div_ceil(S) }>`, so the results are associated types, and
//! `build.rs` generates one implementation for each pair of numbers used by the networks under
//! `experiments/` and in the documentation.

use crate::arch::Window;
use dfdx::shapes::{Const, Dim};

/// A dimension under a "same" convolution of stride `S`: `Out = ceil(self / S)`.
#[diagnostic::on_unimplemented(
    message = "no network under `experiments/` strides {Self} by {S}",
    note = "use `usize` dimensions, or add an experiment with this shape: build.rs generates the impl"
)]
pub trait Strided<S: Dim>: Dim {
    /// The strided dimension.
    type Out: Dim;

    /// Returns the value of [`Strided::Out`].
    fn strided(self, stride: S) -> Self::Out;
}

impl Strided<usize> for usize {
    type Out = usize;

    fn strided(self, stride: usize) -> usize {
        Window::same(self, 1, stride).output
    }
}

impl<const N: usize> Strided<Const<1>> for Const<N> {
    type Out = Self;

    fn strided(self, _: Const<1>) -> Self {
        self
    }
}

/// Height, width and channels as one dimension: `Out = height * width * channels`.
#[diagnostic::on_unimplemented(
    message = "no network under `experiments/` flattens {Self}",
    note = "use `usize` dimensions, or add an experiment with this shape: build.rs generates the impl"
)]
pub trait Flat {
    /// The product.
    type Out: Dim;

    /// Returns the value of [`Flat::Out`].
    fn flat(self) -> Self::Out;
}

impl Flat for (usize, usize, usize) {
    type Out = usize;

    fn flat(self) -> usize {
        self.0 * self.1 * self.2
    }
}

include!(concat!(env!("OUT_DIR"), "/dims.rs"));
