//! Where the pixels of a gather are, block by block.

use super::gather::Gather;

/// Pixels of the largest register block of any instruction set.
const MOST: usize = 8;

/// Where the pixels of a block are read and written.
pub(super) struct Places {
    pub sources: [*const f32; MOST],
    pub outs: [*mut f32; MOST],
    /// Where the sums begin that are added.
    pub sums: [usize; MOST],
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

    /// The next `count` pixels; with `SUMS`, also where their sums begin. Where the depth is 0 nothing is read, and `wrapping_add` may point
    /// anywhere.
    #[inline(always)]
    pub fn take<const SUMS: bool>(
        &mut self,
        job: &Gather<'_>,
        count: usize,
        out: &mut [f32],
    ) -> Places {
        let (source, out) = (job.source.as_ptr(), out.as_mut_ptr());
        let mut places = Places { sources: [source; MOST], outs: [out; MOST], sums: [0; MOST] };
        if self.x + count <= job.cols {
            let (source, out) = (source.wrapping_add(self.from), out.wrapping_add(self.to));
            for p in 0..MOST {
                places.sources[p] = source.wrapping_add(p * job.col_stride);
                places.outs[p] = out.wrapping_add(p * job.out_col_stride);
                if SUMS {
                    places.sums[p] = self.sums + p * job.sums_at.col;
                }
            }
            self.x += count;
            self.from += count * job.col_stride;
            self.to += count * job.out_col_stride;
            self.sums += count * job.sums_at.col;
            self.wrap(job);
            return places;
        }
        for p in 0..count {
            places.sources[p] = source.wrapping_add(self.from);
            places.outs[p] = out.wrapping_add(self.to);
            if SUMS {
                places.sums[p] = self.sums;
            }
            self.x += 1;
            self.from += job.col_stride;
            self.to += job.out_col_stride;
            self.sums += job.sums_at.col;
            self.wrap(job);
        }
        places
    }

    /// Goes on to the next row at the end of one.
    #[inline(always)]
    fn wrap(&mut self, job: &Gather<'_>) {
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
