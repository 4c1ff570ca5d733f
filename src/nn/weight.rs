//! Trainable tensors.

use super::operation::{Direction, Operation};
use crate::ops::{Family, Kernel, Packed};
use dfdx::{
    optim::UnusedTensors,
    shapes::Shape,
    tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec, UniqueId},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A trainable tensor and its values.
///
/// dfdx gives no direct access to a tensor's values, neither to read nor to update them in place. So they are
/// stored separately; the tensor only carries shape and gradient, and its own values stay 0.
#[derive(Debug, Clone)]
pub struct Weight<S: Shape> {
    tensor: Tensor<S, f32, Cpu>,
    values: Arc<Values>,
    id: UniqueId,
    batchwide: bool,
}

impl<S: Shape> Weight<S> {
    /// Creates a tensor of zeros.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn zeros(shape: S) -> Result<Self, CpuError> {
        let values = vec![0.0; shape.num_elements()];
        let tensor = Cpu::default().try_tensor_from_vec(values.clone(), shape)?;
        // The only public way to get a tensor's id.
        let mut ids = UnusedTensors::default();
        ids.add(&tensor);
        let id = ids.ids[0];
        Ok(Self { tensor, values: Arc::new(Values::new(values)), id, batchwide: false })
    }

    /// Marks the gradient as computed once for a whole batch.
    #[must_use]
    pub(super) fn batchwide(self) -> Self {
        Self { batchwide: true, ..self }
    }

    /// Returns the dfdx tensor, the key of the gradient. It does not hold the values.
    pub fn tensor(&self) -> &Tensor<S, f32, Cpu> {
        &self.tensor
    }

    /// Returns the values as the kernel of an operation.
    pub(super) fn kernel(&self, family: Family, op: Operation, direction: Direction) -> Kernel<'_> {
        self.values.kernel(family, op, direction)
    }
}

/// A weight's values, row-major, and their packed forms.
#[derive(Debug)]
struct Values {
    plain: Vec<f32>,
    packed: [OnceLock<ForPass>; 2],
    /// The packed forms from before the last change: memory to reuse, and what to pack again.
    stale: [Mutex<Option<ForPass>>; 2],
}

/// A kernel packed for one pass of an operation.
#[derive(Debug)]
struct ForPass {
    family: Family,
    op: Operation,
    packed: Packed,
}

impl Values {
    fn new(plain: Vec<f32>) -> Self {
        Self { plain, packed: <_>::default(), stale: <_>::default() }
    }

    fn kernel(&self, family: Family, op: Operation, direction: Direction) -> Kernel<'_> {
        let kept = self.packed[direction as usize].get_or_init(|| {
            let packed = self.stale(direction).map(|stale| stale.packed).unwrap_or_default();
            self.pack(ForPass { family, op, packed }, direction)
        });
        // A layer sees images of one size; for any other size the kernel is packed at every call.
        let fits = kept.family == family && kept.op == op;
        Kernel { values: &self.plain, packed: fits.then_some(&kept.packed) }
    }

    fn pack(&self, mut pass: ForPass, direction: Direction) -> ForPass {
        pass.op.pack(pass.family, direction, &self.plain, &mut pass.packed);
        pass
    }

    fn stale(&self, direction: Direction) -> Option<ForPass> {
        // A panic cannot leave the value inconsistent: the lock only guards a move.
        self.stale[direction as usize].lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Repacks the kernel if it was packed before the values changed.
    fn refresh(&self, direction: Direction) {
        if let Some(stale) = self.stale(direction) {
            self.packed[direction as usize].get_or_init(|| self.pack(stale, direction));
        }
    }

    fn change(&mut self) -> &mut [f32] {
        for (packed, stale) in self.packed.iter_mut().zip(&mut self.stale) {
            if let Some(packed) = packed.take() {
                *stale.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(packed);
            }
        }
        &mut self.plain
    }
}

impl Clone for Values {
    fn clone(&self) -> Self {
        Self::new(self.plain.clone())
    }
}

/// A [`Weight`] of any shape.
pub trait Parameter: Send + Sync {
    /// Returns the values, row-major.
    fn values(&self) -> &[f32];

    /// Returns the values for modification.
    fn values_mut(&mut self) -> &mut [f32];

    /// Repacks the kernel for a pass after the values have changed. Without this call, the first pass that
    /// needs it packs, while other threads wait.
    fn refresh(&self, direction: Direction);

    /// Returns the gradient in `gradients`, or zeros if it has none yet.
    ///
    /// # Errors
    /// When memory is exhausted.
    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<f32, Cpu>,
    ) -> Result<&'g mut Vec<f32>, CpuError>;

    /// Returns the key under which dfdx stores the gradient.
    fn id(&self) -> UniqueId;

    /// Whether the gradient is computed once for a whole batch, rather than chunk by chunk.
    fn is_batchwide(&self) -> bool;
}

impl<S: Shape> Parameter for Weight<S> {
    fn values(&self) -> &[f32] {
        &self.values.plain
    }

    fn values_mut(&mut self) -> &mut [f32] {
        Arc::make_mut(&mut self.values).change()
    }

    fn refresh(&self, direction: Direction) {
        self.values.refresh(direction);
    }

    fn gradient<'g>(
        &self,
        gradients: &'g mut Gradients<f32, Cpu>,
    ) -> Result<&'g mut Vec<f32>, CpuError> {
        Ok(&mut **gradients.get_or_alloc_mut(&self.tensor)?)
    }

    fn id(&self) -> UniqueId {
        self.id
    }

    fn is_batchwide(&self) -> bool {
        self.batchwide
    }
}
