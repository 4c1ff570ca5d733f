//! The object-safe interface to a network, without shapes in its types.

use super::{
    batchwide::{self, Factors, Lists},
    operation::Direction,
    weight::Parameter,
};
use crate::team::share;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use smallvec::SmallVec;
use thiserror::Error;

/// Why a network cannot compute. On the CPU, no experiment file can cause any of these but exhausted memory.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// dfdx could not allocate a tensor.
    #[error("out of memory")]
    OutOfMemory,
    /// A batch has the wrong length.
    #[error("a batch does not have the network's size")]
    WrongSize,
    /// The weights belong to another network.
    #[error("the number or lengths of the weights do not match the network's parameters")]
    OtherWeights,
    /// A device failed: its message, and what to do.
    #[error("{0}")]
    Device(String),
}

impl From<CpuError> for NetworkError {
    fn from(error: CpuError) -> Self {
        match error {
            CpuError::OutOfMemory => Self::OutOfMemory,
            CpuError::WrongNumElements => Self::WrongSize,
        }
    }
}

/// Checks that there is one weight tensor per parameter, each with the parameter's length.
///
/// # Errors
/// [`NetworkError::OtherWeights`].
pub fn check_weights(
    parameters: impl IntoIterator<Item = usize>,
    weights: &[&[f32]],
) -> Result<(), NetworkError> {
    let fit = parameters.into_iter().eq(weights.iter().map(|values| values.len()));
    if fit { Ok(()) } else { Err(NetworkError::OtherWeights) }
}

/// The gradients of all parameters, summed over the chunks that one thread processes in order.
pub struct Accumulator {
    pub(super) gradients: Gradients<f32, Cpu>,
    /// Factors of the kernel gradients that are deferred to the end of the batch.
    pub(super) deferred: Vec<Factors>,
    /// The factors of the last batch, whose buffers the thread of the next pass reuses.
    pub(super) done: Vec<Factors>,
    /// Memory of [`settle`](super::settle()), in the first accumulator of a batch.
    pub(super) lists: Lists,
}

impl Accumulator {
    /// Returns the sum for `parameter`, empty if it is in another accumulator. A caller that takes it must
    /// put zeros of the same length back before the accumulator's next chunk.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn of(&mut self, parameter: &dyn Parameter) -> Result<&mut Vec<f32>, NetworkError> {
        Ok(parameter.gradient(&mut self.gradients)?)
    }

    /// Takes over what the pass on this thread has deferred.
    pub(super) fn collect(&mut self) {
        batchwide::collect(&mut self.deferred, &mut self.done);
    }
}

/// A loss function: takes the network's output for a chunk, writes the gradient of the loss to a buffer of
/// the same length, and returns the loss.
pub type LossFn<'a> = dyn FnMut(&[f32], &mut [f32]) -> f64 + 'a;

/// An autoencoder. Batches are `batch` consecutive images or codes, channels-last.
///
/// Threads share a network by reference: each runs forward and backward passes on its own tape, over its
/// own images, into its own [`Accumulator`].
pub trait Network: Send + Sync {
    /// Calls `f` on every parameter, in checkpoint order.
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter));

    /// Calls `f` on every parameter, in checkpoint order.
    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter));

    /// Replaces the weights of each parameter, in checkpoint order.
    ///
    /// # Errors
    /// When the number or lengths of `weights` do not match the parameters. Nothing is replaced then.
    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        let mut own = Vec::new();
        self.visit(&mut |parameter| own.push(parameter.values().len()));
        check_weights(own, weights)?;
        let mut weights = weights.iter();
        self.visit_mut(&mut |parameter| {
            if let Some(values) = weights.next() {
                parameter.values_mut().copy_from_slice(values);
            }
        });
        Ok(())
    }

    /// Repacks the kernels after the weights have changed, on the current rayon pool.
    fn refresh(&self) {
        let mut parameters = SmallVec::<[_; 32]>::new();
        self.visit(&mut |parameter| {
            parameters.extend(Direction::BOTH.map(|direction| (parameter, direction)));
        });
        share(&mut parameters, |_, (parameter, direction)| parameter.refresh(*direction));
    }

    /// Creates accumulators for a batch's gradients, all 0.
    ///
    /// # Errors
    /// When memory is exhausted.
    fn accumulators(&self, count: usize) -> Result<Vec<Accumulator>, NetworkError> {
        let accumulator = |index| {
            let (mut gradients, mut ids) = (Gradients::leaky(), Vec::new());
            let mut result = Ok(());
            self.visit(&mut |parameter| match parameter.gradient(&mut gradients) {
                Ok(gradient) => {
                    if index > 0 && parameter.is_batchwide() {
                        *gradient = Vec::new();
                    }
                    ids.push(parameter.id());
                }
                Err(error) => result = Err(error),
            });
            result?;
            // Gradients that are not marked as leafs are dropped after each backward pass.
            gradients.retain_leafs(&ids);
            Ok(Accumulator {
                gradients,
                deferred: Vec::new(),
                done: Vec::new(),
                lists: Lists::default(),
            })
        };
        (0..count).map(accumulator).collect()
    }

    /// Runs forward and backward over one chunk, adds the gradients to `accumulator` and returns the loss.
    /// The kernel gradients of dense layers are only computed by [`settle`](super::settle()).
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long. The contents of `accumulator` are then
    /// meaningless.
    fn accumulate(
        &self,
        input: Vec<f32>,
        batch: usize,
        loss: &mut LossFn<'_>,
        accumulator: &mut Accumulator,
    ) -> Result<f64, NetworkError>;

    /// Encodes `batch` images.
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long.
    fn encode(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError>;

    /// Decodes `batch` codes.
    ///
    /// # Errors
    /// When memory is exhausted or `codes` is not `batch` codes long.
    fn decode(&self, codes: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError>;

    /// Encodes and decodes `batch` images.
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long.
    fn reconstruct(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        let codes = self.encode(input, batch)?;
        self.decode(codes, batch)
    }
}
