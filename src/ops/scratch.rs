//! Working memory of the kernels: one set a thread, kept from call to call.

use super::axis::Tap;
use super::simd::expand::Run;
use super::simd::outer::Part;
use std::cell::RefCell;

/// Buffers that grow to the largest use and stay.
#[derive(Default)]
pub(super) struct Scratch {
    /// A padded copy of what is read.
    pub source: Buffer,
    /// A kernel in the order in which it is read.
    pub weights: Buffer,
    /// Pixels with their channels rounded up to whole vectors.
    pub pixels: Buffer,
    /// Parts of sums.
    pub sums: Buffer,
    /// What fills the rows and columns of the padded copy.
    pub runs: [Vec<Run>; 2],
    /// The taps of both axes.
    pub taps: [Vec<Tap>; 2],
    /// Memory for a list of factors.
    pub parts: Vec<Part<'static>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Calls `work` with the thread's buffers.
pub(super) fn with<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(work)
}

/// Memory for floats that begins at a cache line, since a vector that straddles two costs two loads.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    const LINE: usize = 64;
    const SLACK: usize = Self::LINE / size_of::<f32>();

    /// `len` values left over from earlier uses.
    pub fn take(&mut self, len: usize) -> &mut [f32] {
        if self.0.len() < len + Self::SLACK {
            self.0.resize(len + Self::SLACK, 0.0);
        }
        let start = self.start();
        &mut self.0[start..start + len]
    }

    /// The `len` values that were taken last.
    pub fn get(&self, len: usize) -> &[f32] {
        let start = self.start();
        &self.0[start..start + len]
    }

    fn start(&self) -> usize {
        // `align_offset` may decline to answer; then alignment is lost, nothing else. Before the first
        // use there is no memory to begin anywhere in.
        self.0.as_ptr().align_offset(Self::LINE).min(Self::SLACK).min(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_as_long_as_asked_and_aligned_however_it_grew() {
        let mut buffer = Buffer::default();
        assert!(buffer.get(0).is_empty());
        for len in [0, 1, 100, 7, 5000, 5000, 3] {
            let slice = buffer.take(len);
            assert_eq!(slice.len(), len);
            assert_eq!(slice.as_ptr().align_offset(Buffer::LINE), 0);
        }
    }
}
