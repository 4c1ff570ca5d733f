//! How well a network does on samples it is not trained on.

use super::{
    loss::Loss,
    metric::{MeanQuality, Meter, Quality},
    partition::Partition,
    samples::Samples,
};
use crate::{
    arch::Architecture,
    nn::{Network, NetworkError},
};
use rayon::prelude::*;
use std::ops::Range;

/// Means over all samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The loss that is trained on.
    pub loss: f64,
    /// Everything else.
    pub quality: Quality,
}

/// Runs pictures through a network, a few at a time on each thread.
#[derive(Clone, Copy)]
pub struct Inference<'a> {
    network: &'a dyn Network,
    chunk: usize,
}

impl<'a> Inference<'a> {
    /// Inference with `network`, which is one of `arch`.
    pub fn new(network: &'a dyn Network, arch: &Architecture) -> Self {
        let partition =
            Partition::new(usize::MAX >> 8, arch.activation_count(), arch.parameter_count());
        Self { network, chunk: partition.chunk_len() }
    }

    /// What the network makes of `count` pictures, whose values stand in `inputs`.
    ///
    /// # Errors
    /// When memory is exhausted or `inputs` is not `count` pictures long.
    pub fn reconstruct(&self, inputs: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(inputs, count, |chunk, n| self.network.reconstruct(chunk, n))
    }

    /// The codes of `count` pictures, whose values stand in `inputs`.
    ///
    /// # Errors
    /// When memory is exhausted or `inputs` is not `count` pictures long.
    pub fn encode(&self, inputs: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(inputs, count, |chunk, n| self.network.encode(chunk, n))
    }

    /// The pictures of `count` codes, which stand in `codes`.
    ///
    /// # Errors
    /// When memory is exhausted or `codes` is not `count` codes long.
    pub fn decode(&self, codes: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        self.map(codes, count, |chunk, n| self.network.decode(chunk, n))
    }

    fn map(
        &self,
        values: &[f32],
        count: usize,
        f: impl Fn(Vec<f32>, usize) -> Result<Vec<f32>, NetworkError> + Sync,
    ) -> Result<Vec<f32>, NetworkError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if !values.len().is_multiple_of(count) {
            return Err(NetworkError::WrongSize);
        }
        let len = values.len() / count;
        let chunks: Vec<_> = values
            .par_chunks(self.chunk * len)
            .map(|chunk| f(chunk.to_vec(), chunk.len() / len))
            .collect::<Result<_, _>>()?;
        Ok(chunks.concat())
    }

    /// Loss and metrics over all `samples`, summed in their order.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn evaluate(&self, samples: &Samples<'_>, loss: &Loss) -> Result<Evaluation, NetworkError> {
        let meter = Meter::new(samples.target_size());
        let measured: Vec<_> = (0..samples.len().div_ceil(self.chunk))
            .into_par_iter()
            .map(|chunk| {
                let end = samples.len().min((chunk + 1) * self.chunk);
                self.measure(samples, chunk * self.chunk..end, loss, &meter)
            })
            .collect::<Result<_, _>>()?;
        let mut sum = 0.0;
        let mut quality = MeanQuality::default();
        for (loss, picture) in measured.iter().flatten() {
            sum += loss;
            quality.add(picture);
        }
        let none = Quality { mse: f64::NAN, mae: f64::NAN, psnr: f64::NAN, ssim: f64::NAN };
        Ok(Evaluation {
            loss: sum / samples.len() as f64,
            quality: quality.value().unwrap_or(none),
        })
    }

    fn measure(
        &self,
        samples: &Samples<'_>,
        range: Range<usize>,
        loss: &Loss,
        meter: &Meter,
    ) -> Result<Vec<(f64, Quality)>, NetworkError> {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        let count = range.len();
        for index in range {
            samples.append(index, 0, &mut inputs, &mut targets);
        }
        let outputs = self.network.reconstruct(inputs, count)?;
        let len = samples.target_size().len();
        Ok(outputs
            .chunks_exact(len)
            .zip(targets.chunks_exact(len))
            .map(|(output, target)| (loss.evaluate(output, target), meter.measure(output, target)))
            .collect())
    }
}
