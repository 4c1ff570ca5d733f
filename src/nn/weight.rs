//! Trainable tensors.

use dfdx::{
    optim::UnusedTensors,
    shapes::Shape,
    tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec, UniqueId},
};
use std::sync::Arc;

/// A trainable tensor and its values.
///
/// dfdx lends nobody a tensor's values, neither to read nor to update them in place, so they stand
/// beside the tensor, which carries shape and gradient only: its own values stay 0.
#[derive(Debug, Clone)]
pub struct Weight<S: Shape> {
    tensor: Tensor<S, f32, Cpu>,
    values: Arc<Vec<f32>>,
}

impl<S: Shape> Weight<S> {
    /// Zeros in the given shape.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn zeros(shape: S) -> Result<Self, CpuError> {
        let values = vec![0.0; shape.num_elements()];
        let tensor = Cpu::default().try_tensor_from_vec(values.clone(), shape)?;
        Ok(Self { tensor, values: Arc::new(values) })
    }

    /// The dfdx tensor: what gradients are kept under. Not the place to look for values.
    pub fn tensor(&self) -> &Tensor<S, f32, Cpu> {
        &self.tensor
    }

    /// The values, row-major; a tape keeps them for its backward pass.
    pub fn values(&self) -> &Arc<Vec<f32>> {
        &self.values
    }
}

/// A [`Weight`] of any shape.
pub trait Parameter: Send + Sync {
    /// The values, row-major.
    fn values(&self) -> &[f32];

    /// The values, for changing them.
    fn values_mut(&mut self) -> &mut [f32];

    /// The gradient in `gradients`, zeros if it has none yet.
    ///
    /// # Errors
    /// When memory is exhausted.
    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<f32, Cpu>,
    ) -> Result<&'g mut Vec<f32>, CpuError>;

    /// The key that dfdx keeps its gradient under.
    fn id(&self) -> UniqueId;
}

impl<S: Shape> Parameter for Weight<S> {
    fn values(&self) -> &[f32] {
        &self.values
    }

    fn values_mut(&mut self) -> &mut [f32] {
        Arc::make_mut(&mut self.values).as_mut_slice()
    }

    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<f32, Cpu>,
    ) -> Result<&'g mut Vec<f32>, CpuError> {
        Ok(&mut **gradients.get_or_alloc_mut(&self.tensor)?)
    }

    fn id(&self) -> UniqueId {
        // The only public way to a tensor's id.
        let mut ids = UnusedTensors::default();
        ids.add(&self.tensor);
        ids.ids[0]
    }
}
