//! The tensors between layers: they carry shape and place on the tape, while their values are held
//! separately.
//!
//! dfdx gives no access to a tensor's values without copying, does not reuse memory, and allocates a zeroed
//! buffer for every gradient. Between the layers of a network that means several copies of every activation,
//! in freshly zeroed pages: a quarter of the time of a step. So a tensor here is a single number broadcast to
//! its shape, and for the duration of a pass its thread holds the tensor's values, in pooled buffers.
//!
//! Such a tensor is the input of exactly one layer or of the loss; dfdx itself never computes or
//! differentiates anything in between. It also records the activation that produced it, so that a layer's
//! backward pass can backpropagate its input gradient through that activation while it is still in registers.

use super::pool;
use crate::{
    arch::Activation,
    ops::{Family, activation::Before},
};
use dfdx::{
    shapes::{Dim, HasShape, Shape},
    tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec},
    tensor_ops::BroadcastTo,
};
use std::{cell::RefCell, sync::Arc};

/// A tensor of the pass running on this thread.
struct Held {
    /// The single number. Its address identifies the tensor, and is unique while this value exists.
    number: Tensor<(), f32, Cpu>,
    values: Arc<Vec<f32>>,
    origin: Option<Origin>,
    /// The gradient with respect to the pre-activation of its origin, once the next layer has computed it.
    gradient: Option<Vec<f32>>,
}

/// The activation that produced a tensor.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub family: Family,
    pub activation: Activation,
    /// The values that its backward pass needs.
    pub saved: Arc<Vec<f32>>,
}

impl Origin {
    /// Returns the origin in the form that the kernels take.
    pub fn before(&self) -> Before<'_> {
        Before { activation: self.activation, saved: &self.saved }
    }
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
    /// Numbers of earlier passes, for reuse.
    static NUMBERS: RefCell<Vec<Tensor<(), f32, Cpu>>> = const { RefCell::new(Vec::new()) };
    static DEVICE: Cpu = Cpu::default();
}

/// A forward and backward pass on this thread. Dropping it releases everything held; tensors of the pass must
/// not be used afterwards, since they could be mistaken for later ones.
pub(super) struct Pass;

impl Pass {
    pub fn begin() -> Self {
        Self
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|all| {
            for Held { number, values, origin, gradient } in all.drain(..) {
                gradient.into_iter().for_each(pool::give);
                origin.map(|origin| origin.saved).into_iter().for_each(pool::release);
                pool::release(values);
                NUMBERS.with_borrow_mut(|numbers| numbers.push(number));
            }
        });
    }
}

/// The shape of a tensor between layers.
pub(super) trait Passing: Shape {
    /// Broadcasts `number` to a tensor of this shape.
    fn filled(self, number: Tensor<(), f32, Cpu>) -> Result<Tensor<Self, f32, Cpu>, CpuError>;
}

impl<N: Dim, L: Dim> Passing for (N, L) {
    fn filled(self, number: Tensor<(), f32, Cpu>) -> Result<Tensor<Self, f32, Cpu>, CpuError> {
        number.try_broadcast_like(&self)
    }
}

impl<N: Dim, H: Dim, W: Dim, C: Dim> Passing for (N, H, W, C) {
    fn filled(self, number: Tensor<(), f32, Cpu>) -> Result<Tensor<Self, f32, Cpu>, CpuError> {
        number.try_broadcast_like(&self)
    }
}

/// Creates a tensor whose values are held until the pass ends.
pub(super) fn hold<S: Passing>(
    values: Arc<Vec<f32>>,
    shape: S,
    origin: Option<Origin>,
) -> Result<Tensor<S, f32, Cpu>, CpuError> {
    if values.len() != shape.num_elements() {
        return Err(CpuError::WrongNumElements);
    }
    let number = match NUMBERS.with_borrow_mut(Vec::pop) {
        Some(number) => number,
        None => DEVICE.with(|device| device.try_tensor_from_vec(vec![0.0], ()))?,
    };
    let tensor = shape.filled(number.clone())?;
    HELD.with_borrow_mut(|all| all.push(Held { number, values, origin, gradient: None }));
    Ok(tensor)
}

/// Returns a tensor's values, row-major: the held values, or a copy of dfdx's own if it is not held.
pub(super) fn values<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Arc<Vec<f32>> {
    with(tensor, |held| Arc::clone(&held.values)).unwrap_or_else(|| {
        let mut buffer = pool::take(tensor.shape().num_elements());
        tensor.copy_into(&mut buffer);
        pool::share(buffer)
    })
}

/// Returns the activation that produced `tensor`, if one was recorded.
pub(super) fn origin<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Option<Origin> {
    with(tensor, |held| held.origin.clone()).flatten()
}

/// Adds `values` to the gradient with respect to `tensor`.
pub(super) fn add_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
    values: Vec<f32>,
) -> Result<(), CpuError> {
    add_before(gradients, tensor, back_through_origin(tensor, values))
}

/// Backpropagates the gradient with respect to `tensor` through its [`origin`], if it has one.
fn back_through_origin<S: Shape>(tensor: &Tensor<S, f32, Cpu>, mut gradient: Vec<f32>) -> Vec<f32> {
    if let Some(origin) = origin(tensor) {
        origin.before().backward(origin.family, &mut gradient);
    }
    gradient
}

/// Adds `values` to the gradient with respect to the input of the activation before `tensor`, its [`origin`],
/// or to that of `tensor` itself if it has none.
pub(super) fn add_before<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
    values: Vec<f32>,
) -> Result<(), CpuError> {
    let mut values = Some(values);
    with(tensor, |held| match (&mut held.gradient, values.take()) {
        (Some(sum), Some(values)) => add(sum, values),
        (gradient, values) => *gradient = values,
    });
    if let Some(values) = values {
        add(gradients.get_or_alloc_mut(tensor)?, values);
    }
    Ok(())
}

/// Takes the gradient that [`add_before`] has accumulated.
pub(super) fn take_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
) -> Result<Vec<f32>, CpuError> {
    if let Some(gradient) = with(tensor, |held| held.gradient.take()).flatten() {
        return Ok(gradient);
    }
    let gradient = std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?);
    Ok(back_through_origin(tensor, gradient))
}

/// Calls `f` on the held data of `tensor`, if it is held.
fn with<S: Shape, T, R>(
    tensor: &Tensor<S, f32, Cpu, T>,
    f: impl FnOnce(&mut Held) -> R,
) -> Option<R> {
    if tensor.shape().num_elements() == 0 {
        return None;
    }
    let number = &raw const tensor[S::Concrete::default()];
    HELD.with_borrow_mut(|all| {
        all.iter_mut().rfind(|held| std::ptr::eq(&raw const held.number[[]], number)).map(f)
    })
}

fn add(sum: &mut [f32], values: Vec<f32>) {
    sum.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
    pool::give(values);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // values are only copied

    use super::*;
    use std::ptr::eq;

    fn held(values: &[f32]) -> Tensor<(usize, usize), f32, Cpu> {
        hold(Arc::new(values.to_vec()), (1, values.len()), None).unwrap()
    }

    fn other(values: &[f32]) -> Tensor<(usize, usize), f32, Cpu> {
        Cpu::default().try_tensor_from_vec(values.to_vec(), (1, values.len())).unwrap()
    }

    #[test]
    fn a_held_tensor_shares_its_values_and_any_other_is_copied() {
        let _pass = Pass::begin();
        let made_of = Arc::new(vec![1.0, 2.0]);
        let tensor = hold(Arc::clone(&made_of), (1_usize, 2_usize), None).unwrap();
        assert!(eq(&raw const *values(&tensor), &raw const *made_of));
        assert_eq!(*values(&held(&[3.0, 4.0])), [3.0, 4.0]);
        assert_eq!(*values(&other(&[5.0, 6.0])), [5.0, 6.0]);
    }

    #[test]
    fn shared_values_outlive_the_pass_and_other_buffers_are_reused() {
        let pass = Pass::begin();
        let lent = values(&held(&[1.0, 2.0, 3.0]));
        let rest = held(&[4.0; 7]);
        let place = values(&rest).as_ptr();
        drop(pass);
        assert_eq!(*lent, [1.0, 2.0, 3.0]);
        assert!(eq(pool::take(7).as_ptr(), place));
    }

    #[test]
    fn values_whose_length_does_not_match_the_shape_are_refused() {
        assert!(hold(Arc::new(vec![0.0; 5]), (2_usize, 3_usize), None).is_err());
    }

    #[test]
    fn a_gradient_is_backpropagated_through_the_activation_exactly_once() {
        let _pass = Pass::begin();
        let values = Arc::new(vec![0.0, 3.0]);
        let (family, saved) = (Family::Portable, Arc::clone(&values));
        let origin = Origin { family, activation: Activation::Relu, saved };
        let tensor = hold(values, (1_usize, 2_usize), Some(origin)).unwrap();
        let mut gradients = Gradients::leaky();
        add_gradient(&mut gradients, &tensor, vec![1.0, 2.0]).unwrap();
        add_before(&mut gradients, &tensor, vec![0.0, 10.0]).unwrap();
        assert_eq!(take_gradient(&mut gradients, &tensor).unwrap(), [0.0, 12.0]);
    }

    #[test]
    fn gradients_of_one_tensor_add_up_whether_it_is_held_or_not() {
        let _pass = Pass::begin();
        let mut gradients = Gradients::leaky();
        for tensor in [held(&[0.0; 2]), other(&[0.0; 2])] {
            add_gradient(&mut gradients, &tensor, vec![1.0, 2.0]).unwrap();
            add_gradient(&mut gradients, &tensor, vec![10.0, 20.0]).unwrap();
            assert_eq!(take_gradient(&mut gradients, &tensor).unwrap(), [11.0, 22.0]);
        }
    }
}
