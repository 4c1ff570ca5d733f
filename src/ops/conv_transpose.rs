//! The transposed convolution: the adjoint of the convolution with the same [`ConvShape`].
//!
//! Kernel (h, w, out, in) with `out = large_channels`, `in = small_channels`, which is the same array
//! as the convolution's kernel; bias (out).

use super::activation::Before;
use super::gradients::Bias;
use super::packing::{Kernel, Packed};
use super::passes::Pass;
use super::{Family, activation, gradients};
use crate::arch::{Activation, ConvShape};

/// Packs `kernel` for [`forward`].
pub fn pack_forward(family: Family, shape: &ConvShape, kernel: &[f32], packed: &mut Packed) {
    Pass::up(family, shape).pack(kernel, packed);
}

/// Packs `kernel` for [`input_gradient`].
pub fn pack_backward(family: Family, shape: &ConvShape, kernel: &[f32], packed: &mut Packed) {
    Pass::down(family, shape).pack(kernel, packed);
}

/// Writes `activation(conv_transpose(x, kernel) + bias)` to `y`: (batch, small) becomes
/// (batch, large).
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn forward(
    family: Family,
    shape: &ConvShape,
    batch: usize,
    x: &[f32],
    kernel: Kernel<'_>,
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    check(shape, batch, x.len(), kernel.values.len(), y.len());
    assert_eq!(bias.len(), shape.large_channels, "conv_transpose: bias of {shape:?}");
    let (finish, rest) = activation::split(activation);
    Pass::up(family, shape).run(x, kernel, Some(bias), finish, y);
    activation::forward(family, rest, y);
}

/// Writes the gradient with respect to `x`, or to what was `before` it, to `gx`, from `gz`, the one with
/// respect to the pre-activation.
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn input_gradient(
    family: Family,
    shape: &ConvShape,
    batch: usize,
    gz: &[f32],
    kernel: Kernel<'_>,
    before: Before<'_>,
    gx: &mut [f32],
) {
    check(shape, batch, gx.len(), kernel.values.len(), gz.len());
    Pass::down(family, shape).run_back(gz, kernel, before, gx);
}

/// Adds the gradient with respect to the kernel to `gkernel`, that with respect to the bias, which is
/// the sum of `gz` over all pixels, to `gbias`.
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn kernel_gradient(
    family: Family,
    shape: &ConvShape,
    batch: usize,
    x: &[f32],
    gz: &[f32],
    gkernel: &mut [f32],
    gbias: &mut [f32],
) {
    check(shape, batch, x.len(), gkernel.len(), gz.len());
    assert_eq!(gbias.len(), shape.large_channels, "conv_transpose: bias of {shape:?}");
    gradients::kernel_gradient(family, shape, gz, x, None, gkernel, Bias::Large(gbias));
}

/// [`input_gradient`] and [`kernel_gradient`], which share a copy of `gz` behind a border; the same bits.
///
/// # Panics
///
/// When a slice is not as long as its shape.
pub fn gradients(
    family: Family,
    shape: &ConvShape,
    batch: usize,
    (x, gz): (&[f32], &[f32]),
    (kernel, before, gx): (Kernel<'_>, Before<'_>, &mut [f32]),
    gkernel: &mut [f32],
    gbias: &mut [f32],
) {
    check(shape, batch, x.len(), gkernel.len(), gz.len());
    check(shape, batch, gx.len(), kernel.values.len(), gz.len());
    assert_eq!(gbias.len(), shape.large_channels, "conv_transpose: bias of {shape:?}");
    let outputs = Some((kernel, before, gx));
    gradients::kernel_gradient(family, shape, gz, x, outputs, gkernel, Bias::Large(gbias));
}

fn check(shape: &ConvShape, batch: usize, small: usize, kernel: usize, large: usize) {
    assert_eq!(small, batch * shape.small().len(), "conv_transpose: {batch} inputs of {shape:?}");
    assert_eq!(kernel, shape.kernel_len(), "conv_transpose: kernel of {shape:?}");
    assert_eq!(large, batch * shape.large().len(), "conv_transpose: {batch} outputs of {shape:?}");
}
