//! The errors of the run's own test images, which tell whether those of other images are unusual.

use super::super::{
    exit::{Failure, Result},
    output,
    signals::Signals,
    trained::Trained,
};
use crate::{
    nn::Network,
    run::workplace::load_data,
    spec::{Noise, Task},
    train::{Inference, Samples, loss::mse},
};
use rayon::prelude::*;

/// The mean squared errors of test images, measured as those of the user's images are.
#[derive(Debug)]
pub struct Baseline {
    /// In ascending order.
    errors: Vec<f64>,
    /// What one of them is called.
    pub one: &'static str,
}

impl Baseline {
    /// Measures the run's test images on all threads of the current pool. Those of a denoising run have its own noise:
    /// with `corrupt`, the outputs are compared with the images before it, as the user's are; without, with the noisy
    /// images, since what the user gives to such a network is noisy. Stops early on a signal.
    ///
    /// # Errors
    /// If the images are missing, or memory is exhausted.
    pub fn of(
        trained: &Trained,
        network: &dyn Network,
        corrupt: Option<&Noise>,
        signals: &Signals,
    ) -> Result<Self> {
        let experiment = &trained.experiment;
        let dataset = load_data(&experiment.data).map_err(|error| {
            let reason = "--p-values compares with the run's own test images, which cannot be read";
            Failure::failed(format!("{reason}: {error}"))
        })?;
        let warnings = dataset.warnings.iter().cloned();
        let warnings = warnings.chain(trained.other_images(&dataset));
        warnings.for_each(output::warn);
        let is_noisy = matches!(experiment.task, Task::Denoise { .. }) && corrupt.is_none();
        let samples = Samples::for_testing(&dataset.test, &experiment.task, experiment.meta.seed);
        let inference = Inference::new(network, &trained.arch);
        let (at_once, len) = (samples.target_size().at_once(256), samples.target_size().len());
        let bar = output::counter(samples.len(), "test images");
        let mut errors = Vec::with_capacity(samples.len());
        for start in (0..samples.len()).step_by(at_once) {
            if signals.received().is_some() {
                break;
            }
            let range = start..samples.len().min(start + at_once);
            let count = range.len();
            let (mut inputs, targets) = samples.range(range);
            if is_noisy {
                for value in &mut inputs {
                    *value = as_saved(*value);
                }
            }
            let given = if is_noisy { &inputs } else { &targets };
            let outputs = inference.reconstruct(&inputs, count)?;
            let pairs = outputs.par_chunks_exact(len).zip(given.par_chunks_exact(len));
            errors.par_extend(pairs.map(|(output, target)| mse(output, target)));
            bar.inc(count as u64);
        }
        output::remove(&bar);
        errors.sort_by(f64::total_cmp);
        Ok(Self { errors, one: if is_noisy { "noisy test image" } else { "test image" } })
    }

    /// Returns the number of test images.
    pub fn len(&self) -> usize {
        self.errors.len()
    }

    /// Returns the empirical p-value of an error: the share of the test images, counting the image itself as
    /// one, whose error is at least as large. It is above 0 and at most 1, and about uniform for images like
    /// the test images.
    pub fn p_value(&self, error: f64) -> f64 {
        let smaller = self.errors.partition_point(|known| *known < error);
        (1 + self.len() - smaller) as f64 / (1 + self.len()) as f64
    }
}

/// Returns a value as an image file has it: from 0 to 1, with eight bits.
fn as_saved(value: f32) -> f32 {
    (value.clamp(0.0, 1.0) * 255.0).round() / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_p_value_counts_the_test_images_whose_error_is_at_least_as_large() {
        let baseline = Baseline { errors: vec![0.1, 0.2, 0.2, 0.3], one: "test image" };
        for (error, p_value) in
            [(0.0, 1.0), (0.1, 1.0), (0.2, 0.8), (0.25, 0.4), (0.3, 0.4), (9.0, 0.2)]
        {
            assert!((baseline.p_value(error) - p_value).abs() < 1e-12, "{error}");
        }
    }
}
