//! The optimizers of [`crate::train::optimizer`], one launch for all parameters.

use super::{
    kernel::{has, launch, layout},
    launch::{Kernels, SUMS, THREADS, blocks, count},
    layers::Layers,
    memory::{Buffer, View},
};
use crate::{
    arch::Parameter,
    spec::{self, Clip},
    train::optimizer::{Adam, Rmsprop, Update, decay, slot_names, weight_decay},
};
use dfdx::tensor::CudaError;

/// An optimizer whose slots have the same layout as the parameters.
#[derive(Debug)]
pub struct Optimizer {
    spec: spec::Optimizer,
    clip: Clip,
    /// 1 for parameters that weight decay applies to, 0 for others; none without weight decay.
    decays: Option<Buffer>,
    /// The values of each slot.
    pub slots: Vec<Buffer>,
    /// Steps done.
    pub steps: u64,
}

/// `Update` in cu/optimizer.cuh.
#[repr(C)]
#[derive(Debug)]
struct Formula {
    rule: i32,
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    norm: f32,
    value: f32,
    kept: f32,
}
layout!(Formula is Update, 36, rule: 0, a: 4, b: 8, c: 12, d: 16, e: 20, norm: 24, value: 28, kept: 32);

const _: () = assert!(
    has("{ ADAM, SGD, MOMENTUM, NESTEROV, RMSPROP, RMSPROP_MOMENTUM };"),
    "the numbers that `rule` returns"
);

/// Returns the number of a `Rule` in cu/optimizer.cuh, and its factors `a` to `e`.
fn rule(update: Update) -> (i32, [f32; 5]) {
    let rmsprop =
        |Rmsprop { rate, rho, rest, momentum, epsilon }| [rate, rho, rest, momentum, epsilon];
    match update {
        Update::Adam(Adam { first, second, alpha, epsilon }) => {
            (0, [first, second, alpha, epsilon, 0.0])
        }
        Update::Sgd { rate } => (1, [rate, 0.0, 0.0, 0.0, 0.0]),
        Update::SgdMomentum { rate, momentum, nesterov } => {
            (if nesterov { 3 } else { 2 }, [rate, momentum, 0.0, 0.0, 0.0])
        }
        Update::Rmsprop(numbers) => (4, rmsprop(numbers)),
        Update::RmspropMomentum(numbers) => (5, rmsprop(numbers)),
    }
}

impl Optimizer {
    /// An optimizer at its first step for the `parameters` of `layers`; biases are exempt from weight decay.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn new(
        kernels: &Kernels,
        spec: &spec::Optimizer,
        clip: &Clip,
        layers: &Layers,
        parameters: &[Parameter],
    ) -> Result<Self, CudaError> {
        let len = layers.parameters.len();
        let slots = slot_names(spec).iter().map(|_| kernels.zeros(len));
        let decays = if weight_decay(spec).is_some() {
            let mut decays = vec![0.0; len];
            for (parameter, range) in parameters.iter().zip(&layers.ranges) {
                if !parameter.is_bias() {
                    decays[range.clone()].fill(1.0);
                }
            }
            Some(kernels.upload(&decays)?)
        } else {
            None
        };
        Ok(Self {
            spec: spec.clone(),
            clip: clip.clone(),
            decays,
            slots: slots.collect::<Result<_, CudaError>>()?,
            steps: 0,
        })
    }

    /// Updates the parameters by their gradients, clipped as configured.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn step(&mut self, kernels: &Kernels, rate: f64, layers: &Layers) -> Result<(), CudaError> {
        self.steps += 1;
        let (rule, [a, b, c, d, e]) = rule(Update::new(&self.spec, rate, self.steps));
        let bound = |most: Option<f64>| most.map_or(f32::INFINITY, |most| most as f32);
        let formula = Formula {
            rule,
            a,
            b,
            c,
            d,
            e,
            norm: bound(self.clip.norm),
            value: bound(self.clip.value),
            kept: (1.0 - f64::from(decay(&self.spec, rate))) as f32,
        };
        let (parameters, gradients) = (layers.parameters.all(), layers.gradients.all());
        let norm = match self.clip.norm {
            Some(_) => Some(gradient_norm(kernels, gradients)?),
            None => None,
        };
        let pointer = |buffer: Option<&Buffer>| buffer.map_or(View::NONE, Buffer::all).pointer();
        let slot = |index: usize| pointer(self.slots.get(index));
        let (first, second) = (slot(0), slot(1));
        let (norm, decays) = (pointer(norm.as_ref()), pointer(self.decays.as_ref()));
        let grid = blocks(parameters.len());
        let len = count(parameters.len());
        assert!(self.slots.iter().chain(&self.decays).all(|own| own.len() == parameters.len()));
        let (parameters, gradients) = (parameters.pointer(), gradients.pointer());
        launch!(
            kernels,
            Update,
            grid,
            (THREADS, 1),
            formula,
            len,
            parameters,
            gradients,
            first,
            second,
            norm,
            decays,
        )
    }
}

/// Computes the Euclidean norm of all values.
fn gradient_norm(kernels: &Kernels, values: View<'_>) -> Result<Buffer, CudaError> {
    // Sums are doubles.
    let (sums, norm) = (kernels.buffer(2 * SUMS)?, kernels.buffer(1)?);
    let grid = (blocks(values.len()).0.min(SUMS as u32), 1);
    let (from, to, len) = (values.pointer(), sums.all().pointer(), count(values.len()));
    launch!(kernels, Squares, grid, (THREADS, 1), from, len, to)?;
    let (parts, out) = (grid.0, norm.all().pointer());
    launch!(kernels, Norm, (1, 1), (THREADS, 1), to, parts, out)?;
    Ok(norm)
}
