//! What a network takes of a device's memory.

use crate::{
    arch::{Architecture, ConvShape, Layer, Op},
    nn::NetworkError,
    ops::activation::{Saved, saved},
    spec::{Experiment, words::bytes},
    train::optimizer::{slot_names, weight_decay},
};
use std::fmt;

/// Kernels, those of dfdx's too, count values with 32 bits, and cuBLAS rows and columns with 31.
pub const MOST_VALUES: usize = 1 << 31;
/// Inference runs so many images at a time at most.
const INFERENCE: u64 = 1024;
/// What the images that run at a time may take. Not less on a device that has little to spare: how many
/// they are may show in the last bits of results.
const INFERENCE_BYTES: u64 = 1 << 26;
/// Bytes of a value.
const VALUE: u64 = 4;
/// Bytes of a row's number.
const NUMBER: u64 = 8;

/// What computes a step on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuBackend {
    /// Our own kernels.
    Kernels,
    /// Operations of dfdx's.
    Operations,
}

impl fmt::Display for GpuBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernels => "own kernels",
            Self::Operations => "dfdx",
        })
    }
}

/// What a network takes of a device's memory, in bytes: estimates from above. Memory is kept for every
/// tensor of a step, to be used again in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Weights, their gradients, and what the optimiser keeps.
    pub weights: u64,
    /// An image on its way forward and backward.
    pub trained_picture: u64,
    /// An image on its way forward only.
    pub picture: u64,
}

impl Footprint {
    /// The footprint of `arch` with so many values of the optimiser's for each weight.
    pub fn new(arch: &Architecture, slots: usize, backend: GpuBackend) -> Self {
        let layers = || arch.layers().map(|layer| Passing::new(layer, backend));
        let ends = VALUE * (2 * arch.input.len() + 2 * arch.output.len()) as u64;
        let forward: u64 = layers().map(|layer| layer.forward).sum();
        let backward: u64 = layers().map(|layer| layer.backward).sum();
        // A tenth more for what is too small to be counted.
        let generous = |bytes: u64| bytes + bytes / 10;
        Self {
            weights: VALUE * arch.parameter_count() as u64 * (2 + slots as u64),
            trained_picture: generous(forward + backward + ends),
            picture: generous(forward + ends),
        }
    }
}

/// How a device's memory is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Bytes that weights and the images of a batch take, which a test holds against what is taken.
    pub training: u64,
    /// Bytes that data may take.
    pub data: u64,
    /// Images that inference runs at a time.
    pub inference: usize,
}

impl Shares {
    /// The shares of `free` bytes, or without a limit, for training on so many images.
    ///
    /// # Errors
    /// When they cannot hold the network and a batch, or those are more values than a kernel can count.
    pub fn new(
        experiment: &Experiment,
        arch: &Architecture,
        free: Option<u64>,
        pictures: usize,
        backend: GpuBackend,
    ) -> Result<Self, NetworkError> {
        let spec = &experiment.train;
        // Which weights decay is noted as well.
        let decays = weight_decay(&spec.optimizer).is_some();
        let slots = slot_names(&spec.optimizer).len() + usize::from(decays);
        let footprint = Footprint::new(arch, slots, backend);
        let inference = (INFERENCE_BYTES / footprint.picture.max(1)).clamp(1, INFERENCE) as usize;
        let batch = spec.batch_size.min(pictures);
        let sliced = if backend == GpuBackend::Kernels { sliced_gradients(arch, batch) } else { 0 };
        let training = footprint.weights + footprint.trained_picture * batch as u64 + sliced;
        let needed = training.max(footprint.weights + footprint.picture * inference as u64);
        if let Some(free) = free.filter(|free| *free < needed) {
            return Err(NetworkError::Device(format!(
                "the device has {} of free memory, but training this network on batches of {batch} \
                 takes about {}; choose a smaller train.batch_size or model, end what else uses the \
                 device, or use --device cpu",
                bytes(free),
                bytes(needed)
            )));
        }
        let largest = largest_picture(arch, backend).saturating_mul(batch as u64);
        let largest = largest.max(arch.parameter_count() as u64);
        if largest >= MOST_VALUES as u64 {
            return Err(NetworkError::Device(format!(
                "the device works on less than 2^31 values at a time, but training this network on \
                 batches of {batch} takes {largest}; choose a smaller train.batch_size or model, or use \
                 --device cpu"
            )));
        }
        // What is left over may be filled with data; the estimates are not exact.
        let data = free.map_or(u64::MAX, |free| (free - needed) / 4 * 3);
        Ok(Self { training, data, inference })
    }
}

/// Into how many equal slices of their rows two matrices are cut, to multiply the transpose of one by the
/// other to so many values: each slice is multiplied by itself, and the products are summed.
///
/// Such a product is a kernel's gradient: few values, each a sum over all pixels of a batch. A GPU computes
/// a product in tiles, a multiprocessor each, so that most of it would wait for the few tiles of this one.
/// What cuBLAS does against that is its own affair, another one for each version, and for very narrow
/// matrices said to be little (Ernst, Hager, Thies and Wellein, arXiv 1905.03136).
pub fn slices(values: usize, rows: usize) -> usize {
    /// Values of a tile.
    const TILE: usize = 64 * 64;
    /// Tiles that keep a large GPU busy.
    const TILES: usize = 256;
    /// Rows that are worth a slice.
    const ROWS: usize = 1024;
    let most = (TILES / values.div_ceil(TILE)).min(rows / ROWS);
    (2..=most).rev().find(|slices| rows.is_multiple_of(*slices)).unwrap_or(1)
}

/// Bytes of the gradients of slices, while they wait to be summed.
fn sliced_gradients(arch: &Architecture, batch: usize) -> u64 {
    let bytes = arch.layers().map(|layer| {
        let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
        let values = shape.kernel_len();
        let slices = slices(values, batch * shape.rows.output * shape.cols.output);
        if slices > 1 { VALUE * (slices * values) as u64 } else { 0 }
    });
    bytes.sum()
}

/// The most values that one image has in one array.
fn largest_picture(arch: &Architecture, backend: GpuBackend) -> u64 {
    let values = arch.layers().map(|layer| {
        let gathered = match (backend, layer.op) {
            (GpuBackend::Operations, Op::Conv(shape) | Op::ConvTranspose(shape)) => {
                meeting(&shape) * shape.large_channels as u64
            }
            _ => 0,
        };
        gathered.max(windows(layer).max(layer.input.len()).max(layer.output.len()) as u64)
    });
    values.max().unwrap_or(0)
}

/// Values of what the windows of a convolution see of one image.
fn windows(layer: &Layer) -> usize {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    shape.windows_len()
}

/// What one image takes in one layer, in bytes.
struct Passing {
    forward: u64,
    /// What comes on top of that in training.
    backward: u64,
}

impl Passing {
    fn new(layer: &Layer, backend: GpuBackend) -> Self {
        let output = VALUE * layer.output.len() as u64;
        let pixels = match layer.op {
            Op::Flatten | Op::Reshape => return Self { forward: 0, backward: 0 },
            Op::Dense => 0,
            Op::Conv(shape) | Op::ConvTranspose(shape) => {
                VALUE * (shape.large().len() + shape.small().len()) as u64
            }
        };
        let windows = VALUE * windows(layer) as u64;
        // A convolution keeps its windows until those of its input's gradient are made.
        let again = if matches!(layer.op, Op::Conv(_)) { windows } else { 0 };
        match backend {
            GpuBackend::Kernels => {
                let keeps_input = saved(layer.activation) == Saved::PreActivation;
                let outputs = if keeps_input { 2 } else { 1 };
                Self { forward: windows + output, backward: again + outputs * output }
            }
            // Each operation has a result, and rows of zeros are put behind copies.
            GpuBackend::Operations => Self {
                forward: windows + pixels + gathered(layer) + 2 * output,
                backward: again + 3 * output,
            },
        }
    }
}

/// What is gathered at each pixel of a convolution to be summed, and the lists of what meets where.
fn gathered(layer: &Layer) -> u64 {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    let small = shape.small();
    let pairs = (small.height * small.width * shape.taps()) as u64;
    let meeting = meeting(&shape);
    VALUE * meeting * shape.large_channels as u64 + NUMBER * (pairs + meeting)
}

/// How many pairs of a window and a tap meet at the pixels of a convolution, at most.
fn meeting(shape: &ConvShape) -> u64 {
    let large = shape.large();
    let most = |kernel: usize, stride: usize| kernel.div_ceil(stride) as u64;
    (large.height * large.width) as u64
        * most(shape.rows.kernel, shape.rows.stride)
        * most(shape.cols.kernel, shape.cols.stride)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_equal_and_no_more_than_keep_a_gpu_busy() {
        // Kernels of the denoising network, in batches of 32 and of 1024.
        assert_eq!([288, 18432, 36864].map(|values| slices(values, 32 * 49)), [1, 1, 1]);
        assert_eq!(slices(288, 32 * 784), 16);
        assert_eq!([288, 18432, 36864].map(|values| slices(values, 1024 * 196)), [196, 49, 28]);
        assert_eq!(slices(usize::MAX, 1 << 30), 1);
        assert_eq!(slices(1, 104_729), 1, "a prime number of rows");
    }

    #[test]
    fn a_batch_of_more_values_than_kernels_count_is_refused() {
        let text = "[model]\nkind = \"conv\"\nfilters = [32, 64]\nlatent_dim = 16";
        let mut experiment: Experiment = toml::from_str(text).unwrap();
        let arch = experiment.architecture();
        let mut shares = |batch, backend| {
            experiment.train.batch_size = batch;
            Shares::new(&experiment, &arch, None, 1 << 20, backend)
        };
        assert!(shares(30_000, GpuBackend::Kernels).is_ok());
        assert!(shares(20_000, GpuBackend::Operations).is_ok());
        // Of a pixel they gather each window that sees it.
        for refused in [shares(40_000, GpuBackend::Kernels), shares(30_000, GpuBackend::Operations)]
        {
            let message = refused.unwrap_err().to_string();
            assert!(message.contains("choose a smaller train.batch_size"), "{message}");
        }
    }
}
