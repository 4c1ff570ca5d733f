//! The part that convolutions and dense layers share: kernel, bias, activation, and recording on the tape.

use super::{
    batchwide::{self, Factors},
    block::Builder,
    held::{self, Origin, Passing},
    operation::{Direction, Operation},
    pool,
    weight::{Parameter, Weight},
};
use crate::{
    arch::Activation,
    ops::{
        Family,
        activation::{self, Before, Saved},
    },
};
use dfdx::{
    shapes::{Dim, HasShape, Shape},
    tensor::{Cpu, CpuError, Gradients, PutTape, SplitTape, Tape, Tensor},
};
use std::sync::Arc;

/// Kernel, bias and activation of a layer.
///
/// The three are one operation on the tape: dfdx copies the tensors between operations, and bias and
/// activation are cheaper while the values are still in registers.
#[derive(Debug, Clone)]
pub(super) struct Affine<K: Shape, O: Dim> {
    pub kernel: Weight<K>,
    pub bias: Weight<(O,)>,
    pub activation: Activation,
    family: Family,
    reads_data: bool,
}

impl<K: Shape, O: Dim> Affine<K, O> {
    /// Creates a layer with bias 0. Consumes the builder's `reads_data` flag, which applies to this layer.
    pub fn zeros(
        builder: &mut Builder<'_>,
        activation: Activation,
        kernel: Weight<K>,
        bias: O,
    ) -> Result<Self, CpuError> {
        Ok(Self {
            kernel,
            bias: Weight::zeros((bias,))?,
            activation,
            family: builder.family,
            reads_data: std::mem::take(&mut builder.reads_data),
        })
    }

    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        f(&self.kernel);
        f(&self.bias);
    }

    pub fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        f(&mut self.kernel);
        f(&mut self.bias);
    }

    /// Computes `activation(op(x))` in shape `out` and records its gradient.
    pub fn apply<X: Shape, Y: Passing, T: Tape<f32, Cpu>>(
        &self,
        op: Operation,
        batch: usize,
        x: Tensor<X, f32, Cpu, T>,
        out: Y,
    ) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let Self { activation, family, .. } = *self;
        let mut result = pool::take(out.num_elements());
        let fused = activation::saved(activation) == Saved::Output;
        let kernel = self.kernel.kernel(family, op, Direction::Forward);
        let inner = if fused { activation } else { Activation::Linear };
        op.forward(
            family,
            batch,
            &held::values(&x),
            kernel,
            self.bias.values(),
            inner,
            &mut result,
        );
        // The activation's gradient is computed from its output or, if that is not enough, from its input.
        let input = (T::OWNS_TAPE && !fused).then(|| pool::copy(&result));
        if !fused {
            activation::forward(family, activation, &mut result);
        }
        let values = pool::share(result);
        let origin = (T::OWNS_TAPE && activation != Activation::Linear).then(|| {
            let saved = input.map_or_else(|| Arc::clone(&values), pool::share);
            Origin { family, activation, saved }
        });
        let y = held::hold(values, out, origin)?;
        let output = y.clone();
        if !T::OWNS_TAPE {
            return Ok(output.put_tape(tape));
        }
        let layer = self.clone();
        tape.add_backward_op(move |gradients| layer.backward(op, batch, &x, &y, gradients));
        Ok(output.put_tape(tape))
    }

    /// Backpropagates the gradient with respect to `y`: adds to the gradients of kernel, bias and `x`.
    fn backward<X: Shape, Y: Passing>(
        &self,
        op: Operation,
        batch: usize,
        x: &Tensor<X, f32, Cpu>,
        y: &Tensor<Y, f32, Cpu>,
        gradients: &mut Gradients<f32, Cpu>,
    ) -> Result<(), CpuError> {
        let Self { kernel, bias, family, reads_data, .. } = self;
        let gz = held::take_gradient(gradients, y)?;
        let origin = held::origin(x);
        let before = origin.as_ref().map_or(Before::LINEAR, Origin::before);
        let mut gx = (!reads_data).then(|| pool::take(x.shape().num_elements()));
        let values = held::values(x);
        // Two entries of one map cannot be borrowed at once, so they are taken out temporarily.
        let mut gbias = std::mem::take(bias.gradient(gradients)?);
        let mut gkernel = std::mem::take(kernel.gradient(gradients)?);
        let packed = || kernel.kernel(*family, op, Direction::Backward);
        let input = gx.as_deref_mut().map(|gx| (packed(), before, gx));
        op.gradients(*family, batch, (&values, &gz), input, &mut gkernel, &mut gbias);
        *bias.gradient(gradients)? = gbias;
        *kernel.gradient(gradients)? = gkernel;
        if let Some(gx) = gx {
            held::add_before(gradients, x, gx)?;
        }
        if let Operation::Dense(dense) = op {
            let (layer, family) = (kernel.id(), *family);
            batchwide::defer(Factors { layer, family, dense, x: values, gz });
        } else {
            pool::give(gz);
        }
        Ok(())
    }
}

/// Gives the values of `x` another shape, without copying in either direction.
pub(super) fn reshape<X: Shape, Y: Passing, T: Tape<f32, Cpu>>(
    x: Tensor<X, f32, Cpu, T>,
    shape: Y,
) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let y = held::hold(held::values(&x), shape, held::origin(&x))?;
    let output = y.clone();
    tape.add_backward_op(move |gradients| {
        let gradient = held::take_gradient(gradients, &y)?;
        held::add_before(gradients, &x, gradient)
    });
    Ok(output.put_tape(tape))
}
