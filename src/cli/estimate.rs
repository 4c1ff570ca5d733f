//! What a run takes: estimates, fitted to runs of the shipped experiments.

use crate::{
    arch::{Layer, Op},
    data::Counts,
    plan::Plan,
    spec::Experiment,
    train::{optimizer::slot_names, partition::Partition},
};

/// What a run takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Memory at its peak; `None` if the number of pictures is not known before they are read.
    pub memory: Option<u64>,
    /// The run's folder when it has ended.
    pub disk: u64,
}

/// Seconds that a run takes on one thread: for multiply-adds forward, and twice as many backward.
pub fn seconds(plan: &Plan, counts: Counts) -> f64 {
    let pictures = (3 * counts.training + counts.validation()) as f64;
    let layers: f64 = plan.arch.layers().map(multiply_adds).sum();
    layers * pictures * plan.point.experiment.train.epochs as f64 / SPEED + FIGURES_TAKE
}

/// What a run takes with so many threads; `counts` where they are known.
pub fn needs(plan: &Plan, counts: Option<Counts>, threads: usize) -> Needs {
    let Experiment { train, .. } = &plan.point.experiment;
    let values = |count: usize| 4 * count as u64;
    let parameters = values(plan.arch.parameter_count());
    let slots = slot_names(&train.optimizer).len() as u64;
    let picture = plan.arch.output.len() as u64;
    let memory = counts.map(|counts| {
        let partition = Partition::new(
            train.batch_size.min(counts.training),
            plan.arch.activation_count(),
            plan.arch.parameter_count(),
        );
        // The weights three times: to update, to compute with, and as dfdx tensors.
        let trained = parameters * (3 + slots + partition.lane_count() as u64);
        let busy = threads.min(partition.lane_count()) as u64;
        // Input, output and gradient of each layer, and the copies between dfdx operations.
        let activations =
            values(plan.arch.activation_count()) * partition.chunk_len() as u64 * busy * 4;
        counts.all() as u64 * picture + trained + activations + PROGRAM
    });
    let kept = match (train.checkpoint.every, train.checkpoint.keep) {
        (0, _) => 0,
        (every, 0) => train.epochs / every,
        (every, keep) => keep.min(train.epochs / every),
    };
    let rows = 200 * train.epochs as u64;
    let disk = parameters * (1 + slots) * (2 + kept as u64) + rows + figures(plan.arch.latent_dim);
    Needs { memory, disk }
}

/// Multiply-adds that one thread does in a second: on two threads an epoch of `dae_sigma050.toml` over
/// 60,000 pictures took 6.3 s with full-width AVX-512 and 13 s with half of it; this lies between.
const SPEED: f64 = 7e10;
/// Seconds for starting and for drawing the figures.
const FIGURES_TAKE: f64 = 1.0;

/// Products that one picture takes on its way through a layer.
fn multiply_adds(layer: &Layer) -> f64 {
    match layer.op {
        Op::Conv(conv) | Op::ConvTranspose(conv) => {
            let small = conv.small();
            let window = conv.rows.kernel * conv.cols.kernel;
            (small.height * small.width * window * conv.large_channels * conv.small_channels) as f64
        }
        Op::Dense => layer.input.len() as f64 * layer.output.len() as f64,
        Op::Flatten | Op::Reshape => 0.0,
    }
}

/// The program itself with its threads' buffers, and drawing figures at the end.
const PROGRAM: u64 = 74_000_000;

/// A run's figures, as PNG files; the manifold and the scatter of a code of two numbers are large.
fn figures(latent_dim: usize) -> u64 {
    if latent_dim == 2 { 2_500_000 } else { 1_500_000 }
}
