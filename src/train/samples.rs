//! Samples: the inputs and targets that a task makes of images.

use crate::{
    arch::Size,
    data::{Images, gray, noise},
    rng::{Purpose, stream},
    spec::{Noise, Resample, Task},
};
use std::ops::Range;

/// Inputs and targets for a set of images, generated on demand.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    images: &'a Images,
    task: &'a Task,
    seed: u64,
    purpose: Purpose,
}

impl<'a> Samples<'a> {
    /// Training samples: their noise may change from epoch to epoch.
    pub fn for_training(images: &'a Images, task: &'a Task, seed: u64) -> Self {
        Self { images, task, seed, purpose: Purpose::TrainNoise }
    }

    /// Samples for validation and figures: their noise never changes.
    pub fn for_testing(images: &'a Images, task: &'a Task, seed: u64) -> Self {
        Self { images, task, seed, purpose: Purpose::TestNoise }
    }

    /// Training images with noise that never changes, like test images, but not the same noise as the test
    /// image with the same index.
    pub fn for_probing(images: &'a Images, task: &'a Task, seed: u64) -> Self {
        Self { images, task, seed, purpose: Purpose::ProbeNoise }
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Returns the size of a target.
    pub fn target_size(&self) -> Size {
        self.images.size
    }

    /// Returns the size of an input.
    pub fn input_size(&self) -> Size {
        self.task.input_size(self.images.size)
    }

    /// Whether inputs change from epoch to epoch.
    pub fn change(&self) -> bool {
        let resampled = |noise: &Noise| noise.resample() == Resample::Epoch;
        self.purpose == Purpose::TrainNoise
            && matches!(self.task, Task::Denoise { noise } if resampled(noise))
    }

    /// Whether each input is its own target.
    pub fn are_targets(&self) -> bool {
        matches!(self.task, Task::Reconstruct)
    }

    /// Appends input and target of sample `index`, with the noise of `epoch`, to the two vectors.
    pub fn append(
        &self,
        index: usize,
        epoch: usize,
        inputs: &mut Vec<f32>,
        targets: &mut Vec<f32>,
    ) {
        let start = targets.len();
        self.append_target(index, targets);
        let target = &targets[start..];
        match self.task {
            Task::Reconstruct => inputs.extend_from_slice(target),
            Task::Colorize => inputs.extend(gray(target)),
            Task::Denoise { noise } => {
                let start = inputs.len();
                inputs.extend_from_slice(target);
                self.corrupt(noise, index, epoch, &mut inputs[start..]);
            }
        }
    }

    /// Appends the target of sample `index`: its image with values in [0, 1].
    pub fn append_target(&self, index: usize, targets: &mut Vec<f32>) {
        targets.extend(self.images.get(index).iter().map(|&value| f32::from(value) / 255.0));
    }

    fn corrupt(&self, noise: &Noise, index: usize, epoch: usize, image: &mut [f32]) {
        let epoch = match (self.purpose, noise.resample()) {
            (Purpose::TrainNoise, Resample::Epoch) => epoch as u64 + 1,
            _ => 0,
        };
        let mut rng = stream(self.seed, self.purpose, epoch, index as u64);
        noise::corrupt(noise, &mut rng, self.images.size, image);
    }

    /// Returns inputs and targets of the samples in `range`, with noise that does not depend on the epoch.
    pub fn range(&self, range: Range<usize>) -> (Vec<f32>, Vec<f32>) {
        let mut inputs = Vec::new();
        let mut targets = Vec::new();
        for index in range {
            self.append(index, 0, &mut inputs, &mut targets);
        }
        (inputs, targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Strength;

    #[test]
    fn training_noise_is_drawn_once_or_every_epoch_and_test_noise_only_once() {
        let size = Size::new(3, 4, 1);
        let images = Images { size, pixels: vec![128; 2 * size.len()], labels: Vec::new() };
        for (resample, changes) in [(Resample::Once, false), (Resample::Epoch, true)] {
            let noise = Noise::Gaussian {
                mean: 0.0,
                sigma: Strength::Range([0.1, 0.3]),
                clip: [0.0, 1.0],
                resample,
            };
            let task = Task::Denoise { noise };
            let inputs = |samples: &Samples<'_>, epoch| {
                let mut inputs = Vec::new();
                samples.append(1, epoch, &mut inputs, &mut Vec::new());
                inputs
            };
            let training = Samples::for_training(&images, &task, 7);
            let testing = Samples::for_testing(&images, &task, 7);
            assert_eq!(inputs(&training, 0) != inputs(&training, 1), changes, "{resample:?}");
            assert_eq!(inputs(&training, 1) != inputs(&training, 2), changes, "{resample:?}");
            assert_eq!((training.change(), testing.change()), (changes, false), "{resample:?}");
            assert_eq!(inputs(&testing, 0), inputs(&testing, 1), "{resample:?}");
            assert_ne!(inputs(&testing, 0), inputs(&training, 0), "{resample:?}");
            let probing = Samples::for_probing(&images, &task, 7);
            assert_eq!(inputs(&probing, 0), inputs(&probing, 1), "{resample:?}");
            assert!([&training, &testing].iter().all(|s| inputs(s, 0) != inputs(&probing, 0)));
        }
    }

    #[test]
    fn equal_images_get_different_noise() {
        let size = Size::new(3, 4, 1);
        let images = Images { size, pixels: vec![128; 2 * size.len()], labels: Vec::new() };
        for resample in [Resample::Once, Resample::Epoch] {
            let sigma = Strength::Level(0.2);
            let noise = Noise::Gaussian { mean: 0.0, sigma, clip: [0.0, 1.0], resample };
            let task = Task::Denoise { noise };
            for samples in [Samples::for_training, Samples::for_testing, Samples::for_probing] {
                let (inputs, targets) = samples(&images, &task, 7).range(0..2);
                let halves = |values: &[f32]| values[..size.len()] == values[size.len()..];
                assert_eq!((halves(&targets), halves(&inputs)), (true, false), "{resample:?}");
            }
        }
    }
}
