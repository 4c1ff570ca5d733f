//! Training samples where they are used.

use super::tensor::{Kit, Matrix, Outcome, Place, rows};
use crate::train::Samples;
use rayon::prelude::*;

/// The kernels that gather rows count values with 32 bits.
const MOST_VALUES: usize = u32::MAX as usize;

/// Training samples, all of them on the device if they fit.
#[derive(Debug)]
pub struct Data<'a, D: Place> {
    samples: Samples<'a>,
    kept: Option<Kept<D>>,
}

/// Samples on the device, a row each.
#[derive(Debug)]
struct Kept<D: Place> {
    inputs: Matrix<D>,
    /// None where inputs are targets.
    targets: Option<Matrix<D>>,
    /// The epoch whose noise the inputs have.
    epoch: usize,
}

impl<'a, D: Place> Data<'a, D> {
    /// The samples, kept on the device if they take `budget` bytes at most.
    ///
    /// # Errors
    /// When the device's memory is exhausted all the same.
    pub fn new(kit: &Kit<D>, samples: Samples<'a>, budget: u64) -> Outcome<Self, D> {
        let fits = bytes(&samples) <= budget && largest(&samples) <= MOST_VALUES;
        let mut data = Self { samples, kept: None };
        if fits {
            let (inputs, targets) = data.made(0);
            let own = !samples.are_targets();
            let targets = own.then(|| data.uploaded(kit, &targets)).transpose()?;
            data.kept = Some(Kept { inputs: data.uploaded(kit, &inputs)?, targets, epoch: 0 });
        }
        Ok(data)
    }

    /// Whether they are on the device.
    pub fn are_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Inputs and targets of `batch` as they are in `epoch`, a row each.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn batch(
        &mut self,
        kit: &Kit<D>,
        batch: &[usize],
        epoch: usize,
    ) -> Outcome<(Matrix<D>, Matrix<D>), D> {
        let stale = self.kept.as_ref().is_some_and(|kept| kept.epoch != epoch);
        if stale && self.samples.change() {
            let (inputs, _) = self.made(epoch);
            if let Some(kept) = &mut self.kept {
                kept.inputs.copy_from(&inputs);
                kept.epoch = epoch;
            }
        }
        let Some(kept) = &self.kept else { return self.copied(kit, batch, epoch) };
        let index = kit.index(batch.to_vec())?;
        let inputs = rows(kept.inputs.clone(), &index)?;
        let targets = match &kept.targets {
            Some(targets) => rows(targets.clone(), &index)?,
            None => inputs.clone(),
        };
        Ok((inputs, targets))
    }

    /// The same, made here and copied to the device.
    fn copied(
        &self,
        kit: &Kit<D>,
        batch: &[usize],
        epoch: usize,
    ) -> Outcome<(Matrix<D>, Matrix<D>), D> {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for &index in batch {
            self.samples.append(index, epoch, &mut inputs, &mut targets);
        }
        let matrix = |values: Vec<f32>| {
            let columns = values.len() / batch.len();
            kit.matrix(values, batch.len(), columns)
        };
        Ok((matrix(inputs)?, matrix(targets)?))
    }

    /// Inputs and targets of all samples.
    fn made(&self, epoch: usize) -> (Vec<f32>, Vec<f32>) {
        let (input, target) = (self.samples.input_size().len(), self.samples.target_size().len());
        let mut inputs = vec![0.0; self.samples.len() * input];
        let mut targets = vec![0.0; self.samples.len() * target];
        let samples = self.samples;
        inputs
            .par_chunks_exact_mut(input)
            .zip(targets.par_chunks_exact_mut(target))
            .enumerate()
            .for_each(|(index, (x, t))| {
                let (mut input, mut target) = (Vec::new(), Vec::new());
                samples.append(index, epoch, &mut input, &mut target);
                x.copy_from_slice(&input);
                t.copy_from_slice(&target);
            });
        (inputs, targets)
    }

    fn uploaded(&self, kit: &Kit<D>, values: &[f32]) -> Outcome<Matrix<D>, D> {
        let rows = self.samples.len();
        // Not from the vector itself, of which dfdx would keep a copy in the host's memory.
        let mut matrix = kit.zeros(rows, values.len() / rows)?;
        matrix.copy_from(values);
        Ok(matrix)
    }
}

/// Bytes that all samples take.
fn bytes(samples: &Samples<'_>) -> u64 {
    let inputs = samples.input_size().len();
    let targets = if samples.are_targets() { 0 } else { samples.target_size().len() };
    4 * samples.len() as u64 * (inputs + targets) as u64
}

/// Values of the larger of inputs and targets.
fn largest(samples: &Samples<'_>) -> usize {
    samples.len().saturating_mul(samples.target_size().len().max(samples.input_size().len()))
}
