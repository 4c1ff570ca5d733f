//! The addresses of the pixels of a register block.

use crate::ops::simd::gather::job::Gather;

/// Pixels of the largest register block of any instruction set.
const MOST: usize = 8;

/// The addresses of each pixel of a block.
pub(super) trait Places {
    /// Returns where the first run of pixel `p` begins.
    fn source(&self, p: usize) -> *const f32;
    /// Returns where pixel `p` is written.
    fn out(&self, p: usize) -> *mut f32;
    /// Returns where the partial sums of pixel `p` begin.
    fn sums(&self, p: usize) -> usize;
}

/// Neighbours in a row, given by the first one and a step: for short reductions, computing an array of
/// addresses takes as long as the arithmetic.
pub(super) struct Neighbours {
    source: *const f32,
    source_step: usize,
    out: *mut f32,
    out_step: usize,
    sums: usize,
    sums_step: usize,
}

impl Neighbours {
    /// The pixels from `x` on in a row. With depth 0 nothing is read, and `wrapping_add` may point anywhere.
    #[inline(always)]
    pub fn new(job: &Gather<'_>, (image, y, x): (usize, usize, usize), out: *mut f32) -> Self {
        Self {
            source: job.source.as_ptr().wrapping_add(job.source_at(image, y, x)),
            source_step: job.col_stride,
            out: out.wrapping_add(job.out_at(image, y, x)),
            out_step: job.out_col_stride,
            sums: job.sums_at.at(image, y, x),
            sums_step: job.sums_at.col,
        }
    }

    /// Advances by `count` pixels in the row.
    #[inline(always)]
    pub fn step(&mut self, count: usize) {
        self.source = self.source(count);
        self.out = self.out(count);
        self.sums = self.sums(count);
    }
}

impl Places for Neighbours {
    #[inline(always)]
    fn source(&self, p: usize) -> *const f32 {
        self.source.wrapping_add(p * self.source_step)
    }

    #[inline(always)]
    fn out(&self, p: usize) -> *mut f32 {
        self.out.wrapping_add(p * self.out_step)
    }

    #[inline(always)]
    fn sums(&self, p: usize) -> usize {
        self.sums + p * self.sums_step
    }
}

/// Consecutive pixels that may span rows and images.
pub(super) struct Scattered {
    sources: [*const f32; MOST],
    outs: [*mut f32; MOST],
    sums: [usize; MOST],
}

impl Places for Scattered {
    #[inline(always)]
    fn source(&self, p: usize) -> *const f32 {
        self.sources[p]
    }

    #[inline(always)]
    fn out(&self, p: usize) -> *mut f32 {
        self.outs[p]
    }

    #[inline(always)]
    fn sums(&self, p: usize) -> usize {
        self.sums[p]
    }
}

/// Iterates over all pixels.
pub(super) struct Cursor {
    image: usize,
    y: usize,
    x: usize,
    from: usize,
    to: usize,
    sums: usize,
}

impl Cursor {
    #[inline(always)]
    pub fn new(job: &Gather<'_>) -> Self {
        let sums = job.sums_at.start;
        Self { image: 0, y: 0, x: 0, from: job.source_at(0, 0, 0), to: job.out_at(0, 0, 0), sums }
    }

    /// Returns the next `count` pixels; with `SUMS`, also where their partial sums begin. With depth 0
    /// nothing is read, and `wrapping_add` may point anywhere.
    #[inline(always)]
    pub fn take<const SUMS: bool>(
        &mut self,
        job: &Gather<'_>,
        count: usize,
        out: *mut f32,
    ) -> Scattered {
        let source = job.source.as_ptr();
        let mut places = Scattered {
            sources: [source.wrapping_add(self.from); MOST],
            outs: [out.wrapping_add(self.to); MOST],
            sums: [self.sums; MOST],
        };
        if self.x + count <= job.cols {
            for p in 1..MOST {
                places.sources[p] = places.sources[0].wrapping_add(p * job.col_stride);
                places.outs[p] = places.outs[0].wrapping_add(p * job.out_col_stride);
                if SUMS {
                    places.sums[p] = self.sums + p * job.sums_at.col;
                }
            }
            self.step(job, count);
            return places;
        }
        for p in 0..count {
            places.sources[p] = source.wrapping_add(self.from);
            places.outs[p] = out.wrapping_add(self.to);
            if SUMS {
                places.sums[p] = self.sums;
            }
            self.step(job, 1);
        }
        places
    }

    /// Advances by `count` pixels, to the next row at the end of one.
    #[inline(always)]
    fn step(&mut self, job: &Gather<'_>, count: usize) {
        self.x += count;
        self.from += count * job.col_stride;
        self.to += count * job.out_col_stride;
        self.sums += count * job.sums_at.col;
        if self.x == job.cols {
            (self.x, self.y) = (0, self.y + 1);
            if self.y == job.rows {
                (self.y, self.image) = (0, self.image + 1);
            }
            self.from = job.source_at(self.image, self.y, 0);
            self.to = job.out_at(self.image, self.y, 0);
            self.sums = job.sums_at.at(self.image, self.y, 0);
        }
    }
}
