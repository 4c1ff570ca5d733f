//! What convolutions and dense layers share: kernel, bias, activation, and their place on the tape.

use super::{
    block::Builder,
    operation::Operation,
    pool,
    weight::{Parameter, Weight},
};
use crate::{
    arch::Activation,
    ops::{
        Family,
        activation::{self, Saved},
    },
};
use dfdx::{
    shapes::{Dim, Shape},
    tensor::{Cpu, CpuError, Gradients, PutTape, SplitTape, Tape, Tensor, TensorFromVec},
};

/// Kernel, bias and activation of a layer.
///
/// The three are one operation on the tape: dfdx copies what passes between operations, and a
/// picture's values are cheaper to bias, rectify and mask while they are still in registers.
#[derive(Debug, Clone)]
pub(super) struct Affine<K: Shape, O: Dim> {
    pub kernel: Weight<K>,
    pub bias: Weight<(O,)>,
    pub activation: Activation,
    family: Family,
    reads_data: bool,
}

impl<K: Shape, O: Dim> Affine<K, O> {
    /// All weights 0. Takes note of whether the builder's next layer, this one, reads data.
    pub fn zeros(
        builder: &mut Builder<'_>,
        activation: Activation,
        kernel: K,
        bias: O,
    ) -> Result<Self, CpuError> {
        Ok(Self {
            kernel: Weight::zeros(kernel)?,
            bias: Weight::zeros((bias,))?,
            activation,
            family: builder.family,
            reads_data: std::mem::take(&mut builder.reads_data),
        })
    }

    pub fn visit(&self, f: &mut dyn FnMut(&dyn Parameter)) {
        f(&self.kernel);
        f(&self.bias);
    }

    pub fn visit_mut(&mut self, f: &mut dyn FnMut(&mut dyn Parameter)) {
        f(&mut self.kernel);
        f(&mut self.bias);
    }

    /// Computes `activation(op(x))` in shape `out` and records its gradient.
    pub fn apply<X: Shape, Y: Shape, T: Tape<f32, Cpu>>(
        &self,
        op: Operation,
        batch: usize,
        x: Tensor<X, f32, Cpu, T>,
        out: Y,
    ) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let Self { activation, family, reads_data, .. } = *self;
        let values = pool::values(&x);
        let mut result = pool::take(out.num_elements());
        let fused = activation::saved(activation) == Saved::Output;
        let weights = [self.kernel.values().as_slice(), self.bias.values().as_slice()];
        let inner = if fused { activation } else { Activation::Linear };
        op.forward(family, batch, &values, weights, inner, &mut result);
        // What the activation's gradient follows from: its output, or its input where the output
        // does not tell.
        let keep = T::OWNS_TAPE && activation != Activation::Linear;
        let saved = keep.then(|| pool::copy(&result));
        if !fused {
            activation::forward(family, activation, &mut result);
        }
        let y = x.device().try_tensor_from_vec(result, out)?;
        let output = y.clone();
        if !T::OWNS_TAPE {
            pool::give(values);
            return Ok(output.put_tape(tape));
        }
        let (kernel, bias) = (self.kernel.clone(), self.bias.clone());
        tape.add_backward_op(move |gradients| {
            let mut gz = std::mem::take(&mut **gradients.get_or_alloc_mut(&y)?);
            if let Some(saved) = saved {
                activation::backward(family, activation, &saved, &mut gz);
                pool::give(saved);
            }
            // One map lends one gradient at a time.
            let mut gk = std::mem::take(kernel.gradient(gradients)?);
            let gb = bias.gradient(gradients)?;
            op.weight_gradient(family, batch, &values, &gz, [&mut gk, gb]);
            *kernel.gradient(gradients)? = gk;
            if !reads_data {
                let mut gx = pool::take(values.len());
                op.input_gradient(family, batch, &gz, kernel.values(), &mut gx);
                add_gradient(gradients, &x, gx)?;
            }
            pool::give(values);
            pool::give(gz);
            Ok(())
        });
        Ok(output.put_tape(tape))
    }
}

/// Gives the values of `x` another shape; nothing moves, in either direction.
pub(super) fn reshape<X: Shape, Y: Shape, T: Tape<f32, Cpu>>(
    x: Tensor<X, f32, Cpu, T>,
    shape: Y,
) -> Result<Tensor<Y, f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let y = x.device().try_tensor_from_vec(pool::values(&x), shape)?;
    let output = y.clone();
    tape.add_backward_op(move |gradients| {
        let gy = std::mem::take(&mut **gradients.get_or_alloc_mut(&y)?);
        add_gradient(gradients, &x, gy)
    });
    Ok(output.put_tape(tape))
}

/// Adds `values` to the gradient of `x`.
fn add_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    x: &Tensor<S, f32, Cpu>,
    mut values: Vec<f32>,
) -> Result<(), CpuError> {
    let sum = &mut **gradients.get_or_alloc_mut(x)?;
    // Mostly `x` goes into one operation only, and its gradient was made just now.
    if sum.iter().all(|value| *value == 0.0) {
        std::mem::swap(sum, &mut values);
    } else {
        sum.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
    }
    pool::give(values);
    Ok(())
}
