//! The gather kernel with vectors along the channels, in register blocks of pixels by vectors.
//!
//! If rows are too short to be divided into blocks, blocks run across rows and images, so that they are full
//! for small images too. A pair of vectors of weights is applied to all images before the next pair is
//! loaded, since the weights of a deep layer do not fit into the cache.

mod block;
mod nine;
mod places;

use super::job::Gather;
use crate::ops::simd::{Blocks, Simd, Subroutine};
use block::{Tile, Weights};
use places::{Cursor, Neighbours, Scattered};

/// # Safety
///
/// The job has passed its check for this `out`.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    out: &mut [f32],
) {
    // One pointer for all of the kernel: borrowing the slice again would invalidate addresses of pixels that were
    // computed before.
    let out = out.as_mut_ptr();
    // SAFETY: the job is checked, and these are its weights.
    unsafe {
        if nine::supports(job) {
            nine::all_vectors(simd, job, weights, out);
        } else if job.sums.is_empty() {
            all_vectors::<S, false>(simd, job, weights, out);
        } else {
            all_vectors::<S, true>(simd, job, weights, out);
        }
    }
}

/// Whether blocks of this many pixels use most of the registers, so that rows can be divided into blocks one
/// by one.
const fn fills<S: Simd>(pixels: usize) -> bool {
    4 * pixels >= 3 * S::PIXELS && pixels <= S::PIXELS
}

/// Whether a block of this many pixels by `N` vectors fits into the registers. Evaluated in `const` blocks, so
/// that blocks that do not fit are not even compiled.
const fn fits<S: Simd, const N: usize>(pixels: usize) -> bool {
    pixels <= if N > 2 { S::WIDE_PIXELS } else { S::PIXELS }
}

/// Computes all vectors of channels, two at a time. `SUMS` says whether the job has partial sums, since
/// checking for them in every block takes as long as a short reduction.
///
/// # Safety
///
/// As for [`kernel`]; `out` is the address of the results.
#[inline(always)]
unsafe fn all_vectors<S: Simd, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    out: *mut f32,
) {
    let (vectors, whole) = (job.channels.div_ceil(S::LANES), job.channels / S::LANES);
    let row = fills::<S>(Blocks::new(job.cols, S::PIXELS).size);
    // A few images of a dense layer form a single block.
    let one = !row && fits::<S, 2>(job.pixels());
    let all = if one { Some(Cursor::new(job).take::<SUMS>(job, job.pixels(), out)) } else { None };
    let mut vector = 0;
    while vector < vectors {
        // SAFETY: the job is checked, and the vectors from `vector` on are of its channels.
        unsafe {
            if const { fits::<S, 4>(1) } && one && fits::<S, 4>(job.pixels()) && vector + 4 <= whole
            {
                let tile = tile::<S, 4>(simd, job, weights, vector, out);
                let all = all.as_ref();
                simd.call(Anywhere::<S, 4, SUMS> { job, tile: &tile, all, out });
                vector += 4;
            } else if vector + 1 == vectors {
                let tile = tile::<S, 1>(simd, job, weights, vector, out);
                pixels::<S, 1, SUMS>(simd, job, row, &tile, all.as_ref(), out);
                vector += 1;
            } else {
                let tile = tile::<S, 2>(simd, job, weights, vector, out);
                pixels::<S, 2, SUMS>(simd, job, row, &tile, all.as_ref(), out);
                vector += 2;
            }
        }
    }
}

/// Returns the tile of the `N` vectors of channels from `vector` on; the job's last vector may be incomplete.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn tile<S: Simd, const N: usize>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    vector: usize,
    out: *mut f32,
) -> Tile<S, N> {
    let channel = vector * S::LANES;
    let mut tile = Tile {
        weights: Weights::new::<S>(job, weights, vector),
        bias: [simd.zero(); N],
        channel,
        rest: job.channels - (channel + (N - 1) * S::LANES),
        out: out.addr(),
    };
    if let Some(values) = job.bias {
        for v in 0..N {
            // SAFETY: `check` found one value per channel.
            tile.bias[v] = unsafe { tile.load(simd, values.as_ptr().add(channel), v) };
        }
    }
    tile
}

/// Computes all pixels for the tile's vectors. `row` says whether blocks stay within a row; `all` holds the
/// pixels if they form a single block.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn pixels<S: Simd, const N: usize, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    row: bool,
    tile: &Tile<S, N>,
    all: Option<&Scattered>,
    out: *mut f32,
) {
    // SAFETY: the job is checked, and `tile` is of its channels.
    unsafe {
        if !row {
            return simd.call(Anywhere::<S, N, SUMS> { job, tile, all, out });
        }
        // First the larger blocks of all rows, then the others: dispatching on the size of every block would
        // take as long as a short reduction.
        let Blocks { count, size, larger } = Blocks::new(job.cols, S::PIXELS);
        let rest = larger * (size + 1);
        for (first, count, size) in [(0, larger, size + 1), (rest, count - larger, size)] {
            macro_rules! rows {
                ($pixels:literal) => {
                    simd.call(Rows::<S, N, $pixels, SUMS> { job, tile, first, count, out })
                };
            }
            match size {
                _ if count == 0 => {}
                3 if const { fills::<S>(3) } => rows!(3),
                4 if const { fills::<S>(4) } => rows!(4),
                5 if const { fills::<S>(5) } => rows!(5),
                6 if const { fills::<S>(6) } => rows!(6),
                7 if const { fills::<S>(7) } => rows!(7),
                8 if const { fills::<S>(8) } => rows!(8),
                _ => unreachable!(
                    "blocks have at most {} pixels, and at least three quarters of that",
                    S::PIXELS
                ),
            }
        }
    }
}

/// `count` blocks of `P` pixels in every row, from pixel `first` on.
struct Rows<'a, S: Simd, const N: usize, const P: usize, const SUMS: bool> {
    job: &'a Gather<'a>,
    tile: &'a Tile<S, N>,
    first: usize,
    count: usize,
    out: *mut f32,
}

impl<S: Simd, const N: usize, const P: usize, const SUMS: bool> Subroutine<S>
    for Rows<'_, S, N, P, SUMS>
{
    #[inline(always)]
    unsafe fn run(self, simd: S) {
        let Self { job, tile, first, count, out } = self;
        let (mut image, mut y) = (0, 0);
        while image < job.images {
            let mut places = Neighbours::new(job, (image, y, first), out);
            for _ in 0..count {
                // SAFETY: the blocks are within the row, so all places are pixels.
                unsafe { tile.run::<P, SUMS>(simd, job, &places) };
                places.step(P);
            }
            y += 1;
            if y == job.rows {
                (image, y) = (image + 1, 0);
            }
        }
    }
}

/// All pixels for the tile's vectors, in blocks that may span rows and images; `all` holds the pixels if they
/// form a single block.
struct Anywhere<'a, S: Simd, const N: usize, const SUMS: bool> {
    job: &'a Gather<'a>,
    tile: &'a Tile<S, N>,
    all: Option<&'a Scattered>,
    out: *mut f32,
}

impl<S: Simd, const N: usize, const SUMS: bool> Subroutine<S> for Anywhere<'_, S, N, SUMS> {
    #[inline(always)]
    unsafe fn run(self, simd: S) {
        let Self { job, tile, all, out } = self;
        let blocks = Blocks::new(job.pixels(), S::PIXELS);
        let mut cursor = Cursor::new(job);
        for block in 0..blocks.count {
            let (_, size) = blocks.get(block);
            let taken;
            let places = if let Some(places) = all {
                places
            } else {
                taken = cursor.take::<SUMS>(job, size, out);
                &taken
            };
            // SAFETY: `check` found the last run and weight within their slices.
            unsafe {
                match size {
                    1 if const { fits::<S, N>(1) } => tile.run::<1, SUMS>(simd, job, places),
                    2 if const { fits::<S, N>(2) } => tile.run::<2, SUMS>(simd, job, places),
                    3 if const { fits::<S, N>(3) } => tile.run::<3, SUMS>(simd, job, places),
                    4 if const { fits::<S, N>(4) } => tile.run::<4, SUMS>(simd, job, places),
                    5 if const { fits::<S, N>(5) } => tile.run::<5, SUMS>(simd, job, places),
                    6 if const { fits::<S, N>(6) } => tile.run::<6, SUMS>(simd, job, places),
                    7 if const { fits::<S, N>(7) } => tile.run::<7, SUMS>(simd, job, places),
                    8 if const { fits::<S, N>(8) } => tile.run::<8, SUMS>(simd, job, places),
                    _ => unreachable!("blocks have at most {} pixels", S::PIXELS),
                }
            }
        }
    }
}
