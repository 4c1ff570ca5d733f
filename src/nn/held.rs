//! What passes between layers: tensors that say shape and place on the tape, their values beside them.
//!
//! dfdx lends nobody a tensor's values, gives memory back to nobody, and answers for a gradient with
//! fresh zeros to add to. Between the layers of a network that means a copy of every activation,
//! several times over, in memory that the system has just cleared: a quarter of a step. So a tensor
//! here is one number broadcast to its shape, and while a pass runs its thread remembers the values
//! that belong to it, in buffers that are used again.
//!
//! Such a tensor goes into one layer or the loss; in between lies nothing that dfdx itself would have
//! to compute or differentiate. It also knows the activation that it came out of: a layer's backward pass
//! takes the gradient of its input on through that, while it is still in registers.

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

/// A tensor of the pass that runs on this thread.
struct Held {
    /// The one number, known by its place, which nobody else has as long as this is there.
    number: Tensor<(), f32, Cpu>,
    values: Arc<Vec<f32>>,
    origin: Option<Origin>,
    /// What the layer that it went into found out, with respect to the pre-activation of its origin.
    gradient: Option<Vec<f32>>,
}

/// The activation that a tensor came out of.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub family: Family,
    pub activation: Activation,
    /// What its gradient needs to see.
    pub saved: Arc<Vec<f32>>,
}

impl Origin {
    /// The same for an operation.
    pub fn before(&self) -> Before<'_> {
        Before { activation: self.activation, saved: &self.saved }
    }
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
    /// Numbers of passes that have ended, for tensors to come.
    static NUMBERS: RefCell<Vec<Tensor<(), f32, Cpu>>> = const { RefCell::new(Vec::new()) };
    static DEVICE: Cpu = Cpu::default();
}

/// Forward and backward through a network on this thread; what is held goes when it ends, and tensors
/// that are left over may then pass for others.
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

/// The shape of a tensor that passes between layers.
pub(super) trait Passing: Shape {
    /// A tensor of this shape that is one number all over.
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

/// A tensor whose values can be asked for until the pass ends.
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

/// A tensor's values, row-major: those beside it if it is held, else a copy of its own.
pub(super) fn values<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Arc<Vec<f32>> {
    with(tensor, |held| Arc::clone(&held.values)).unwrap_or_else(|| {
        let mut buffer = pool::take(tensor.shape().num_elements());
        tensor.copy_into(&mut buffer);
        pool::share(buffer)
    })
}

/// The activation whose output `tensor` is, with the values its backward pass needs; `None` if none was
/// recorded.
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

/// What the gradient with respect to `tensor` is with respect to what was before it.
fn back_through_origin<S: Shape>(tensor: &Tensor<S, f32, Cpu>, mut gradient: Vec<f32>) -> Vec<f32> {
    if let Some(origin) = origin(tensor) {
        origin.before().backward(origin.family, &mut gradient);
    }
    gradient
}

/// Adds `values` to the gradient with respect to what was before `tensor`: its [`origin`], if it has one.
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

/// Takes the gradient with respect to what was before `tensor`.
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

/// Calls `f` on what is held of `tensor`, if it is.
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
    #![allow(clippy::float_cmp)] // nothing is computed

    use super::*;
    use std::ptr::eq;

    fn held(values: &[f32]) -> Tensor<(usize, usize), f32, Cpu> {
        hold(Arc::new(values.to_vec()), (1, values.len()), None).unwrap()
    }

    fn other(values: &[f32]) -> Tensor<(usize, usize), f32, Cpu> {
        Cpu::default().try_tensor_from_vec(values.to_vec(), (1, values.len())).unwrap()
    }

    #[test]
    fn a_held_tensor_lends_what_it_was_made_of_and_another_a_copy() {
        let _pass = Pass::begin();
        let made_of = Arc::new(vec![1.0, 2.0]);
        let tensor = hold(Arc::clone(&made_of), (1_usize, 2_usize), None).unwrap();
        assert!(eq(&raw const *values(&tensor), &raw const *made_of));
        assert_eq!(*values(&held(&[3.0, 4.0])), [3.0, 4.0]);
        assert_eq!(*values(&other(&[5.0, 6.0])), [5.0, 6.0]);
    }

    #[test]
    fn what_was_lent_stays_when_the_pass_ends_and_the_rest_is_used_again() {
        let pass = Pass::begin();
        let lent = values(&held(&[1.0, 2.0, 3.0]));
        let rest = held(&[4.0; 7]);
        let place = values(&rest).as_ptr();
        drop(pass);
        assert_eq!(*lent, [1.0, 2.0, 3.0]);
        assert!(eq(pool::take(7).as_ptr(), place));
    }

    #[test]
    fn values_of_another_length_than_the_shape_are_refused() {
        assert!(hold(Arc::new(vec![0.0; 5]), (2_usize, 3_usize), None).is_err());
    }

    #[test]
    fn a_gradient_goes_on_through_the_activation_unless_it_has() {
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
