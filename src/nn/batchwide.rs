//! Kernel gradients that are computed once for a whole batch.
//!
//! A dense layer's kernel has many more weights than a chunk has values on both sides of the layer.
//! To add to its gradient chunk by chunk, in several lanes whose gradients are then summed, is to
//! walk through memory many times for little arithmetic. So a backward pass leaves the factors of
//! the gradient behind, and when all passes of a batch are through, threads share out the kernel's
//! rows. Each row adds up picture after picture, whatever the lanes and the threads.

use super::{
    network::{Lane, NetworkError},
    pool,
    weight::Parameter,
};
use crate::{
    ops::{Family, dense},
    team::share,
};
use dfdx::tensor::{Cpu, CpuError, Gradients};
use std::{cell::RefCell, sync::Arc};

/// What a dense layer's kernel gradient is the product of, for one chunk.
pub(super) struct Factors {
    pub kernel: Box<dyn Parameter>,
    pub family: Family,
    pub inputs: usize,
    pub outputs: usize,
    /// The layer's input (pictures, inputs).
    pub x: Arc<Vec<f32>>,
    /// The gradient before the activation (pictures, outputs).
    pub gz: Vec<f32>,
}

thread_local! {
    static LEFT: RefCell<Vec<Factors>> = const { RefCell::new(Vec::new()) };
}

/// Leaves a kernel gradient to be computed when the batch is through.
pub(super) fn leave(factors: Factors) {
    LEFT.with_borrow_mut(|left| left.push(factors));
}

/// Moves to `lane` what the pass on this thread has left, and gives this thread the buffers that the
/// lane has done with.
pub(super) fn collect(lane: &mut Lane) {
    LEFT.with_borrow_mut(|left| lane.left.append(left));
    lane.spare.drain(..).for_each(pool::give);
}

/// Writes the kernel gradients that the passes of a batch have left to the first of its lanes, on the
/// current rayon pool. `lanes` are those of the batch, in order.
///
/// # Errors
/// When memory is exhausted.
pub fn settle(lanes: &mut [&mut Lane]) -> Result<(), NetworkError> {
    let mut left: Vec<_> = lanes.iter_mut().map(|lane| std::mem::take(&mut lane.left)).collect();
    let mut factors: Vec<_> = left.iter().flatten().collect();
    // Stable, so that the pictures of a layer stay in order.
    factors.sort_by_key(|factors| factors.kernel.id());
    if let Some(first) = lanes.first_mut() {
        write(&factors, &mut first.gradients)?;
    }
    for (lane, left) in lanes.iter_mut().zip(&mut left) {
        for Factors { x, gz, .. } in left.drain(..) {
            lane.spare.extend(Arc::into_inner(x));
            lane.spare.push(gz);
        }
    }
    Ok(())
}

/// Writes the sum of all chunks' products, the gradient of a layer's kernel, for each layer; `factors`
/// are in groups by layer.
fn write(factors: &[&Factors], gradients: &mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
    let mut layers = Vec::new();
    for layer in factors.chunk_by(|a, b| a.kernel.id() == b.kernel.id()) {
        let chunks = layer.iter().map(|part| (part.x.as_slice(), part.gz.as_slice()));
        // Several entries of one map: they are taken out for a moment.
        let gradient = std::mem::take(layer[0].kernel.gradient(gradients)?);
        layers.push((layer[0], chunks.collect::<Vec<_>>(), gradient));
    }
    let mut tasks: Vec<_> = layers
        .iter_mut()
        .flat_map(|(layer, chunks, gradient)| {
            let rows = dense::rows_of_task(layer.outputs);
            let (layer, chunks): (&Factors, &[_]) = (layer, chunks);
            let tasks = gradient.chunks_mut(rows * layer.outputs).enumerate();
            tasks.map(move |(task, gradient)| (layer, chunks, task * rows, gradient))
        })
        .collect();
    share(&mut tasks, |_, (layer, chunks, row, gradient)| {
        let &Factors { family, inputs, outputs, .. } = *layer;
        dense::kernel_gradient(family, inputs, outputs, chunks, *row, gradient);
    });
    for (layer, _, gradient) in layers {
        *layer.kernel.gradient(gradients)? = gradient;
    }
    Ok(())
}
