//! Training samples on a device.

use super::tensor::{Kit, Matrix, SendDevice, rows};
use crate::train::Samples;
use dfdx::tensor::HasErr;
use rayon::prelude::*;
use std::ops::Range;

/// A device's memory for samples.
pub trait Store {
    /// Rows of values that stay on the device.
    type Rows: std::fmt::Debug;
    /// Some rows, for a step.
    type Batch;
    /// The device's error type.
    type Error;
    /// The most values of a table that can be gathered from.
    const MOST_VALUES: usize;
    /// The number of rows that are generated in host memory and copied to the device at a time.
    const AT_A_TIME: usize;

    /// Allocates a table.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    fn table(&self, rows: usize, columns: usize) -> Result<Self::Rows, Self::Error>;

    /// Replaces the values from `row` on: [`Store::AT_A_TIME`] rows, or all remaining ones.
    ///
    /// # Errors
    /// When the device is lost.
    fn write_rows(
        &self,
        table: &mut Self::Rows,
        row: usize,
        values: &[f32],
    ) -> Result<(), Self::Error>;

    /// Gathers the rows with these indices, in this order.
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

impl<D: SendDevice> Store for Kit<D> {
    type Rows = Matrix<D>;
    type Batch = Matrix<D>;
    type Error = <D as HasErr>::Err;
    // dfdx's kernels use 32-bit indices.
    const MOST_VALUES: usize = u32::MAX as usize;
    // dfdx can only copy to whole tensors.
    const AT_A_TIME: usize = usize::MAX;

    fn table(&self, rows: usize, columns: usize) -> Result<Matrix<D>, Self::Error> {
        self.zeros(rows, columns)
    }

    fn write_rows(
        &self,
        table: &mut Matrix<D>,
        _: usize,
        values: &[f32],
    ) -> Result<(), Self::Error> {
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

/// Samples on the device, one row each.
#[derive(Debug)]
struct Kept<S: Store> {
    inputs: S::Rows,
    /// None if the inputs are the targets.
    targets: Option<S::Rows>,
    /// The epoch whose noise the inputs have.
    epoch: usize,
}

impl<S: Store> Kept<S> {
    fn allocate(store: &S, samples: &Samples<'_>) -> Result<Self, S::Error> {
        let table = |side: Side| store.table(samples.len(), side.len(samples));
        let own = !samples.are_targets();
        let targets = own.then(|| table(Side::Targets)).transpose()?;
        Ok(Self { inputs: table(Side::Inputs)?, targets, epoch: 0 })
    }
}

/// Inputs and targets of a step, one row each; no targets if they are the inputs.
pub type Batch<S> = (<S as Store>::Batch, Option<<S as Store>::Batch>);

impl<'a, S: Store> Data<'a, S> {
    /// Keeps the samples on the device if they take at most `budget` bytes, and these are still free.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn new(store: &S, samples: Samples<'a>, budget: u64) -> Result<Self, S::Error> {
        let fits = bytes(&samples) <= budget && largest(&samples) <= S::MOST_VALUES;
        let mut data = Self { samples, kept: None };
        // Other programs may have taken memory since the budget was made. If an allocation fails for another
        // reason, so will the steps.
        if fits && let Ok(mut kept) = Kept::allocate(store, &samples) {
            Side::Inputs.fill(store, &samples, 0, &mut kept.inputs)?;
            if let Some(targets) = &mut kept.targets {
                Side::Targets.fill(store, &samples, 0, targets)?;
            }
            data.kept = Some(kept);
        }
        Ok(data)
    }

    /// Whether the samples are kept on the device.
    #[cfg(test)]
    pub fn are_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Returns inputs and targets of `batch`, with the noise of `epoch`.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn batch(
        &mut self,
        store: &S,
        batch: &[usize],
        epoch: usize,
    ) -> Result<Batch<S>, S::Error> {
        let Some(kept) = &mut self.kept else { return self.copied(store, batch, epoch) };
        if kept.epoch != epoch && self.samples.change() {
            Side::Inputs.fill(store, &self.samples, epoch, &mut kept.inputs)?;
            kept.epoch = epoch;
        }
        let targets = kept.targets.as_ref().map(|targets| store.gather(targets, batch));
        Ok((store.gather(&kept.inputs, batch)?, targets.transpose()?))
    }

    /// Generates inputs and targets on the host and copies them to the device.
    fn copied(&self, store: &S, batch: &[usize], epoch: usize) -> Result<Batch<S>, S::Error> {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for &index in batch {
            self.samples.append(index, epoch, &mut inputs, &mut targets);
        }
        let own = !self.samples.are_targets();
        let targets = own.then(|| store.copied(targets, batch.len())).transpose()?;
        Ok((store.copied(inputs, batch.len())?, targets))
    }
}

/// The input or the target of a sample.
#[derive(Debug, Clone, Copy)]
enum Side {
    Inputs,
    Targets,
}

impl Side {
    /// Returns the number of values per sample.
    fn len(self, samples: &Samples<'_>) -> usize {
        match self {
            Self::Inputs => samples.input_size().len(),
            Self::Targets => samples.target_size().len(),
        }
    }

    /// Generates the values of some samples, one row each.
    fn made(self, samples: &Samples<'_>, range: Range<usize>, epoch: usize) -> Vec<f32> {
        let len = self.len(samples);
        let mut values = vec![0.0; range.len() * len];
        let rows = values.par_chunks_exact_mut(len).zip(range);
        rows.for_each_with((Vec::new(), Vec::new()), |(inputs, targets), (row, index)| {
            inputs.clear();
            targets.clear();
            match self {
                Self::Inputs => {
                    samples.append(index, epoch, inputs, targets);
                    row.copy_from_slice(inputs);
                }
                Self::Targets => {
                    samples.append_target(index, targets);
                    row.copy_from_slice(targets);
                }
            }
        });
        values
    }

    /// Writes the values of all samples to a table.
    fn fill<S: Store>(
        self,
        store: &S,
        samples: &Samples<'_>,
        epoch: usize,
        table: &mut S::Rows,
    ) -> Result<(), S::Error> {
        for start in (0..samples.len()).step_by(S::AT_A_TIME) {
            let end = start.saturating_add(S::AT_A_TIME).min(samples.len());
            store.write_rows(table, start, &self.made(samples, start..end, epoch))?;
        }
        Ok(())
    }
}

/// Returns the size of all samples in bytes.
fn bytes(samples: &Samples<'_>) -> u64 {
    let inputs = samples.input_size().len();
    let targets = if samples.are_targets() { 0 } else { samples.target_size().len() };
    4 * samples.len() as u64 * (inputs + targets) as u64
}

/// Returns the number of values of the larger of inputs and targets.
fn largest(samples: &Samples<'_>) -> usize {
    samples.len().saturating_mul(samples.target_size().len().max(samples.input_size().len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{arch::Size, data::Images, spec::Experiment};
    use std::cell::Cell;

    /// A device with room for this many more values.
    struct Full(Cell<usize>);

    impl Store for Full {
        type Rows = usize;
        type Batch = Vec<f32>;
        type Error = ();
        const MOST_VALUES: usize = usize::MAX;
        const AT_A_TIME: usize = 3;

        fn table(&self, rows: usize, columns: usize) -> Result<usize, ()> {
            self.0.set(self.0.get().checked_sub(rows * columns).ok_or(())?);
            Ok(columns)
        }

        fn write_rows(&self, columns: &mut usize, row: usize, values: &[f32]) -> Result<(), ()> {
            assert_eq!(values.len(), *columns * 3.min(4 - row));
            Ok(())
        }

        fn gather(&self, _: &usize, rows: &[usize]) -> Result<Vec<f32>, ()> {
            Ok(vec![0.0; rows.len()])
        }

        fn copied(&self, values: Vec<f32>, _: usize) -> Result<Vec<f32>, ()> {
            Ok(values)
        }
    }

    #[test]
    fn data_that_cannot_be_allocated_are_copied_batch_by_batch() {
        let text = "task = { kind = \"denoise\", noise = { kind = \"gaussian\" } }\n\
                    model = { kind = \"mlp\", hidden = [8], latent_dim = 4 }";
        let experiment: Experiment = toml::from_str(text).unwrap();
        let size = Size::new(2, 1, 1);
        let images = Images { size, pixels: vec![0; 8], labels: Vec::new() };
        let samples = Samples::for_training(&images, &experiment.task, 3);
        let needed = 16;
        for (room, is_kept) in [(needed, true), (needed - 1, false), (0, false)] {
            let store = Full(room.into());
            let mut data = Data::new(&store, samples, u64::MAX).unwrap();
            assert_eq!(data.are_kept(), is_kept, "room for {room}");
            let (inputs, targets) = data.batch(&store, &[0, 3], 0).unwrap();
            let len = if is_kept { 2 } else { 4 };
            assert_eq!((inputs.len(), targets.map(|it| it.len())), (len, Some(len)));
        }
    }
}
