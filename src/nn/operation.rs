//! The operations that are linear in their input and in their kernel, with a bias.

use crate::{
    arch::Activation,
    ops::{Convolution, Family, Kernel, Packed, activation::Before, bias_gradient, dense},
};

/// Which pass a kernel is packed for.
#[derive(Debug, Clone, Copy)]
pub enum Direction {
    /// From a layer's input to its output.
    Forward,
    /// To the gradient of the input.
    Backward,
}

impl Direction {
    /// The two, in order.
    pub const BOTH: [Self; 2] = [Self::Forward, Self::Backward];
}

/// One of them, with its sizes. All slices hold `batch` images or vectors one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Conv(Convolution),
    Dense { inputs: usize, outputs: usize },
}

impl Operation {
    /// Brings `kernel` into the order in which a pass reads it.
    pub fn pack(self, family: Family, direction: Direction, kernel: &[f32], packed: &mut Packed) {
        use Direction::{Backward, Forward};
        match (self, direction) {
            (Self::Conv(conv), Forward) => conv.pack_forward(family, kernel, packed),
            (Self::Conv(conv), Backward) => conv.pack_backward(family, kernel, packed),
            (Self::Dense { inputs, outputs }, Forward) => {
                dense::pack_forward(family, inputs, outputs, kernel, packed);
            }
            (Self::Dense { inputs, outputs }, Backward) => {
                dense::pack_backward(family, inputs, outputs, kernel, packed);
            }
        }
    }

    /// `y = activation(op(x, kernel) + bias)`.
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
            Self::Dense { inputs, outputs } => {
                dense::forward(family, inputs, outputs, batch, x, kernel, bias, f, y);
            }
        }
    }

    /// Adds the gradients of kernel and bias to `gkernel` and `gbias`; that of a dense kernel is left to
    /// [`batchwide`](super::batchwide). With `input`, the packed kernel, what the input came out of and where
    /// it goes, the gradient of that is written as well.
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
            Self::Dense { inputs, outputs } => {
                if let Some((kernel, before, gx)) = input {
                    dense::input_gradient(family, inputs, outputs, batch, gz, kernel, before, gx);
                }
                bias_gradient(family, gz, gbias);
            }
        }
    }
}
