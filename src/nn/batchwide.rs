//! Kernel gradients that are computed once for a whole batch.
//!
//! A dense layer's kernel has many more weights than a chunk has values on both sides of the layer.
//! Accumulating its gradient chunk by chunk, in several accumulators that are then summed, would be bound
//! by memory bandwidth. So a backward pass only records the factors of the gradient, and after all passes of
//! a batch, threads divide the kernel's rows among themselves. Each row sums image after image, whatever the
//! number of accumulators and threads.

use super::{
    network::{Accumulator, Network, NetworkError},
    pool,
};
use crate::{
    ops::{Dense, Family},
    reuse::emptied,
    team::share,
};
use dfdx::tensor::UniqueId;
use std::{
    borrow::{Borrow, BorrowMut},
    cell::RefCell,
    cmp::Reverse,
    mem,
    ops::Range,
    sync::Arc,
};

/// The two factors of a dense layer's kernel gradient, for one chunk.
pub(super) struct Factors {
    /// The id of the kernel.
    pub layer: UniqueId,
    pub family: Family,
    pub dense: Dense,
    /// The layer's input (images, inputs).
    pub x: Arc<Vec<f32>>,
    /// The gradient with respect to the pre-activation (images, outputs).
    pub gz: Vec<f32>,
}

/// `x` and `gz` of [`Factors`].
type Pair<'a> = (&'a [f32], &'a [f32]);

/// One layer's gradient while it is being computed.
struct Layer {
    id: UniqueId,
    gradient: Vec<f32>,
    /// None if no pass went through it.
    dense: Option<(Family, Dense)>,
    /// The layer's range of the pairs.
    pairs: Range<usize>,
}

/// Some rows of a layer's gradient.
struct Task<'a> {
    family: Family,
    dense: Dense,
    pairs: &'a [Pair<'a>],
    first: usize,
    rows: &'a mut [f32],
}

/// Reusable memory for the lists of [`settle`].
#[derive(Default)]
pub(super) struct Lists {
    layers: Vec<Layer>,
    pairs: Vec<Pair<'static>>,
    tasks: Vec<Task<'static>>,
}

thread_local! {
    static DEFERRED: RefCell<Vec<Factors>> = const { RefCell::new(Vec::new()) };
}

/// Records the factors of a kernel gradient, to be multiplied at the end of the batch.
pub(super) fn defer(factors: Factors) {
    DEFERRED.with_borrow_mut(|deferred| deferred.push(factors));
}

/// Moves the factors recorded by the pass on this thread to `accumulator`, and returns the buffers of the
/// accumulator's previous batch to this thread's pool.
pub(super) fn collect(accumulator: &mut Accumulator) {
    DEFERRED.with_borrow_mut(|deferred| accumulator.deferred.append(deferred));
    for Factors { x, gz, .. } in accumulator.done.drain(..) {
        pool::release(x);
        pool::give(gz);
    }
}

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
            let (id, dense, pairs) = (parameter.id(), None, 0..0);
            match parameter.gradient(&mut accumulator.gradients).map(mem::take) {
                Ok(gradient) => lists.layers.push(Layer { id, gradient, dense, pairs }),
                Err(error) => result = Err(error.into()),
            }
        }
    });
    if result.is_ok() {
        compute(accumulators, &mut lists);
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

/// Computes each layer's gradient as the sum of all chunks' products.
fn compute<L: Borrow<Accumulator>>(accumulators: &[L], Lists { layers, pairs, tasks }: &mut Lists) {
    let mut all = emptied(mem::take(pairs));
    for layer in &mut *layers {
        let first = all.len();
        let factors = accumulators.iter().flat_map(|accumulator| &accumulator.borrow().deferred);
        for factors in factors.filter(|factors| factors.layer == layer.id) {
            layer.dense = Some((factors.family, factors.dense));
            all.push((factors.x.as_slice(), factors.gz.as_slice()));
        }
        layer.pairs = first..all.len();
    }
    let mut work = emptied(mem::take(tasks));
    for Layer { gradient, dense, pairs, .. } in &mut *layers {
        let Some((family, dense)) = *dense else { continue };
        let pairs = &all[pairs.clone()];
        let count = dense.rows_of_task();
        for (task, rows) in gradient.chunks_mut(count * dense.outputs).enumerate() {
            work.push(Task { family, dense, pairs, first: task * count, rows });
        }
    }
    // Longest first, so that no thread starts a long task when the others are done.
    work.sort_unstable_by_key(|task| Reverse(task.rows.len()));
    share(&mut work, |_, task| {
        let Task { family, dense, pairs, first, rows } = task;
        dense.kernel_gradient(*family, pairs, *first, rows);
    });
    *tasks = emptied(work);
    *pairs = emptied(all);
}
