//! Convolution and transposed convolution.

use super::{
    affine::Affine,
    block::{Block, BuildError, Builder},
    dims::Strided,
    operation::Operation,
    weight::{Parameter, Weight},
};
use crate::{
    arch::{ConvShape, Op, Size},
    ops::Convolution,
};
use dfdx::{
    nn::Module,
    shapes::{Dim, HasShape},
    tensor::{Cpu, CpuError, Tape, Tensor},
};

/// A "same" convolution from `I` to `O` channels with a `K` x `K` kernel and stride `S`, followed by bias
/// and activation.
///
/// Maps (batch, H, W, I) to (batch, ceil(H / S), ceil(W / S), O). Kernel (K, K, I, O).
#[derive(Debug, Clone)]
pub struct Conv<I: Dim, O: Dim, K: Dim, S: Dim> {
    affine: Affine<(K, K, I, O), O>,
    stride: S,
}

impl<I: Dim, O: Dim, K: Dim, S: Dim> Block for Conv<I, O, K, S> {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let layer = builder.next_layer()?;
        let dims = |conv: ConvShape| {
            let kernel = K::from_size(conv.rows.kernel)?;
            let output = O::from_size(conv.small_channels)?;
            let shape = (kernel, kernel, I::from_size(conv.large_channels)?, output);
            Some((shape, output, S::from_size(conv.rows.stride)?))
        };
        let Op::Conv(conv) = layer.op else { return Err(BuildError::mismatch(layer)) };
        let (kernel, bias, stride) = dims(conv).ok_or_else(|| BuildError::mismatch(layer))?;
        Ok(Self {
            affine: Affine::zeros(builder, layer.activation, Weight::zeros(kernel)?, bias)?,
            stride,
        })
    }

    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        self.affine.visit(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        self.affine.visit_mut(f);
    }
}

impl<H, W, I, O, K, S, T> Module<Tensor<(usize, H, W, I), f32, Cpu, T>> for Conv<I, O, K, S>
where
    H: Strided<S>,
    W: Strided<S>,
    I: Dim,
    O: Dim,
    K: Dim,
    S: Dim,
    T: Tape<f32, Cpu>,
{
    type Output = Tensor<(usize, H::Out, W::Out, O), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, H, W, I), f32, Cpu, T>,
    ) -> Result<Self::Output, CpuError> {
        let (batch, height, width, channels) = *x.shape();
        let (size, _, _, filters) = *self.affine.kernel.tensor().shape();
        let large = Size::new(height.size(), width.size(), channels.size());
        let shape = ConvShape::same(large, filters.size(), size.size(), self.stride.size());
        let out = (batch, height.strided(self.stride), width.strided(self.stride), filters);
        let conv = Convolution { shape, transposed: false };
        self.affine.apply(Operation::Conv(conv), batch, x, out)
    }
}

/// The adjoint of the convolution that maps (H, W) to (ceil(H / S), ceil(W / S)), followed by bias and
/// activation.
///
/// Maps (batch, ceil(H / S), ceil(W / S), I) to (batch, H, W, O). Kernel (K, K, O, I). The output
/// size is part of the type, because several sizes are strided down to the same one.
#[derive(Debug, Clone)]
pub struct ConvTranspose<H: Dim, W: Dim, I: Dim, O: Dim, K: Dim, S: Dim> {
    affine: Affine<(K, K, O, I), O>,
    height: H,
    width: W,
    stride: S,
}

impl<H: Dim, W: Dim, I: Dim, O: Dim, K: Dim, S: Dim> Block for ConvTranspose<H, W, I, O, K, S> {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let layer = builder.next_layer()?;
        let dims = |conv: ConvShape| {
            let kernel = K::from_size(conv.rows.kernel)?;
            let output = O::from_size(conv.large_channels)?;
            let shape = (kernel, kernel, output, I::from_size(conv.small_channels)?);
            let size = (H::from_size(conv.rows.input)?, W::from_size(conv.cols.input)?);
            Some((shape, output, size, S::from_size(conv.rows.stride)?))
        };
        let Op::ConvTranspose(conv) = layer.op else { return Err(BuildError::mismatch(layer)) };
        let (kernel, bias, (height, width), stride) =
            dims(conv).ok_or_else(|| BuildError::mismatch(layer))?;
        let affine = Affine::zeros(builder, layer.activation, Weight::zeros(kernel)?, bias)?;
        Ok(Self { affine, height, width, stride })
    }

    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        self.affine.visit(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        self.affine.visit_mut(f);
    }
}

impl<H, W, I, O, K, S, T> Module<Tensor<(usize, H::Out, W::Out, I), f32, Cpu, T>>
    for ConvTranspose<H, W, I, O, K, S>
where
    H: Strided<S>,
    W: Strided<S>,
    I: Dim,
    O: Dim,
    K: Dim,
    S: Dim,
    T: Tape<f32, Cpu>,
{
    type Output = Tensor<(usize, H, W, O), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, H::Out, W::Out, I), f32, Cpu, T>,
    ) -> Result<Self::Output, CpuError> {
        let (batch, _, _, channels) = *x.shape();
        let (size, _, filters, _) = *self.affine.kernel.tensor().shape();
        let large = Size::new(self.height.size(), self.width.size(), filters.size());
        let shape = ConvShape::same(large, channels.size(), size.size(), self.stride.size());
        let out = (batch, self.height, self.width, filters);
        let conv = Convolution { shape, transposed: true };
        self.affine.apply(Operation::Conv(conv), batch, x, out)
    }
}
