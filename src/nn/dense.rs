//! Dense layers, and the two reshapes between images and vectors.

use super::{
    affine::{Affine, reshape},
    block::{Block, BuildError, Builder},
    dims::Flat,
    operation::Operation,
    weight::{Parameter, Weight},
};
use crate::{
    arch::{Op, Shape},
    ops,
};
use dfdx::{
    nn::Module,
    shapes::{Dim, HasShape},
    tensor::{Cpu, CpuError, Tape, Tensor},
};

/// A matrix product, followed by bias and activation. Maps (batch, I) to (batch, O). Kernel (I, O).
///
/// dfdx's `Linear` only has compile-time sizes, and its weights are (O, I).
#[derive(Debug, Clone)]
pub struct Dense<I: Dim, O: Dim> {
    affine: Affine<(I, O), O>,
}

impl<I: Dim, O: Dim> Block for Dense<I, O> {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let layer = builder.next_layer()?;
        let (Op::Dense, Some(input), Some(output)) =
            (layer.op, I::from_size(layer.input.len()), O::from_size(layer.output.len()))
        else {
            return Err(BuildError::mismatch(layer));
        };
        let kernel = Weight::zeros((input, output))?.batchwide();
        let affine = Affine::zeros(builder, layer.activation, kernel, output)?;
        Ok(Self { affine })
    }

    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        self.affine.visit(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        self.affine.visit_mut(f);
    }
}

impl<I: Dim, O: Dim, T: Tape<f32, Cpu>> Module<Tensor<(usize, I), f32, Cpu, T>> for Dense<I, O> {
    type Output = Tensor<(usize, O), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(&self, x: Tensor<(usize, I), f32, Cpu, T>) -> Result<Self::Output, CpuError> {
        let (batch, _) = *x.shape();
        let (input, output) = *self.affine.kernel.tensor().shape();
        let dense = ops::Dense { inputs: input.size(), outputs: output.size() };
        self.affine.apply(Operation::Dense(dense), batch, x, (batch, output))
    }
}

/// Flattens images into vectors. Maps (batch, H, W, C) to (batch, H * W * C).
#[derive(Debug, Clone, Copy)]
pub struct Flatten;

impl Block for Flatten {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let layer = builder.next_layer()?;
        if layer.op == Op::Flatten { Ok(Self) } else { Err(BuildError::mismatch(layer)) }
    }

    fn visit<'a>(&'a self, _: &mut dyn FnMut(&'a dyn Parameter)) {}

    fn visit_mut<'a>(&'a mut self, _: &mut dyn FnMut(&'a mut dyn Parameter)) {}
}

impl<H: Dim, W: Dim, C: Dim, T: Tape<f32, Cpu>> Module<Tensor<(usize, H, W, C), f32, Cpu, T>>
    for Flatten
where
    (H, W, C): Flat,
{
    type Output = Tensor<(usize, <(H, W, C) as Flat>::Out), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, H, W, C), f32, Cpu, T>,
    ) -> Result<Self::Output, CpuError> {
        let (batch, height, width, channels) = *x.shape();
        reshape(x, (batch, (height, width, channels).flat()))
    }
}

/// Reshapes vectors into images. Maps (batch, H * W * C) to (batch, H, W, C).
#[derive(Debug, Clone, Copy)]
pub struct Reshape<H: Dim, W: Dim, C: Dim> {
    size: (H, W, C),
}

impl<H: Dim, W: Dim, C: Dim> Block for Reshape<H, W, C> {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let layer = builder.next_layer()?;
        let (Op::Reshape, Shape::Image(size)) = (layer.op, layer.output) else {
            return Err(BuildError::mismatch(layer));
        };
        match (H::from_size(size.height), W::from_size(size.width), C::from_size(size.channels)) {
            (Some(height), Some(width), Some(channels)) => {
                Ok(Self { size: (height, width, channels) })
            }
            _ => Err(BuildError::mismatch(layer)),
        }
    }

    fn visit<'a>(&'a self, _: &mut dyn FnMut(&'a dyn Parameter)) {}

    fn visit_mut<'a>(&'a mut self, _: &mut dyn FnMut(&'a mut dyn Parameter)) {}
}

impl<H: Dim, W: Dim, C: Dim, T: Tape<f32, Cpu>>
    Module<Tensor<(usize, <(H, W, C) as Flat>::Out), f32, Cpu, T>> for Reshape<H, W, C>
where
    (H, W, C): Flat,
{
    type Output = Tensor<(usize, H, W, C), f32, Cpu, T>;
    type Error = CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, <(H, W, C) as Flat>::Out), f32, Cpu, T>,
    ) -> Result<Self::Output, CpuError> {
        let (batch, _) = *x.shape();
        let (height, width, channels) = self.size;
        reshape(x, (batch, height, width, channels))
    }
}
