//! Training samples where they are used.

use super::tensor::{Kit, Matrix, Place, rows};
use crate::train::Samples;
use dfdx::tensor::HasErr;
use rayon::prelude::*;

/// A device's memory for samples.
pub trait Store {
    /// Rows of values that stay on the device.
    type Rows: std::fmt::Debug;
    /// Some rows, for a step.
    type Batch;
    /// What can go wrong.
    type Error;
    /// Values that can be gathered from at most.
    const MOST_VALUES: usize;

    /// Copies so many rows to the device.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn upload_rows(&self, values: &[f32], rows: usize) -> Result<Self::Rows, Self::Error>;

    /// Replaces all rows.
    ///
    /// # Errors
    /// When the device is gone.
    fn overwrite(&self, table: &mut Self::Rows, values: &[f32]) -> Result<(), Self::Error>;

    /// Some of the rows, in the order of their numbers.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn gather(&self, table: &Self::Rows, rows: &[usize]) -> Result<Self::Batch, Self::Error>;

    /// Copies the rows of a step to the device.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn copied(&self, values: Vec<f32>, rows: usize) -> Result<Self::Batch, Self::Error>;
}

impl<D: Place> Store for Kit<D> {
    type Rows = Matrix<D>;
    type Batch = Matrix<D>;
    type Error = <D as HasErr>::Err;
    // dfdx's kernels count them with 32 bits.
    const MOST_VALUES: usize = u32::MAX as usize;

    fn upload_rows(&self, values: &[f32], rows: usize) -> Result<Matrix<D>, Self::Error> {
        // Not from a vector, of which dfdx would keep a copy in the host's memory.
        let mut matrix = self.zeros(rows, values.len() / rows)?;
        matrix.copy_from(values);
        Ok(matrix)
    }

    fn overwrite(&self, table: &mut Matrix<D>, values: &[f32]) -> Result<(), Self::Error> {
        table.copy_from(values);
        Ok(())
    }

    fn gather(&self, table: &Matrix<D>, numbers: &[usize]) -> Result<Matrix<D>, Self::Error> {
        rows(table.clone(), &self.index(numbers.to_vec())?)
    }

    fn copied(&self, values: Vec<f32>, rows: usize) -> Result<Matrix<D>, Self::Error> {
        let columns = values.len() / rows;
        self.matrix(values, rows, columns)
    }
}

/// Training samples, all of them on the device if they fit.
#[derive(Debug)]
pub struct Data<'a, S: Store> {
    samples: Samples<'a>,
    kept: Option<Kept<S>>,
}

/// Samples on the device, a row each.
#[derive(Debug)]
struct Kept<S: Store> {
    inputs: S::Rows,
    /// None where inputs are targets.
    targets: Option<S::Rows>,
    /// The epoch whose noise the inputs have.
    epoch: usize,
}

/// Inputs and targets of a step, a row each; no targets where they are the inputs.
pub type Batch<S> = (<S as Store>::Batch, Option<<S as Store>::Batch>);

impl<'a, S: Store> Data<'a, S> {
    /// The samples, kept on the device if they take `budget` bytes at most.
    ///
    /// # Errors
    /// When the device's memory is exhausted all the same.
    pub fn new(store: &S, samples: Samples<'a>, budget: u64) -> Result<Self, S::Error> {
        let fits = bytes(&samples) <= budget && largest(&samples) <= S::MOST_VALUES;
        let mut data = Self { samples, kept: None };
        if fits {
            let (inputs, targets) = data.made(0);
            let upload = |values: &[f32]| store.upload_rows(values, samples.len());
            let own = !samples.are_targets();
            let targets = own.then(|| upload(&targets)).transpose()?;
            data.kept = Some(Kept { inputs: upload(&inputs)?, targets, epoch: 0 });
        }
        Ok(data)
    }

    /// Whether they are on the device.
    pub fn are_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Inputs and targets of `batch` as they are in `epoch`.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn batch(
        &mut self,
        store: &S,
        batch: &[usize],
        epoch: usize,
    ) -> Result<Batch<S>, S::Error> {
        let stale = self.kept.as_ref().is_some_and(|kept| kept.epoch != epoch);
        if stale && self.samples.change() {
            let (inputs, _) = self.made(epoch);
            if let Some(kept) = &mut self.kept {
                store.overwrite(&mut kept.inputs, &inputs)?;
                kept.epoch = epoch;
            }
        }
        let Some(kept) = &self.kept else { return self.copied(store, batch, epoch) };
        let targets = kept.targets.as_ref().map(|targets| store.gather(targets, batch));
        Ok((store.gather(&kept.inputs, batch)?, targets.transpose()?))
    }

    /// The same, made here and copied to the device.
    fn copied(&self, store: &S, batch: &[usize], epoch: usize) -> Result<Batch<S>, S::Error> {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for &index in batch {
            self.samples.append(index, epoch, &mut inputs, &mut targets);
        }
        let own = !self.samples.are_targets();
        let targets = own.then(|| store.copied(targets, batch.len())).transpose()?;
        Ok((store.copied(inputs, batch.len())?, targets))
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
