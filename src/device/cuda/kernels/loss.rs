//! Pointwise losses, fused with their gradients.

use super::{
    kernel::{launch, layout},
    launch::{Kernels, SUMS, THREADS, blocks, count},
    memory::{Buffer, View},
};
use crate::{
    spec::{self, LossTerms},
    train::loss::{BCE_LEAST, BCE_MOST},
};
use dfdx::tensor::CudaError;

/// A weighted sum of pointwise losses.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    weights: Weights,
    /// Values per image.
    len: usize,
}

/// `Weights` in cu/loss.cuh.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct Weights {
    squared: f32,
    absolute: f32,
    cross_entropy: f32,
    least: f32,
    most: f32,
}
layout!(Weights is Weights, 20, squared: 0, absolute: 4, cross_entropy: 8, least: 12, most: 16);

impl Loss {
    /// Creates the loss configured by an experiment, for images of `len` values.
    pub fn new(spec: &spec::Loss, len: usize) -> Self {
        let weight = |term| spec.weights.get(&term).map_or(0.0, |weight| *weight as f32);
        let weights = Weights {
            squared: weight(LossTerms::Mse),
            absolute: weight(LossTerms::Mae),
            cross_entropy: weight(LossTerms::Bce),
            least: BCE_LEAST,
            most: BCE_MOST,
        };
        Self { weights, len }
    }

    /// Returns the gradient of a batch's mean loss with respect to the prediction, and writes the sum of its
    /// losses to `sum`.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn gradient(
        &self,
        kernels: &Kernels,
        prediction: &Buffer,
        target: &Buffer,
        batch: usize,
        sum: View<'_>,
    ) -> Result<Buffer, CudaError> {
        assert_eq!(prediction.len(), batch * self.len);
        assert_eq!(target.len(), prediction.len());
        assert_eq!(sum.len(), 1);
        let gradient = kernels.buffer(prediction.len())?;
        let sums = kernels.buffer(SUMS)?;
        // Several values per thread.
        let grid = (blocks(prediction.len() / 4).0.min(SUMS as u32), 1);
        let (p, t) = (prediction.all().pointer(), target.all().pointer());
        let (len, weights) = (count(prediction.len()), self.weights);
        let scale = (1.0 / self.len as f64 / batch as f64) as f32;
        let (slopes, parts) = (gradient.all().pointer(), sums.all().pointer());
        launch!(kernels, Loss, grid, (THREADS, 1), p, t, len, weights, scale, slopes, parts)?;
        let (factor, out) = ((1.0 / self.len as f64) as f32, sum.pointer());
        let blocks = grid.0;
        launch!(kernels, Total, (1, 1), (THREADS, 1), parts, blocks, factor, out)?;
        Ok(gradient)
    }
}
