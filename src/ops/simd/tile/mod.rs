//! The gather kernel in register blocks: pixels by vectors of channels.
//!
//! Where rows are too short for blocks of their own, a block takes the next pixels whatever row or image
//! they are in, so that blocks are full in small images too; and a pair of vectors meets all images
//! before the next pair is fetched, since the weights of a deep layer do not fit into the cache.

mod block;
mod nine;
mod places;

use super::gather::Gather;
use super::{Blocks, Simd};
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
    // SAFETY: the job is checked, and these are its weights.
    unsafe {
        if nine::serves(job) {
            nine::all_vectors(simd, job, weights, out);
        } else if job.sums.is_empty() {
            all_vectors::<S, false>(simd, job, weights, out);
        } else {
            all_vectors::<S, true>(simd, job, weights, out);
        }
    }
}

/// Whether rows are taken one by one, if that makes blocks of so many pixels: most of the registers are to
/// be used.
const fn fills<S: Simd>(pixels: usize) -> bool {
    4 * pixels >= 3 * S::PIXELS && pixels <= S::PIXELS
}

/// Whether so many pixels, wherever they are, can meet `N` vectors. What a constant says of itself that it
/// cannot is not even compiled.
const fn fits<S: Simd, const N: usize>(pixels: usize) -> bool {
    pixels <= if N > 2 { S::FEW } else { S::PIXELS }
}

/// All vectors of channels, two at a time; `SUMS` says whether the job has sums to begin with, since looking
/// for them takes as long as a shallow block does.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn all_vectors<S: Simd, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    out: &mut [f32],
) {
    let (vectors, whole) = (job.channels.div_ceil(S::LANES), job.channels / S::LANES);
    let row = fills::<S>(Blocks::new(job.cols, S::PIXELS).size);
    // A few images of a dense layer are one block for all vectors.
    let one = !row && fits::<S, 2>(job.pixels());
    let all = if one { Some(Cursor::new(job).take::<SUMS>(job, job.pixels(), out)) } else { None };
    let mut vector = 0;
    while vector < vectors {
        // SAFETY: the job is checked, and the vectors from `vector` on are of its channels.
        unsafe {
            if const { fits::<S, 4>(1) } && one && fits::<S, 4>(job.pixels()) && vector + 4 <= whole
            {
                let tile = tile::<S, 4>(simd, job, weights, vector, out);
                anywhere::<S, 4, SUMS>(simd, job, &tile, all.as_ref(), out);
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

/// The `N` vectors of channels of `out` from `vector` on, of which the last may be the job's last and not
/// whole.
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
    out: &[f32],
) -> Tile<S, N> {
    let channel = vector * S::LANES;
    let mut tile = Tile {
        weights: Weights::new::<S>(job, weights, vector),
        bias: [simd.zero(); N],
        channel,
        rest: job.channels - (channel + (N - 1) * S::LANES),
        out: out.as_ptr().addr(),
    };
    if let Some(values) = job.bias {
        for v in 0..N {
            // SAFETY: `check` found as many values as channels.
            tile.bias[v] = unsafe { tile.load(simd, values.as_ptr().add(channel), v) };
        }
    }
    tile
}

/// All pixels, for the tile's vectors; `row` says whether each block is in one row, `all` are the pixels if
/// they are one block.
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
    out: &mut [f32],
) {
    // SAFETY: the job is checked, and `tile` is of its channels.
    unsafe {
        if !row {
            return anywhere::<S, N, SUMS>(simd, job, tile, all, out);
        }
        // First the larger blocks of all rows, then the others: a choice for each block would take as long
        // as a shallow one.
        let Blocks { count, size, larger } = Blocks::new(job.cols, S::PIXELS);
        let rest = larger * (size + 1);
        for (first, count, size) in [(0, larger, size + 1), (rest, count - larger, size)] {
            let blocks = (first, count);
            match size {
                _ if count == 0 => {}
                3 if const { fills::<S>(3) } => rows::<S, N, 3, SUMS>(simd, job, tile, blocks, out),
                4 if const { fills::<S>(4) } => rows::<S, N, 4, SUMS>(simd, job, tile, blocks, out),
                5 if const { fills::<S>(5) } => rows::<S, N, 5, SUMS>(simd, job, tile, blocks, out),
                6 if const { fills::<S>(6) } => rows::<S, N, 6, SUMS>(simd, job, tile, blocks, out),
                7 if const { fills::<S>(7) } => rows::<S, N, 7, SUMS>(simd, job, tile, blocks, out),
                8 if const { fills::<S>(8) } => rows::<S, N, 8, SUMS>(simd, job, tile, blocks, out),
                _ => unreachable!("blocks have at most {} pixels, and not a few", S::PIXELS),
            }
        }
    }
}

/// Of every row so many blocks of `P` pixels, from a first pixel on.
///
/// # Safety
///
/// As for [`kernel`]; rows have these pixels.
#[inline(always)]
unsafe fn rows<S: Simd, const N: usize, const P: usize, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    tile: &Tile<S, N>,
    (first, count): (usize, usize),
    out: &mut [f32],
) {
    let (mut picture, mut y) = (0, 0);
    while picture < job.pictures {
        let mut places = Neighbours::new(job, (picture, y, first), out);
        for _ in 0..count {
            // SAFETY: the blocks are in the row, so that all places are pixels.
            unsafe { tile.run::<P, SUMS>(simd, job, &places) };
            places.step(P);
        }
        y += 1;
        if y == job.rows {
            (picture, y) = (picture + 1, 0);
        }
    }
}

/// All pixels, for the tile's vectors, in blocks of neighbours or not; `all` are they if they are one block.
///
/// # Safety
///
/// As for [`kernel`].
#[inline(always)]
unsafe fn anywhere<S: Simd, const N: usize, const SUMS: bool>(
    simd: S,
    job: &Gather<'_>,
    tile: &Tile<S, N>,
    all: Option<&Scattered>,
    out: &mut [f32],
) {
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
        // SAFETY: `check` found the last run and weight inside their slices.
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
