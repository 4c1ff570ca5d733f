//! The linear operations: convolution and dense product, with a bias.

use crate::{
    arch::Activation,
    ops::{Convolution, Dense, Family, Kernel, Packed, activation::Before, bias_gradient},
};

/// Which pass a kernel is packed for.
#[derive(Debug, Clone, Copy)]
pub enum Direction {
    /// From a layer's input to its output.
    Forward,
    /// From the output gradient to the input gradient.
    Backward,
}

impl Direction {
    /// Both directions, in order.
    pub const BOTH: [Self; 2] = [Self::Forward, Self::Backward];
}

/// A linear operation and its sizes. All slices hold `batch` consecutive images or vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Conv(Convolution),
    Dense(Dense),
}

impl Operation {
    /// Packs `kernel` for a pass.
    pub fn pack(self, family: Family, direction: Direction, kernel: &[f32], packed: &mut Packed) {
        use Direction::{Backward, Forward};
        match (self, direction) {
            (Self::Conv(conv), Forward) => conv.pack_forward(family, kernel, packed),
            (Self::Conv(conv), Backward) => conv.pack_backward(family, kernel, packed),
            (Self::Dense(dense), Forward) => dense.pack_forward(family, kernel, packed),
            (Self::Dense(dense), Backward) => dense.pack_backward(family, kernel, packed),
        }
    }

    /// Computes `y = activation(op(x, kernel) + bias)`.
    pub fn forward(
        self,
        family: Family,
        batch: usize,
        x: &[f32],
        kernel: Kernel<'_>,
        bias: &[f32],
        f: Activation,
        y: &mut [f32],
    ) {
        match self {
            Self::Conv(conv) => conv.forward(family, batch, x, kernel, bias, f, y),
            Self::Dense(dense) => dense.forward(family, batch, x, kernel, bias, f, y),
        }
    }

    /// Adds the gradients of kernel and bias to `gkernel` and `gbias`; a dense kernel's gradient is left to
    /// [`batchwide`](super::batchwide). With `input` (the packed kernel, the preceding activation and the
    /// destination), also writes the input gradient.
    pub fn gradients(
        self,
        family: Family,
        batch: usize,
        (x, gz): (&[f32], &[f32]),
        input: Option<(Kernel<'_>, Before<'_>, &mut [f32])>,
        gkernel: &mut [f32],
        gbias: &mut [f32],
    ) {
        match self {
            Self::Conv(conv) => conv.gradients(family, batch, (x, gz), input, gkernel, gbias),
            Self::Dense(dense) => {
                if let Some((kernel, before, gx)) = input {
                    dense.input_gradient(family, batch, gz, kernel, before, gx);
                }
                bias_gradient(family, gz, gbias);
            }
        }
    }
}
