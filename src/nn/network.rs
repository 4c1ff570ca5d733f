//! A network as everything above this module sees it: object-safe, free of shapes in types.

use super::{
    batchwide::{Factors, Lists},
    operation::Direction,
    weight::Parameter,
};
use crate::team::share;
use dfdx::tensor::{Cpu, CpuError, Gradients};
use smallvec::SmallVec;
use thiserror::Error;

/// A failed computation: on the CPU nothing that an experiment file can cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// dfdx could not allocate a tensor.
    #[error("out of memory")]
    OutOfMemory,
    /// Somebody passed a batch of the wrong length.
    #[error("a batch does not have the network's size")]
    WrongSize,
    /// Somebody passed weights of another network.
    #[error("weights are not as many and as long as the network's")]
    OtherWeights,
    /// A device gave up: what it said, and what to do.
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

/// Refuses weights that are not one for each of the parameters, each as long as that.
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

/// The gradients of all parameters, summed over the chunks that one thread works through in order.
pub struct Accumulator {
    /// Taken out while a tape holds it.
    pub(super) gradients: Gradients<f32, Cpu>,
    /// Kernel gradients that wait for the end of the batch.
    pub(super) left: Vec<Factors>,
    /// Those of the last batch, whose buffers go to whoever works on the accumulator next.
    pub(super) done: Vec<Factors>,
    /// What [`settle`](super::settle) fills, in the first accumulator of a batch.
    pub(super) lists: Lists,
}

impl Accumulator {
    /// Where the sum for `parameter` stands, empty if that is in another accumulator; who takes it away puts
    /// one of zeros back before the accumulator's next chunk.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn of(&mut self, parameter: &dyn Parameter) -> Result<&mut Vec<f32>, NetworkError> {
        Ok(parameter.gradient(&mut self.gradients)?)
    }
}

/// Gets the network's output for a chunk and a buffer of the same length for the gradient of the
/// loss in it; returns the loss.
pub type LossFn<'a> = dyn FnMut(&[f32], &mut [f32]) -> f64 + 'a;

/// An autoencoder. Batches are `batch` images or codes one after another, channels-last.
///
/// Threads share a network by reference: each runs forward and backward on its own tape, over its
/// own images, into its own [`Accumulator`].
pub trait Network: Send + Sync {
    /// Calls `f` on every parameter, in checkpoint order.
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter));

    /// Calls `f` on every parameter, in checkpoint order.
    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter));

    /// Replaces the weights of each parameter, in checkpoint order, by as many.
    ///
    /// # Errors
    /// When `weights` are those of other parameters, by their number or their lengths; nothing is replaced then.
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

    /// Makes ready for the next passes what followed from the weights before they changed, on the
    /// current rayon pool.
    fn refresh(&self) {
        let mut parameters = SmallVec::<[_; 32]>::new();
        self.visit(&mut |parameter| {
            parameters.extend(Direction::BOTH.map(|direction| (parameter, direction)));
        });
        share(&mut parameters, |_, (parameter, direction)| parameter.refresh(*direction));
    }

    /// Places to sum a batch's gradients in, all 0.
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
            // What is not marked here is dropped after each backward pass.
            gradients.retain_leafs(&ids);
            Ok(Accumulator {
                gradients,
                left: Vec::new(),
                done: Vec::new(),
                lists: Lists::default(),
            })
        };
        (0..count).map(accumulator).collect()
    }

    /// Runs forward and backward over one chunk, adds the gradients to `accumulator` and returns the loss.
    /// Gradients of dense layers' kernels are not there before [`settle`](super::settle).
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long. What `accumulator` holds then is without
    /// meaning.
    fn accumulate(
        &self,
        input: Vec<f32>,
        batch: usize,
        loss: &mut LossFn<'_>,
        accumulator: &mut Accumulator,
    ) -> Result<f64, NetworkError>;

    /// The codes of `batch` images.
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long.
    fn encode(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError>;

    /// The images of `batch` codes.
    ///
    /// # Errors
    /// When memory is exhausted or `codes` is not `batch` codes long.
    fn decode(&self, codes: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError>;

    /// The images that the network makes of `batch` images.
    ///
    /// # Errors
    /// When memory is exhausted or `input` is not `batch` images long.
    fn reconstruct(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        let codes = self.encode(input, batch)?;
        self.decode(codes, batch)
    }
}
