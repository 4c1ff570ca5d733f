//! Kernel gradients that are computed once for a whole batch.
//!
//! A dense layer's kernel has many more weights than a chunk has values on both sides of the layer.
//! Accumulating its gradient chunk by chunk, in several accumulators that are then summed, would be bound
//! by memory bandwidth. So a backward pass only records the factors of the gradient, and after all passes of
//! a batch, threads divide the kernel's rows among themselves. Each row sums image after image, whatever the
//! number of accumulators and threads.

use super::pool;
use crate::{
    ops::{Dense, Family},
    reuse::emptied,
    team::share,
};
use dfdx::tensor::UniqueId;
use std::{cell::RefCell, cmp::Reverse, mem, ops::Range, sync::Arc};

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
pub(super) struct Layer {
    /// The id of the kernel.
    pub id: UniqueId,
    /// The gradient (inputs, outputs).
    pub gradient: Vec<f32>,
    /// None if no pass went through it.
    dense: Option<(Family, Dense)>,
    /// The layer's range of the pairs.
    pairs: Range<usize>,
}

impl Layer {
    /// The layer whose kernel has this id; its gradient is written to `gradient`.
    pub fn new(id: UniqueId, gradient: Vec<f32>) -> Self {
        Self { id, gradient, dense: None, pairs: 0..0 }
    }
}

/// Some rows of a layer's gradient.
struct Task<'a> {
    family: Family,
    dense: Dense,
    pairs: &'a [Pair<'a>],
    first: usize,
    rows: &'a mut [f32],
}

/// The layers whose gradients are computed, and reusable memory for doing so.
#[derive(Default)]
pub(super) struct Lists {
    pub layers: Vec<Layer>,
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

/// Moves the factors recorded by the pass on this thread to `factors`, and returns the buffers of those in
/// `done` to this thread's pool.
pub(super) fn collect(factors: &mut Vec<Factors>, done: &mut Vec<Factors>) {
    DEFERRED.with_borrow_mut(|deferred| factors.append(deferred));
    for Factors { x, gz, .. } in done.drain(..) {
        pool::release(x);
        pool::give(gz);
    }
}

/// Computes the gradient of each layer as the sum of its products in `factors`, which are in the order of the
/// batch, on the current rayon pool.
pub(super) fn compute<'f>(
    factors: &(impl Iterator<Item = &'f Factors> + Clone),
    Lists { layers, pairs, tasks }: &mut Lists,
) {
    let mut all = emptied(mem::take(pairs));
    for layer in &mut *layers {
        let first = all.len();
        for factors in factors.clone().filter(|factors| factors.layer == layer.id) {
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
