//! The gather kernel for windows of 3 x 3 values, such as those of a first layer on grayscale images: all
//! weights of one or two vectors stay in registers instead of being reloaded for each block.

use super::block::Tile;
use super::places::{Neighbours, Places};
use super::tile;
use crate::ops::simd::gather::job::Gather;
use crate::ops::simd::{Simd, Subroutine};

/// Side length of a window, in values.
const SIDE: usize = 3;
/// Pixels per block: enough to keep the FMA units busy, since consecutive blocks overlap.
const PIXELS: usize = 2;

/// Whether a job has such windows.
#[inline(always)]
pub(super) const fn supports(job: &Gather<'_>) -> bool {
    job.taps == SIDE && job.run == SIDE && job.sums.is_empty()
}

/// Computes all vectors of channels.
///
/// # Safety
///
/// The job has passed its check, [`supports`] is true, and `out` is the address of the results.
#[inline(always)]
pub(super) unsafe fn all_vectors<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    weights: (&[f32], usize, usize, usize),
    out: *mut f32,
) {
    let vectors = job.channels.div_ceil(S::LANES);
    let mut vector = 0;
    while vector < vectors {
        // SAFETY: the job is checked and supported, and the vectors from `vector` on are of its channels.
        unsafe {
            if S::RESIDENT_VECTORS >= 2 && vector + 2 <= vectors {
                let tile = &tile::<S, 2>(simd, job, weights, vector, out);
                simd.call(Pixels { job, tile, out });
                vector += 2;
            } else {
                let tile = &tile::<S, 1>(simd, job, weights, vector, out);
                simd.call(Pixels { job, tile, out });
                vector += 1;
            }
        }
    }
}

/// All pixels, for the tile's vectors.
struct Pixels<'a, S: Simd, const N: usize> {
    job: &'a Gather<'a>,
    tile: &'a Tile<S, N>,
    out: *mut f32,
}

impl<S: Simd, const N: usize> Subroutine<S> for Pixels<'_, S, N> {
    #[inline(always)]
    unsafe fn run(self, simd: S) {
        let Self { job, tile, out } = self;
        let mut weights = [[[simd.zero(); N]; SIDE]; SIDE];
        // SAFETY: `supports` found three taps of three values, so that nine rows of weights are all there are;
        // `places` go from the first pixel of a row to its last.
        unsafe {
            let mut row = tile.weights.at;
            for tap in 0..SIDE {
                for k in 0..SIDE {
                    for v in 0..N {
                        weights[tap][k][v] = simd.load(tile.weights.vector::<S>(row, v));
                    }
                    row = row.wrapping_add(tile.weights.stride);
                }
                row = row.wrapping_add(tile.weights.skip);
            }
            for image in 0..job.images {
                for y in 0..job.rows {
                    let mut places = Neighbours::new(job, (image, y, 0), out);
                    for _ in 0..job.cols / PIXELS {
                        block::<S, N, PIXELS>(simd, job, tile, &weights, &places);
                        places.step(PIXELS);
                    }
                    for _ in 0..job.cols % PIXELS {
                        block::<S, N, 1>(simd, job, tile, &weights, &places);
                        places.step(1);
                    }
                }
            }
        }
    }
}

/// Computes the first `P` places.
///
/// # Safety
///
/// The places must be pixels of a checked job.
#[inline(always)]
unsafe fn block<S: Simd, const N: usize, const P: usize>(
    simd: S,
    job: &Gather<'_>,
    tile: &Tile<S, N>,
    weights: &[[[S::V; N]; SIDE]; SIDE],
    places: &Neighbours,
) {
    let mut sums = [tile.bias; P];
    // SAFETY: `places` are pixels, whose windows have three taps of three values.
    unsafe {
        for tap in 0..SIDE {
            for k in 0..SIDE {
                for p in 0..P {
                    let x = simd.splat(places.source(p).add(tap * job.tap_stride + k));
                    for v in 0..N {
                        sums[p][v] = simd.fma(x, weights[tap][k][v], sums[p][v]);
                    }
                }
            }
        }
        tile.epilogue(simd, job.epilogue, sums, places);
    }
}
