//! Where the pixels of a gather are, block by block.

use super::gather::Gather;

/// Pixels of the largest register block of any instruction set.
const MOST: usize = 8;

/// Where the pixels of a block are read and written. With `ROW` they are neighbours in a row, and only the
/// first is kept: for shallow sums, writing down where the others are takes as long as the arithmetic.
pub(super) struct Places<const ROW: bool> {
    sources: [*const f32; MOST],
    outs: [*mut f32; MOST],
    sums: [usize; MOST],
}

impl<const ROW: bool> Places<ROW> {
    /// Where the first run of pixel `p` begins.
    #[inline(always)]
    pub const fn source(&self, job: &Gather<'_>, p: usize) -> *const f32 {
        if ROW { self.sources[0].wrapping_add(p * job.col_stride) } else { self.sources[p] }
    }

    /// Where pixel `p` is written.
    #[inline(always)]
    pub const fn out(&self, job: &Gather<'_>, p: usize) -> *mut f32 {
        if ROW { self.outs[0].wrapping_add(p * job.out_col_stride) } else { self.outs[p] }
    }

    /// Where the sums of pixel `p` begin that are added.
    #[inline(always)]
    pub const fn sums(&self, job: &Gather<'_>, p: usize) -> usize {
        if ROW { self.sums[0] + p * job.sums_at.col } else { self.sums[p] }
    }
}

/// Walks through all pixels.
pub(super) struct Cursor {
    picture: usize,
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
        Self { picture: 0, y: 0, x: 0, from: job.source_at(0, 0, 0), to: job.out_at(0, 0, 0), sums }
    }

    /// The next `count` pixels, which are in one row with `ROW`; with `SUMS`, also where their sums begin.
    /// Where the depth is 0 nothing is read, and `wrapping_add` may point anywhere.
    #[inline(always)]
    pub fn take<const SUMS: bool, const ROW: bool>(
        &mut self,
        job: &Gather<'_>,
        count: usize,
        out: &mut [f32],
    ) -> Places<ROW> {
        let (source, out) = (job.source.as_ptr(), out.as_mut_ptr());
        let mut places = Places {
            sources: [source.wrapping_add(self.from); MOST],
            outs: [out.wrapping_add(self.to); MOST],
            sums: [self.sums; MOST],
        };
        if ROW || self.x + count <= job.cols {
            for p in 1..if ROW { 1 } else { MOST } {
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

    /// Goes on by so many pixels, to the next row at the end of one.
    #[inline(always)]
    fn step(&mut self, job: &Gather<'_>, count: usize) {
        self.x += count;
        self.from += count * job.col_stride;
        self.to += count * job.out_col_stride;
        self.sums += count * job.sums_at.col;
        if self.x == job.cols {
            (self.x, self.y) = (0, self.y + 1);
            if self.y == job.rows {
                (self.y, self.picture) = (0, self.picture + 1);
            }
            self.from = job.source_at(self.picture, self.y, 0);
            self.to = job.out_at(self.picture, self.y, 0);
            self.sums = job.sums_at.at(self.picture, self.y, 0);
        }
    }
}
