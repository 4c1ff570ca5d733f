//! Estimates of the time, memory and disk space of a run, fitted to runs of the shipped experiments.

mod disk;

use crate::{
    arch::{Layer, Op},
    data::Counts,
    device::{self, Shares},
    plan::Plan,
    run::results::{codes, finals},
    train::{optimizer::slot_names, partition::Partition},
};

/// Memory and disk space that a run needs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Peak system memory; `None` if the number of images is not known before they are read. A run on a GPU
    /// counts as if it were trained on the CPU.
    pub memory: Option<u64>,
    /// GPU memory needed for training, if the run uses a GPU and the number of images is known.
    pub gpu: Option<u64>,
    /// Size of the run's folder at the end.
    pub disk: u64,
}

/// Estimates the seconds that a run takes on one thread. The backward pass counts as two forward passes.
pub fn seconds(plan: &Plan, counts: Counts) -> f64 {
    let images = (3 * counts.training + counts.validation()) as f64;
    let layers: f64 = plan.arch.layers().map(multiply_adds).sum();
    layers * images * plan.point.experiment.train.epochs as f64 / SPEED + OVERHEAD
}

/// Estimates the memory and disk space of a run on `threads` threads; `counts` are its image counts, if
/// known.
pub fn needs(plan: &Plan, counts: Option<Counts>, threads: usize) -> Needs {
    let gpu = counts.filter(|_| plan.is_on_gpu()).and_then(|counts| gpu(plan, counts));
    let memory = counts.map(|counts| memory(plan, counts, threads));
    Needs { memory, gpu, disk: disk::needed(plan, counts) }
}

/// Returns the size of `count` values in bytes.
const fn values(count: usize) -> u64 {
    4 * count as u64
}

/// Returns how many values per weight the optimizer keeps.
fn slots(plan: &Plan) -> u64 {
    slot_names(&plan.point.experiment.train.optimizer).len() as u64
}

fn memory(plan: &Plan, counts: Counts, threads: usize) -> u64 {
    let Plan { arch, point } = plan;
    let batch = point.experiment.train.batch_size.min(counts.training);
    let partition = Partition::new(batch, arch.activation_count(), arch.parameter_count());
    let parameters = values(arch.parameter_count());
    let once: u64 = arch.layers().filter(|layer| layer.op == Op::Dense).map(kernel).sum();
    // Three copies of the weights: to update, to compute with, and as dfdx tensors. One gradient per shard,
    // except for dense kernels, which only the first shard holds.
    let gradients = once + (parameters - once) * partition.shard_count() as u64;
    let trained = parameters * (3 + slots(plan)) + gradients;
    // If epochs are short, a checkpoint is still being written while the next one is made, and the optimizer
    // state is copied; at the end, the best checkpoint and the bytes of its file are in memory together.
    let checkpoints = parameters * (2 * (1 + slots(plan)) + slots(plan).min(1));
    let busy = threads.min(partition.shard_count()) as u64;
    // Input, output and gradient of each layer, and copies between dfdx operations.
    let activations = values(arch.activation_count()) * partition.chunk_len() as u64 * busy * 4;
    let shows_codes = codes::are_wanted(&point.experiment, arch.latent_dim);
    let codes = if shows_codes { values(counts.test * arch.latent_dim) } else { 0 };
    // Raw, standardized and transposed.
    let probes = !point.experiment.evaluate.probe.is_empty();
    let taught = if probes { counts.training.min(finals::TAUGHT) } else { 0 };
    let codes = codes + 3 * values(taught * arch.latent_dim);
    let images = counts.all() as u64 * arch.output.len() as u64;
    images + trained + checkpoints + activations + codes + PROGRAM
}

/// Returns the size of a dense layer's kernel in bytes.
fn kernel(layer: &Layer) -> u64 {
    values(layer.input.len() * layer.output.len())
}

/// Returns the GPU memory needed for weights and a batch; spare memory is filled with images.
fn gpu(plan: &Plan, counts: Counts) -> Option<u64> {
    let experiment = &plan.point.experiment;
    let backend = device::gpu_backend(experiment);
    Shares::new(experiment, &plan.arch, None, counts.training, backend).ok().map(|it| it.training)
}

/// Multiply-adds per second of one thread. On two threads, an epoch of `dae_sigma050.toml` over 60,000
/// images took 6.3 s with full-width AVX-512 units and 13 s with half-width ones; this lies between.
const SPEED: f64 = 7e10;
/// Seconds for starting and for drawing the figures.
const OVERHEAD: f64 = 1.0;

/// Returns the multiply-adds of one image's forward pass through a layer.
fn multiply_adds(layer: &Layer) -> f64 {
    match layer.op {
        Op::Conv(conv) | Op::ConvTranspose(conv) => {
            conv.windows_len() as f64 * conv.small_channels as f64
        }
        Op::Dense => layer.input.len() as f64 * layer.output.len() as f64,
        Op::Flatten | Op::Reshape => 0.0,
    }
}

/// Bytes for the program itself, the buffers of its threads, and drawing the figures.
const PROGRAM: u64 = 74_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data, spec::Point};

    /// The plan of an experiment file.
    pub(super) fn plan(text: &str) -> Plan {
        Plan::new(Point { experiment: toml::from_str(text).unwrap(), ..Point::default() })
    }

    /// The estimate for an experiment whose number of images is known beforehand.
    fn estimated(text: &str) -> Needs {
        let plan = plan(text);
        needs(&plan, data::counts(&plan.point.experiment.data), 2)
    }

    #[test]
    fn gpu_memory_is_estimated_beside_system_memory() {
        let on_cpu = estimated("");
        let on_gpu = estimated("[experiment]\ndevice = \"cuda\"\n");
        assert_eq!((on_cpu.gpu, on_cpu.memory), (None, on_gpu.memory));
        assert!(on_gpu.gpu.is_some_and(|gpu| gpu > 10_000_000), "{on_gpu:?}");
    }
}
