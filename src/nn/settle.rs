//! Completes the gradients of a batch: computes those that its passes have deferred.

use super::{
    batchwide::{Layer, compute},
    network::{Accumulator, Network, NetworkError},
};
use std::{borrow::BorrowMut, mem};

/// Computes the kernel gradients deferred by the passes of a batch, on the current rayon pool, and writes
/// them to the first accumulator. `accumulators` are those of the batch, in order.
///
/// # Errors
/// When memory is exhausted. The recorded factors are then discarded, and the gradients are meaningless.
pub fn settle<L: BorrowMut<Accumulator>>(
    network: &dyn Network,
    accumulators: &mut [L],
) -> Result<(), NetworkError> {
    let Some(accumulator) = accumulators.first_mut() else { return Ok(()) };
    let accumulator: &mut Accumulator = accumulator.borrow_mut();
    let mut lists = mem::take(&mut accumulator.lists);
    let mut result = Ok(());
    // Several entries of one map cannot be borrowed at once, so they are taken out temporarily.
    network.visit(&mut |parameter| {
        if parameter.is_batchwide() {
            match parameter.gradient(&mut accumulator.gradients).map(mem::take) {
                Ok(gradient) => lists.layers.push(Layer::new(parameter.id(), gradient)),
                Err(error) => result = Err(error.into()),
            }
        }
    });
    if result.is_ok() {
        let factors = accumulators.iter().flat_map(|accumulator| &accumulator.borrow().deferred);
        compute(&factors, &mut lists);
    }
    for accumulator in &mut *accumulators {
        let accumulator: &mut Accumulator = accumulator.borrow_mut();
        accumulator.done.append(&mut accumulator.deferred);
    }
    let accumulator: &mut Accumulator = accumulators[0].borrow_mut();
    let mut layers = lists.layers.drain(..).peekable();
    network.visit(&mut |parameter| {
        if parameter.is_batchwide()
            && let Some(layer) = layers.next_if(|layer| layer.id == parameter.id())
            && let Ok(gradient) = parameter.gradient(&mut accumulator.gradients)
        {
            *gradient = layer.gradient;
        }
    });
    drop(layers);
    accumulator.lists = lists;
    result
}
