//! One step of the optimiser over one batch.

use super::{partition::Partition, session::Session};
use crate::nn::{Lane, Network, NetworkError};
use rayon::prelude::*;
use std::ops::Range;

/// A lane's gradients: where the tape adds them up, and side by side as the optimiser takes them.
pub(super) struct GradientLane {
    gradients: Lane,
    flat: Vec<f32>,
}

impl GradientLane {
    /// Gradients of `len` parameters, all 0.
    pub fn new(network: &dyn Network, len: usize) -> Result<Self, NetworkError> {
        Ok(Self { gradients: network.lane()?, flat: vec![0.0; len] })
    }

    /// Moves what the tape has added up to `flat`.
    fn collect(&mut self, network: &dyn Network) -> Result<(), NetworkError> {
        let mut rest = self.flat.as_mut_slice();
        let mut result = Ok(());
        network.visit(&mut |parameter| match self.gradients.of(parameter) {
            Ok(sum) => {
                let (flat, after) = std::mem::take(&mut rest).split_at_mut(sum.len());
                flat.copy_from_slice(sum);
                sum.fill(0.0);
                rest = after;
            }
            Err(error) => result = Err(error),
        });
        result
    }
}

impl Session<'_> {
    /// Trains on the pictures of `batch` as they are in `epoch`, at learning rate `rate`; returns
    /// the sum of their losses.
    ///
    /// Threads take lanes of the batch; a lane's chunks run in order into its own gradients, and
    /// lanes are summed in order, so the result does not depend on the number of threads.
    pub(super) fn step(
        &mut self,
        batch: &[usize],
        epoch: usize,
        rate: f64,
    ) -> Result<f64, NetworkError> {
        let partition =
            Partition::new(batch.len(), self.arch.activation_count(), self.arch.parameter_count());
        let mut lanes = std::mem::take(&mut self.lanes);
        let losses: Result<Vec<f64>, NetworkError> = lanes[..partition.lane_count()]
            .par_iter_mut()
            .enumerate()
            .map(|(index, lane)| {
                let loss = partition.chunks(index).try_fold(0.0, |sum, chunk| {
                    Ok(sum + self.accumulate(batch, chunk, epoch, &mut lane.gradients)?)
                });
                lane.collect(&*self.network)?;
                loss
            })
            .collect();
        self.lanes = lanes;
        let loss = losses?.iter().sum();
        let sums: Vec<&[f32]> =
            self.lanes[..partition.lane_count()].iter().map(|lane| lane.flat.as_slice()).collect();
        let clip = &self.experiment.train.clip;
        self.optimizer.step(rate, clip, &mut self.weights, &sums);
        self.hand_out_weights();
        Ok(loss)
    }

    /// Forward and backward over one chunk of the batch; returns the sum of its losses.
    fn accumulate(
        &self,
        batch: &[usize],
        chunk: Range<usize>,
        epoch: usize,
        lane: &mut Lane,
    ) -> Result<f64, NetworkError> {
        let count = chunk.len();
        let target_len = self.train.target_size().len();
        let mut inputs = Vec::with_capacity(count * self.train.input_size().len());
        let mut targets = Vec::with_capacity(count * target_len);
        for &index in &batch[chunk] {
            self.train.append(index, epoch, &mut inputs, &mut targets);
        }
        let scale = 1.0 / batch.len() as f32;
        let mut loss = |outputs: &[f32], gradient: &mut [f32]| {
            outputs
                .chunks_exact(target_len)
                .zip(targets.chunks_exact(target_len))
                .zip(gradient.chunks_exact_mut(target_len))
                .map(|((output, target), gradient)| {
                    self.loss.gradient(output, target, scale, gradient)
                })
                .sum()
        };
        self.network.accumulate(inputs, count, &mut loss, lane)
    }
}
