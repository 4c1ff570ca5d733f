//! Inference, and evaluation of a network on samples that it is not trained on.

use super::{
    loss::Loss,
    metric::{Meter, Quality, mean},
    partition::chunk_len,
    samples::Samples,
};
use crate::{
    arch::Architecture,
    nn::{Network, NetworkError},
};
use rayon::prelude::*;
use std::{iter::repeat_n, ops::Range};

/// The most images whose inputs and outputs are in memory at once when a device runs them.
const MEASURED_AT_ONCE: usize = 1024;
/// The fewest images worth measuring on another thread.
const MEASURED_AT_LEAST: usize = 32;

/// Mean loss and quality over all samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The training loss.
    pub loss: f64,
    /// The other metrics.
    pub quality: Quality,
}

impl Evaluation {
    /// Returns all values with the names of their columns, in column order.
    pub fn values(&self) -> [(&'static str, f64); 5] {
        let [mse, mae, psnr, ssim] = self.quality.values();
        [("loss", self.loss), mse, mae, psnr, ssim]
    }
}

/// Returns the quality of the unprocessed inputs compared with the targets, as a baseline. Gray inputs of targets in
/// colour count as images whose channels are all equal. None if inputs are the targets, or there are no samples.
pub fn untouched(samples: &Samples<'_>) -> Option<Quality> {
    if samples.are_targets() {
        return None;
    }
    let meter = Meter::new(samples.target_size());
    let each = samples.target_size().channels / samples.input_size().channels;
    let measure = |index| {
        let (input, target) = samples.range(index..index + 1);
        let input: Vec<f32> = input.iter().flat_map(|value| repeat_n(*value, each)).collect();
        meter.measure(&input, &target)
    };
    let indices = (0..samples.len()).into_par_iter().with_min_len(MEASURED_AT_LEAST);
    let measured: Vec<Quality> = indices.map(measure).collect();
    mean(&measured)
}

/// Which part of a network to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// From images to codes.
    Encode,
    /// From codes to images.
    Decode,
    /// From images to images.
    Reconstruct,
}

/// A network on a device, which runs many images at a time, rather than a few on each thread.
pub trait Passes: Sync {
    /// Runs `pass` on `count` images or codes.
    ///
    /// # Errors
    /// When the device fails.
    fn run(&self, pass: Pass, values: &[f32], count: usize) -> Result<Vec<f32>, NetworkError>;
}

/// Where passes run.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// On the CPU, `chunk` images at a time on each thread.
    Host {
        network: &'a dyn Network,
        chunk: usize,
    },
    Device(&'a dyn Passes),
}

/// Runs images through a network, a few at a time on each thread or all on a device.
#[derive(Clone, Copy)]
pub struct Inference<'a> {
    place: Place<'a>,
}

impl<'a> Inference<'a> {
    /// Inference on the CPU with `network`, which must have architecture `arch`.
    pub fn new(network: &'a dyn Network, arch: &Architecture) -> Self {
        let chunk = chunk_len(arch.activation_count(), arch.parameter_count());
        Self { place: Place::Host { network, chunk } }
    }

    /// Inference on a device.
    pub fn on_device(passes: &'a dyn Passes) -> Self {
        Self { place: Place::Device(passes) }
    }

    /// Encodes and decodes the `count` images in `inputs`.
    ///
    /// # Errors
    /// When memory is exhausted or `inputs` is not `count` images long.
    pub fn reconstruct(&self, inputs: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(Pass::Reconstruct, inputs, count)
    }

    /// Encodes the `count` images in `inputs`.
    ///
    /// # Errors
    /// When memory is exhausted or `inputs` is not `count` images long.
    pub fn encode(&self, inputs: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(Pass::Encode, inputs, count)
    }

    /// Decodes the `count` codes in `codes`.
    ///
    /// # Errors
    /// When memory is exhausted or `codes` is not `count` codes long.
    pub fn decode(&self, codes: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(Pass::Decode, codes, count)
    }

    fn map(&self, pass: Pass, values: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if values.is_empty() || !values.len().is_multiple_of(count) {
            return Err(NetworkError::WrongSize);
        }
        let (network, chunk) = match self.place {
            Place::Host { network, chunk } => (network, chunk),
            Place::Device(device) => return device.run(pass, values, count),
        };
        let len = values.len() / count;
        let chunks: Vec<_> = values
            .par_chunks(chunk * len)
            .map(|chunk| match pass {
                Pass::Encode => network.encode(chunk.to_vec(), chunk.len() / len),
                Pass::Decode => network.decode(chunk.to_vec(), chunk.len() / len),
                Pass::Reconstruct => network.reconstruct(chunk.to_vec(), chunk.len() / len),
            })
            .collect::<Result<_, _>>()?;
        Ok(chunks.concat())
    }

    /// Computes mean loss and metrics over all `samples`, summed in order.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn evaluate(&self, samples: &Samples<'_>, loss: &Loss) -> Result<Evaluation, NetworkError> {
        let meter = Meter::new(samples.target_size());
        let at_once = match self.place {
            Place::Host { chunk, .. } => chunk,
            Place::Device(_) => samples.target_size().at_once(MEASURED_AT_ONCE),
        };
        let measure = |start: usize| {
            self.measure(samples, start..samples.len().min(start + at_once), loss, &meter)
        };
        let starts: Vec<usize> = (0..samples.len()).step_by(at_once).collect();
        let measured: Vec<_> = match self.place {
            Place::Host { .. } => starts.into_par_iter().map(measure).collect::<Result<_, _>>()?,
            Place::Device(_) => starts.into_iter().map(measure).collect::<Result<_, _>>()?,
        };
        let sum: f64 = measured.iter().flatten().map(|(loss, _)| loss).sum();
        let quality = mean(measured.iter().flatten().map(|(_, image)| image));
        let none = Quality { mse: f64::NAN, mae: f64::NAN, psnr: f64::NAN, ssim: f64::NAN };
        Ok(Evaluation { loss: sum / samples.len() as f64, quality: quality.unwrap_or(none) })
    }

    fn measure(
        &self,
        samples: &Samples<'_>,
        range: Range<usize>,
        loss: &Loss,
        meter: &Meter,
    ) -> Result<Vec<(f64, Quality)>, NetworkError> {
        let count = range.len();
        let (inputs, targets) = samples.range(range);
        let len = samples.target_size().len();
        let outputs = match self.place {
            Place::Host { network, .. } => network.reconstruct(inputs, count)?,
            Place::Device(device) => device.run(Pass::Reconstruct, &inputs, count)?,
        };
        Ok(outputs
            .par_chunks_exact(len)
            .zip(targets.par_chunks_exact(len))
            .with_min_len(MEASURED_AT_LEAST)
            .map(|(output, target)| (loss.evaluate(output, target), meter.measure(output, target)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{arch::Size, data::Images, spec};
    use std::sync::Mutex;

    /// Records how many images it gets, and fails.
    struct Counted(Mutex<Vec<usize>>);

    impl Passes for Counted {
        fn run(&self, _: Pass, _: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
            self.0.lock().unwrap().push(count);
            Err(NetworkError::WrongSize)
        }
    }

    #[test]
    fn the_quality_of_untouched_inputs_measures_the_noise() {
        let size = Size::new(4, 4, 1);
        let images = Images { size, pixels: vec![0; 40 * size.len()], labels: Vec::new() };
        let noise = |level| {
            let noise = spec::Noise::SaltAndPepper {
                amount: spec::Strength::Level(level),
                salt: 1.0,
                resample: spec::Resample::Once,
            };
            let task = spec::Task::Denoise { noise };
            untouched(&Samples::for_testing(&images, &task, 1)).unwrap()
        };
        // White instead of black is an error of 1.
        let all = Quality { mse: 1.0, mae: 1.0, psnr: 0.0, ssim: noise(1.0).ssim };
        assert_eq!(noise(1.0), all);
        assert_eq!(noise(0.0), Quality { mse: 0.0, mae: 0.0, psnr: 100.0, ssim: 1.0 });
        let half = noise(0.5).mse;
        assert!((half - 0.5).abs() < 0.1, "{half}");
        let nothing_to_do = Samples::for_testing(&images, &spec::Task::Reconstruct, 1);
        assert_eq!(untouched(&nothing_to_do), None);
    }

    #[test]
    fn gray_is_compared_with_colour_in_every_channel() {
        let size = Size::new(2, 3, 3);
        let images = Images { size, pixels: [255, 0, 0].repeat(6), labels: Vec::new() };
        let gray = untouched(&Samples::for_testing(&images, &spec::Task::Colorize, 1)).unwrap();
        // Red is a gray of 0.299.
        let mse = (0.701_f64.powi(2) + 2.0 * 0.299_f64.powi(2)) / 3.0;
        assert!((gray.mse - mse).abs() < 1e-6, "{gray:?}");
        assert!((gray.mae - (0.701 + 2.0 * 0.299) / 3.0).abs() < 1e-6, "{gray:?}");
    }

    #[test]
    fn values_that_are_not_whole_images_are_refused() {
        let device = Counted(Mutex::default());
        for (values, count) in [(&[][..], 5), (&[0.5; 7][..], 2)] {
            let result = Inference::on_device(&device).encode(values, count);
            assert_eq!(result, Err(NetworkError::WrongSize), "{values:?}");
        }
        assert!(device.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_device_gets_fewer_images_at_a_time_if_they_are_large() {
        let size = Size::new(1024, 1024, 3);
        let images = Images { size, pixels: vec![9; 7 * size.len()], labels: Vec::new() };
        let samples = Samples::for_testing(&images, &spec::Task::Reconstruct, 1);
        let device = Counted(Mutex::default());
        let loss = Loss::new(&spec::Loss::default(), size);
        Inference::on_device(&device).evaluate(&samples, &loss).unwrap_err();
        assert_eq!(*device.0.lock().unwrap(), [5]);
        assert_eq!(Size::new(28, 28, 1).at_once(MEASURED_AT_ONCE), MEASURED_AT_ONCE);
    }
}
