//! Values that dfdx tensors hold, lent without a copy, and gradients handed from layer to layer.
//!
//! dfdx lends nobody a tensor's values, and it answers for a gradient with fresh zeros to add to.
//! Between the layers of a network both mean a copy of every activation, several times over: a
//! quarter of a step. So while a pass runs, its thread remembers the tensors that its layers made.
//!
//! A tensor that a layer or [`hold`] made goes into one layer or the loss; in between lies nothing
//! that dfdx itself would have to differentiate.

use super::pool;
use dfdx::{
    shapes::{HasShape, Shape},
    tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec},
};
use std::{any::Any, borrow::Cow, cell::RefCell};

/// A tensor of the pass that runs on this thread.
struct Held {
    /// Of all its values; taken before dfdx got the memory, so that it may reach all of it.
    start: *const f32,
    len: usize,
    /// What the layer that it went into found out.
    gradient: Option<Vec<f32>>,
    /// As long as this is there, nobody can change the memory or give it back: dfdx copies tensors
    /// that are shared before it writes to them.
    _tensor: Box<dyn Any>,
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// Forward and backward through a network on this thread; what is held goes when it ends.
pub(super) struct Pass;

impl Pass {
    pub fn begin() -> Self {
        Self
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        HELD.with_borrow_mut(Vec::clear);
    }
}

/// A tensor of `values`, which can be looked at until the pass ends.
pub(super) fn hold<S: Shape>(values: Vec<f32>, shape: S) -> Result<Tensor<S, f32, Cpu>, CpuError> {
    let (start, len) = (values.as_ptr(), values.len());
    let tensor = Cpu::default().try_tensor_from_vec(values, shape)?;
    let held = Held { start, len, gradient: None, _tensor: Box::new(tensor.clone()) };
    HELD.with_borrow_mut(|all| all.push(held));
    Ok(tensor)
}

/// A tensor's values, row-major: its own memory if it is held, else a copy.
pub(super) fn values<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Cow<'_, [f32]> {
    match with(tensor, |held| (held.start, held.len)) {
        // SAFETY: `held` keeps the memory at `start` from being freed or reused, and the first value
        // of `tensor` lies there, so `tensor` shares that memory: `len` values in one allocation,
        // which does not move. It stays as long as `tensor` does, which is borrowed for the slice's
        // life. Nobody writes to it meanwhile: `tensor` itself cannot be written to while borrowed,
        // and dfdx copies the memory before it writes through another tensor that shares it.
        Some((start, len)) => Cow::Borrowed(unsafe { std::slice::from_raw_parts(start, len) }),
        None => Cow::Owned(pool::values(tensor)),
    }
}

/// Adds `values` to the gradient of `tensor`.
pub(super) fn add_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
    values: Vec<f32>,
) -> Result<(), CpuError> {
    let mut values = Some(values);
    with(tensor, |held| match &mut held.gradient {
        Some(sum) => add(sum, &values.take().unwrap_or_default()),
        none => *none = values.take(),
    });
    if let Some(values) = values {
        add(gradients.get_or_alloc_mut(tensor)?, &values);
        pool::give(values);
    }
    Ok(())
}

/// Takes the gradient of `tensor`.
pub(super) fn take_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
) -> Result<Vec<f32>, CpuError> {
    match with(tensor, |held| held.gradient.take()).flatten() {
        Some(gradient) => Ok(gradient),
        None => Ok(std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?)),
    }
}

/// Calls `f` on what is held of `tensor`, if it is.
fn with<S: Shape, T, R>(
    tensor: &Tensor<S, f32, Cpu, T>,
    f: impl FnOnce(&mut Held) -> R,
) -> Option<R> {
    let len = tensor.shape().num_elements();
    if len == 0 {
        return None;
    }
    let first = &raw const tensor[S::Concrete::default()];
    HELD.with_borrow_mut(|all| {
        let held = all.iter_mut().rfind(|held| std::ptr::eq(held.start, first) && held.len == len);
        held.map(f)
    })
}

fn add(sum: &mut [f32], values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // nothing is computed

    use super::*;
    use dfdx::{shapes::Rank1, tensor::AsArray};

    #[test]
    fn a_held_tensor_lends_its_own_memory_and_another_a_copy() {
        let _pass = Pass::begin();
        let held = hold(vec![1.0, 2.0], (2_usize,)).unwrap();
        let other = Cpu::default().try_tensor_from_vec(vec![1.0, 2.0], (2_usize,)).unwrap();
        assert!(matches!(values(&held), Cow::Borrowed([1.0, 2.0])));
        assert!(matches!(values(&other), Cow::Owned(_)));
        assert_eq!(*values(&other), [1.0, 2.0]);
    }

    #[test]
    fn what_was_lent_stays_when_the_pass_ends_and_when_the_tensor_is_written_to() {
        let pass = Pass::begin();
        let mut tensor: Tensor<Rank1<2>, f32, Cpu> =
            hold(vec![1.0, 2.0], (dfdx::shapes::Const,)).unwrap();
        let before = tensor.clone();
        let lent = values(&before);
        tensor.copy_from(&[5.0, 6.0]);
        drop(pass);
        assert_eq!(*lent, [1.0, 2.0]);
        assert_eq!(tensor.array(), [5.0, 6.0]);
        assert_eq!(*values(&tensor), [5.0, 6.0]);
    }

    #[test]
    fn gradients_of_one_tensor_add_up_whether_it_is_held_or_not() {
        let held = hold(vec![0.0; 2], (2_usize,)).unwrap();
        let other = Cpu::default().try_tensor_from_vec(vec![0.0; 2], (2_usize,)).unwrap();
        let _pass = Pass::begin();
        let mut gradients = Gradients::leaky();
        for tensor in [held, other] {
            add_gradient(&mut gradients, &tensor, vec![1.0, 2.0]).unwrap();
            add_gradient(&mut gradients, &tensor, vec![10.0, 20.0]).unwrap();
            assert_eq!(take_gradient(&mut gradients, &tensor).unwrap(), [11.0, 22.0]);
        }
    }
}
