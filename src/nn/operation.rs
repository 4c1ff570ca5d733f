//! The operations that are linear in their input and in their kernel, with a bias.

use crate::{
    arch::{Activation, ConvShape},
    ops::{Family, Kernel, Packed, activation::Before, bias_gradient, conv, conv_transpose, dense},
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

/// One of them, with its sizes. All slices hold `batch` pictures or vectors one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Conv(ConvShape),
    ConvTranspose(ConvShape),
    Dense { inputs: usize, outputs: usize },
}

impl Operation {
    /// Brings `kernel` into the order in which a pass reads it.
    pub fn pack(self, family: Family, direction: Direction, kernel: &[f32], packed: &mut Packed) {
        use Direction::{Backward, Forward};
        match (self, direction) {
            (Self::Conv(s), Forward) => conv::pack_forward(family, &s, kernel, packed),
            (Self::Conv(s), Backward) => conv::pack_backward(family, &s, kernel, packed),
            (Self::ConvTranspose(s), Forward) => {
                conv_transpose::pack_forward(family, &s, kernel, packed);
            }
            (Self::ConvTranspose(s), Backward) => {
                conv_transpose::pack_backward(family, &s, kernel, packed);
            }
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
            Self::Conv(shape) => conv::forward(family, &shape, batch, x, kernel, bias, f, y),
            Self::ConvTranspose(shape) => {
                conv_transpose::forward(family, &shape, batch, x, kernel, bias, f, y);
            }
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
        match (self, input) {
            (Self::ConvTranspose(shape), Some(input)) => {
                conv_transpose::gradients(family, &shape, batch, (x, gz), input, gkernel, gbias);
            }
            (Self::ConvTranspose(shape), None) => {
                conv_transpose::kernel_gradient(family, &shape, batch, x, gz, gkernel, gbias);
            }
            (Self::Conv(shape), input) => {
                if let Some((kernel, before, gx)) = input {
                    conv::input_gradient(family, &shape, batch, gz, kernel, before, gx);
                }
                conv::kernel_gradient(family, &shape, batch, x, gz, gkernel, gbias);
            }
            (Self::Dense { inputs, outputs }, input) => {
                if let Some((kernel, before, gx)) = input {
                    dense::input_gradient(family, inputs, outputs, batch, gz, kernel, before, gx);
                }
                bias_gradient(family, gz, gbias);
            }
        }
    }
}
