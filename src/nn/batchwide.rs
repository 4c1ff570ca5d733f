//! Kernel gradients that are computed once for a whole batch.
//!
//! A dense layer's kernel has many more weights than a chunk has values on both sides of the layer.
//! To add to its gradient chunk by chunk, in several accumulators whose gradients are then summed, is to
//! walk through memory many times for little arithmetic. So a backward pass leaves the factors of
//! the gradient behind, and when all passes of a batch are through, threads share out the kernel's
//! rows. Each row adds up image after image, whatever the accumulators and the threads.

use super::{
    network::{Accumulator, Network, NetworkError},
    pool,
};
use crate::{
    ops::{Family, dense},
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

/// What a dense layer's kernel gradient is the product of, for one chunk.
pub(super) struct Factors {
    /// Of the kernel.
    pub layer: UniqueId,
    pub family: Family,
    pub inputs: usize,
    pub outputs: usize,
    /// The layer's input (images, inputs).
    pub x: Arc<Vec<f32>>,
    /// The gradient before the activation (images, outputs).
    pub gz: Vec<f32>,
}

/// The two values of [`Factors`].
type Pair<'a> = (&'a [f32], &'a [f32]);

/// One layer's gradient while it is computed.
struct Layer {
    id: UniqueId,
    gradient: Vec<f32>,
    /// The layer, unless no pass went through it.
    dense: Option<(Family, usize, usize)>,
    /// Which of the pairs are its own.
    pairs: Range<usize>,
}

/// Some rows of a layer's gradient.
struct Task<'a> {
    family: Family,
    inputs: usize,
    outputs: usize,
    pairs: &'a [Pair<'a>],
    first: usize,
    rows: &'a mut [f32],
}

/// Memory for what [`settle`] lists.
#[derive(Default)]
pub(super) struct Lists {
    layers: Vec<Layer>,
    pairs: Vec<Pair<'static>>,
    tasks: Vec<Task<'static>>,
}

thread_local! {
    static LEFT: RefCell<Vec<Factors>> = const { RefCell::new(Vec::new()) };
}

/// Leaves a kernel gradient to be computed when the batch is through.
pub(super) fn leave(factors: Factors) {
    LEFT.with_borrow_mut(|left| left.push(factors));
}

/// Moves to `accumulator` what the pass on this thread has left, and gives this thread the buffers that the
/// accumulator has done with.
pub(super) fn collect(accumulator: &mut Accumulator) {
    LEFT.with_borrow_mut(|left| accumulator.left.append(left));
    for Factors { x, gz, .. } in accumulator.done.drain(..) {
        pool::release(x);
        pool::give(gz);
    }
}

/// Writes the kernel gradients that the passes of a batch have left to the first of its accumulators, on the
/// current rayon pool. `accumulators` are those of the batch, in order.
///
/// # Errors
/// When memory is exhausted; what the passes have left is then forgotten, and the gradients are without meaning.
pub fn settle<L: BorrowMut<Accumulator>>(
    network: &dyn Network,
    accumulators: &mut [L],
) -> Result<(), NetworkError> {
    let Some(accumulator) = accumulators.first_mut() else { return Ok(()) };
    let accumulator: &mut Accumulator = accumulator.borrow_mut();
    let mut lists = mem::take(&mut accumulator.lists);
    let mut result = Ok(());
    // Several entries of one map: they are taken out for a moment.
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
        accumulator.done.append(&mut accumulator.left);
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

/// Writes the sum of all chunks' products to each layer's gradient.
fn compute<L: Borrow<Accumulator>>(accumulators: &[L], Lists { layers, pairs, tasks }: &mut Lists) {
    let mut all = emptied(mem::take(pairs));
    for layer in &mut *layers {
        let first = all.len();
        let factors = accumulators.iter().flat_map(|accumulator| &accumulator.borrow().left);
        for factors in factors.filter(|factors| factors.layer == layer.id) {
            layer.dense = Some((factors.family, factors.inputs, factors.outputs));
            all.push((factors.x.as_slice(), factors.gz.as_slice()));
        }
        layer.pairs = first..all.len();
    }
    let mut work = emptied(mem::take(tasks));
    for Layer { gradient, dense, pairs, .. } in &mut *layers {
        let Some((family, inputs, outputs)) = *dense else { continue };
        let pairs = &all[pairs.clone()];
        let count = dense::rows_of_task(outputs);
        for (task, rows) in gradient.chunks_mut(count * outputs).enumerate() {
            work.push(Task { family, inputs, outputs, pairs, first: task * count, rows });
        }
    }
    // The longest first, so that no thread begins one when the others are through.
    work.sort_unstable_by_key(|task| Reverse(task.rows.len()));
    share(&mut work, |_, task| {
        let Task { family, inputs, outputs, pairs, first, rows } = task;
        dense::kernel_gradient(*family, *inputs, *outputs, pairs, *first, rows);
    });
    *tasks = emptied(work);
    *pairs = emptied(all);
}
