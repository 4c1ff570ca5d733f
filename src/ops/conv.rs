//! The convolution with the "same" padding of its [`ConvShape`], and its adjoint, the transposed convolution.
//!
//! Both use the same kernel layout, (h, w, large, small): that is (h, w, in, out) for the convolution, which
//! maps the large side to the small one, and (h, w, out, in) for the transposed one, which maps back. The
//! bias is (out).

use super::activation::Before;
use super::gradients::Bias;
use super::packing::{Kernel, Packed};
use super::passes::Pass;
use super::{Family, activation, gradients};
use crate::arch::{Activation, ConvShape, Size};

/// A convolution or a transposed convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// The sizes of both sides and of the kernel.
    pub shape: ConvShape,
    /// Whether it maps the small side to the large one.
    pub transposed: bool,
}

impl Convolution {
    /// Packs `kernel` for [`Self::forward`].
    pub fn pack_forward(&self, family: Family, kernel: &[f32], packed: &mut Packed) {
        self.forward_pass(family).pack(kernel, packed);
    }

    /// Packs `kernel` for [`Self::input_gradient`] and [`Self::gradients`].
    pub fn pack_backward(&self, family: Family, kernel: &[f32], packed: &mut Packed) {
        self.backward_pass(family).pack(kernel, packed);
    }

    /// Writes `activation(convolution(x, kernel) + bias)` to `y`.
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape.
    pub fn forward(
        &self,
        family: Family,
        batch: usize,
        x: &[f32],
        kernel: Kernel<'_>,
        bias: &[f32],
        activation: Activation,
        y: &mut [f32],
    ) {
        self.check(batch, x.len(), kernel.values.len(), bias.len(), y.len());
        let (epilogue, rest) = activation::split(activation);
        self.forward_pass(family).run(x, kernel, Some(bias), epilogue, y);
        activation::forward(family, rest, y);
    }

    /// Computes dL/dx from `gz` = dL/d(pre-activation) and writes it to `gx`. If `x` is itself the output of
    /// an activation (`before`), writes dL/d(that activation's input) instead, which for a rectifier, leaky
    /// or not, saves a pass over memory.
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape.
    pub fn input_gradient(
        &self,
        family: Family,
        batch: usize,
        gz: &[f32],
        kernel: Kernel<'_>,
        before: Before<'_>,
        gx: &mut [f32],
    ) {
        let bias = self.output().channels;
        self.check(batch, gx.len(), kernel.values.len(), bias, gz.len());
        self.backward_pass(family).run_back(gz, kernel, before, gx);
    }

    /// Adds the gradient with respect to the kernel to `gkernel`, and the gradient with respect to the bias,
    /// which is the sum of `gz` over all pixels, to `gbias`. With `input`, also computes
    /// [`Self::input_gradient`], bit for bit: a transposed convolution reads one copy of `gz` for both.
    ///
    /// # Panics
    ///
    /// When the length of a slice does not match the shape.
    pub fn gradients(
        &self,
        family: Family,
        batch: usize,
        (x, gz): (&[f32], &[f32]),
        input: Option<(Kernel<'_>, Before<'_>, &mut [f32])>,
        gkernel: &mut [f32],
        gbias: &mut [f32],
    ) {
        self.check(batch, x.len(), gkernel.len(), gbias.len(), gz.len());
        if let Some((kernel, _, gx)) = &input {
            self.check(batch, gx.len(), kernel.values.len(), gbias.len(), gz.len());
        }
        if self.transposed {
            let bias = Bias::Large(gbias);
            return gradients::kernel_gradient(family, &self.shape, gz, x, input, gkernel, bias);
        }
        if let Some((kernel, before, gx)) = input {
            self.backward_pass(family).run_back(gz, kernel, before, gx);
        }
        let bias = Bias::Small(gbias);
        gradients::kernel_gradient(family, &self.shape, x, gz, None, gkernel, bias);
    }

    /// The pass from inputs to outputs.
    fn forward_pass(&self, family: Family) -> Pass<'_> {
        if self.transposed {
            Pass::up(family, &self.shape)
        } else {
            Pass::down(family, &self.shape)
        }
    }

    /// The pass from output gradients to input gradients.
    fn backward_pass(&self, family: Family) -> Pass<'_> {
        if self.transposed {
            Pass::down(family, &self.shape)
        } else {
            Pass::up(family, &self.shape)
        }
    }

    pub(super) const fn input(&self) -> Size {
        if self.transposed { self.shape.small() } else { self.shape.large() }
    }

    pub(super) const fn output(&self) -> Size {
        if self.transposed { self.shape.large() } else { self.shape.small() }
    }

    fn check(&self, batch: usize, inputs: usize, kernel: usize, bias: usize, outputs: usize) {
        assert_eq!(inputs, batch * self.input().len(), "{batch} inputs of {self:?}");
        assert_eq!(kernel, self.shape.kernel_len(), "kernel of {self:?}");
        assert_eq!(bias, self.output().channels, "bias of {self:?}");
        assert_eq!(outputs, batch * self.output().len(), "{batch} outputs of {self:?}");
    }
}
