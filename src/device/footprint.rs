//! Estimates the device memory that a network takes.

use super::slices::slices;
use crate::{
    arch::{Architecture, ConvShape, Layer, Op},
    nn::NetworkError,
    ops::activation::{Saved, saved},
    spec::Experiment,
    train::optimizer::{slot_names, weight_decay},
    words::bytes,
};
use std::fmt;

/// The limit on values per array: kernels, including dfdx's, use 32-bit indices, and cuBLAS signed 32-bit
/// sizes.
pub const MOST_VALUES: usize = 1 << 31;
/// The most images that inference runs at a time.
const INFERENCE: u64 = 1024;
/// The memory budget for the images that inference runs at a time. It does not depend on the free memory,
/// because the number of images can affect the last bits of results.
const INFERENCE_BYTES: u64 = 1 << 26;
/// What is left free beyond the estimates: the workspaces of cuBLAS and the kernels that the driver loads, and
/// those of another run that starts on the device at the same time.
const RESERVE: u64 = 1 << 28;
/// Bytes per value.
const VALUE: u64 = 4;
/// Bytes per row index.
const NUMBER: u64 = 8;

/// The implementation that computes a step on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuBackend {
    /// Our own kernels.
    Kernels,
    /// dfdx's operations.
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

/// Upper estimates of the device memory that a network takes, in bytes. Memory is kept for every tensor of a
/// step, to be reused in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Weights, their gradients, and the optimizer's slots.
    pub weights: u64,
    /// The forward and backward pass of one image.
    pub per_trained_image: u64,
    /// The forward pass of one image.
    pub per_image: u64,
}

impl Footprint {
    /// The footprint of `arch` with this many optimizer slots per weight.
    pub fn new(arch: &Architecture, slots: usize, backend: GpuBackend) -> Self {
        let layers = || arch.layers().map(|layer| Passing::new(layer, backend));
        let ends = VALUE * (2 * arch.input.len() + 2 * arch.output.len()) as u64;
        let forward: u64 = layers().map(|layer| layer.forward).sum();
        let backward: u64 = layers().map(|layer| layer.backward).sum();
        // A tenth more for what is too small to be itemized.
        let generous = |bytes: u64| bytes + bytes / 10;
        Self {
            weights: VALUE * arch.parameter_count() as u64 * (2 + slots as u64),
            per_trained_image: generous(forward + backward + ends),
            per_image: generous(forward + ends),
        }
    }
}

/// How a device's memory is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Estimated bytes for weights and the images of a batch; a test compares this with the actual use.
    pub training: u64,
    /// The most bytes for data.
    pub data: u64,
    /// The number of images that inference runs at a time.
    pub inference: usize,
}

impl Shares {
    /// Divides `free` bytes, or unlimited memory, for training on this many images.
    ///
    /// # Errors
    /// When the network and a batch do not fit, or have more values than a kernel can index.
    pub fn new(
        experiment: &Experiment,
        arch: &Architecture,
        free: Option<u64>,
        images: usize,
        backend: GpuBackend,
    ) -> Result<Self, NetworkError> {
        let spec = &experiment.train;
        // The mask of weights that decay takes the space of a slot.
        let decays = weight_decay(&spec.optimizer).is_some();
        let slots = slot_names(&spec.optimizer).len() + usize::from(decays);
        let footprint = Footprint::new(arch, slots, backend);
        let inference = (INFERENCE_BYTES / footprint.per_image.max(1)).clamp(1, INFERENCE) as usize;
        let batch = spec.batch_size.min(images);
        let sliced = if backend == GpuBackend::Kernels { sliced_gradients(arch, batch) } else { 0 };
        // Large kernels over large images may take more bytes than there are addresses.
        let passes = footprint.per_trained_image.saturating_mul(batch as u64);
        let training = footprint.weights.saturating_add(passes).saturating_add(sliced);
        let needed = training.max(footprint.weights + footprint.per_image * inference as u64);
        if let Some(free) = free.filter(|free| *free < needed) {
            return Err(NetworkError::Device(format!(
                "the device has {} of free memory, but training this network on batches of {batch} \
                 takes about {}; choose a smaller train.batch_size or model, stop other programs on \
                 the device, or use --device cpu",
                bytes(free),
                bytes(needed)
            )));
        }
        let largest = largest_image(arch, backend).saturating_mul(batch as u64);
        let largest = largest.max(arch.parameter_count() as u64);
        if largest >= MOST_VALUES as u64 {
            return Err(NetworkError::Device(format!(
                "the device is limited to less than 2^31 values per array, but training this network on \
                 batches of {batch} takes {largest}; choose a smaller train.batch_size or model, or use \
                 --device cpu"
            )));
        }
        // Most of the rest may be filled with data, but not all, since the estimates are not exact.
        let data = free.map_or(u64::MAX, |free| (free - needed).saturating_sub(RESERVE) / 4 * 3);
        Ok(Self { training, data, inference })
    }
}

/// Returns the bytes of the slices' gradients before they are summed.
fn sliced_gradients(arch: &Architecture, batch: usize) -> u64 {
    let bytes = arch.layers().map(|layer| {
        let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
        let values = shape.kernel_len();
        let slices = slices(values, batch * shape.rows.output * shape.cols.output);
        if slices > 1 { VALUE * (slices * values) as u64 } else { 0 }
    });
    bytes.sum()
}

/// Returns the most values of one image in any array.
fn largest_image(arch: &Architecture, backend: GpuBackend) -> u64 {
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

/// Returns the number of values in all windows of a convolution over one image.
fn windows(layer: &Layer) -> usize {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    shape.windows_len()
}

/// The bytes that one image takes in one layer.
struct Passing {
    forward: u64,
    /// The additional bytes in training.
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
        // A convolution keeps its windows while those of its input gradient are computed.
        let again = if matches!(layer.op, Op::Conv(_)) { windows } else { 0 };
        match backend {
            GpuBackend::Kernels => {
                let keeps_input = saved(layer.activation) == Saved::PreActivation;
                let outputs = if keeps_input { 2 } else { 1 };
                Self { forward: windows + output, backward: again + outputs * output }
            }
            // Each operation allocates its result, and appending a row of zeros makes a copy.
            GpuBackend::Operations => Self {
                forward: windows + pixels + gathered(layer) + 2 * output,
                backward: again + 3 * output,
            },
        }
    }
}

/// Returns the bytes of the values that are gathered and summed at each pixel of a convolution, and of the
/// index lists.
fn gathered(layer: &Layer) -> u64 {
    let (Op::Conv(shape) | Op::ConvTranspose(shape)) = layer.op else { return 0 };
    let small = shape.small();
    let pairs = (small.height * small.width * shape.taps()) as u64;
    let meeting = meeting(&shape);
    VALUE * meeting * shape.large_channels as u64 + NUMBER * (pairs + meeting)
}

/// Returns the most pairs of a window and a tap that contribute to the pixels of a convolution.
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
    fn data_may_fill_most_of_what_the_network_and_the_reserve_leave() {
        let experiment: Experiment =
            toml::from_str("[model]\nkind = \"mlp\"\nhidden = [8]\nlatent_dim = 4").unwrap();
        let arch = experiment.architecture();
        let shares =
            |free| Shares::new(&experiment, &arch, free, 1 << 20, GpuBackend::Kernels).unwrap();
        assert_eq!(shares(None).data, u64::MAX);
        assert_eq!(shares(Some(RESERVE)).data, 0, "the network takes a part of that");
        let data = shares(Some(5 * RESERVE)).data;
        assert!(data > 2 * RESERVE && data < 3 * RESERVE, "{data}");
    }

    #[test]
    fn a_batch_of_more_bytes_than_there_are_addresses_is_refused() {
        // Large images, kernels and batches, all of them within the limits of an experiment.
        let text = r#"
            data = { dataset = "image_folder", root = "x", image_size = [1024, 1024], channels = 3 }
            [model]
            kind = "conv"
            filters = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
            kernel_size = 1024
            strides = 1
            latent_dim = 1
            [train]
            batch_size = 65536
        "#;
        let experiment: Experiment = toml::from_str(text).unwrap();
        let arch = experiment.architecture();
        for free in [Some(1 << 40), None] {
            for backend in [GpuBackend::Kernels, GpuBackend::Operations] {
                let refused = Shares::new(&experiment, &arch, free, 1 << 20, backend);
                let message = refused.unwrap_err().to_string();
                assert!(message.contains("choose a smaller train.batch_size"), "{message}");
            }
        }
    }

    #[test]
    fn a_batch_of_more_values_than_kernels_can_index_is_refused() {
        let text = "[model]\nkind = \"conv\"\nfilters = [32, 64]\nlatent_dim = 16";
        let mut experiment: Experiment = toml::from_str(text).unwrap();
        let arch = experiment.architecture();
        let mut shares = |batch, backend| {
            experiment.train.batch_size = batch;
            Shares::new(&experiment, &arch, None, 1 << 20, backend)
        };
        assert!(shares(30_000, GpuBackend::Kernels).is_ok());
        assert!(shares(20_000, GpuBackend::Operations).is_ok());
        // dfdx's operations gather every window that contains a pixel.
        for refused in [shares(40_000, GpuBackend::Kernels), shares(30_000, GpuBackend::Operations)]
        {
            let message = refused.unwrap_err().to_string();
            assert!(message.contains("choose a smaller train.batch_size"), "{message}");
        }
    }
}
