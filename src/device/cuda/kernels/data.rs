//! Samples in GPU memory.

use super::{
    kernel::{launch, layout},
    launch::{Kernels, THREADS, blocks_of_rows, count},
    memory::Buffer,
};
use crate::device::data::Store;
use dfdx::tensor::CudaError;

/// Row indices passed with a launch, as in cu/gather.cuh.
const NUMBERS: usize = 512;

/// Indices of rows of data.
#[repr(C)]
struct Numbers {
    of: [u32; NUMBERS],
}
layout!(Numbers is Numbers, 2048, of: 0);

impl Store for Kernels {
    type Rows = (Buffer, usize);
    type Batch = Buffer;
    type Error = CudaError;
    const MOST_VALUES: usize = usize::MAX;
    const AT_A_TIME: usize = 1024;

    fn table(&self, rows: usize, columns: usize) -> Result<Self::Rows, CudaError> {
        Ok((self.buffer(rows * columns)?, columns))
    }

    fn write_rows(
        &self,
        (table, columns): &mut Self::Rows,
        row: usize,
        values: &[f32],
    ) -> Result<(), CudaError> {
        self.write(table.all().part(row * *columns, values.len()), values)
    }

    fn gather(&self, (table, len): &Self::Rows, rows: &[usize]) -> Result<Buffer, CudaError> {
        let out = self.buffer(rows.len() * len)?;
        for (chunk, rows) in rows.chunks(NUMBERS).enumerate() {
            let mut numbers = Numbers { of: [0; NUMBERS] };
            for (number, &row) in numbers.of.iter_mut().zip(rows) {
                assert!((row + 1) * len <= table.len());
                *number = count(row);
            }
            let to = out.all().part(chunk * NUMBERS * len, rows.len() * len).pointer();
            let (from, rows) = (table.all().pointer(), count(rows.len()));
            let grid = blocks_of_rows(*len, rows as usize);
            let len = count(*len);
            launch!(self, Gather, grid, (THREADS, 1), from, numbers, rows, len, to)?;
        }
        Ok(out)
    }

    fn copied(&self, values: Vec<f32>, _: usize) -> Result<Buffer, CudaError> {
        self.upload(&values)
    }
}
