//! Scratch memory of the kernels: one set per thread, kept between calls.

use super::axis::Tap;
use super::buffer::Buffer;
use super::simd::expand::Run;
use super::simd::outer::Part;
use std::cell::RefCell;

/// Buffers that grow to the largest use and are never freed.
#[derive(Default)]
pub(super) struct Scratch {
    /// A padded copy of the source.
    pub source: Buffer,
    /// A packed kernel.
    pub weights: Buffer,
    /// Pixels with their channels padded to whole vectors.
    pub pixels: Buffer,
    /// Partial sums.
    pub sums: Buffer,
    /// How the rows and columns of the padded copy are filled.
    pub runs: [Vec<Run>; 2],
    /// The taps of both axes.
    pub taps: [Vec<Tap>; 2],
    /// An empty list of factors, kept for its memory.
    pub parts: Vec<Part<'static>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Calls `work` with the thread's buffers.
pub(super) fn with<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(work)
}
