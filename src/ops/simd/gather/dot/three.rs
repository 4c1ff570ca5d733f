//! The dot kernel for one output channel and windows three pixels wide: each loaded vector feeds three
//! neighbouring outputs.

use crate::ops::simd::gather::job::{Clip, Epilogue, Gather};
use crate::ops::simd::{Blocks, Simd};

/// The most values of a pixel, and as many zeros to read in place of a pixel outside the image.
const MOST: usize = 1024;
static ZEROS: [f32; MOST] = [0.0; MOST];

/// Whether a job has one output channel and windows three pixels wide that begin one pixel to the left, with
/// whole vectors of channels and at least four pixels per row.
#[inline(always)]
pub(super) const fn supports<S: Simd>(job: &Gather<'_>) -> bool {
    let Some(clip) = job.clip else { return false };
    let pixel = job.col_stride;
    let wide = job.run == 3 * pixel && pixel.is_multiple_of(S::LANES) && pixel <= MOST;
    wide && job.channels == 1 && clip.left == -1 && job.cols == clip.width && job.cols >= 4
}

/// Pixels in a row of an image.
#[derive(Clone, Copy)]
struct Place {
    /// The centre pixel of the first row of the first window, and the weights of that row.
    source: *const f32,
    weights: *const f32,
    /// The number of rows of the window inside the image.
    taps: usize,
    /// Whether there is a pixel before these.
    inside: bool,
    out: *mut f32,
}

/// # Safety
///
/// The job has passed its check for this `out`, and [`supports`] is true.
#[inline(always)]
pub(super) unsafe fn kernel<S: Simd>(
    simd: S,
    job: &Gather<'_>,
    clip: Clip,
    weights: *const f32,
    out: &mut [f32],
) {
    let blocks = Blocks::new(job.cols, 8);
    for line in 0..job.images * job.rows {
        let (image, y) = (line / job.rows, line % job.rows);
        let (tap, taps) = Clip::inside(clip.top + y.cast_signed(), job.taps, clip.height);
        // If no row is inside, nothing is read, and `wrapping_add` may point anywhere.
        let at = job.source_at(image, y, 1).wrapping_add(tap * job.tap_stride);
        let mut place = Place {
            source: job.source.as_ptr().wrapping_add(at),
            weights: weights.wrapping_add(tap * job.run),
            taps,
            inside: false,
            out: out.as_mut_ptr().wrapping_add(job.out_at(image, y, 0)),
        };
        // SAFETY: the blocks together are the pixels of the row, and `taps` rows of their windows are
        // inside.
        unsafe {
            for block in 0..blocks.count {
                let (first, size) = blocks.get(block);
                let last = first + size == job.cols;
                place = match size {
                    4 => place.tile::<S, 4>(simd, job, last),
                    5 => place.tile::<S, 5>(simd, job, last),
                    6 => place.tile::<S, 6>(simd, job, last),
                    7 => place.tile::<S, 7>(simd, job, last),
                    8 => place.tile::<S, 8>(simd, job, last),
                    _ => unreachable!("blocks have four to eight pixels"),
                };
            }
        }
    }
}

impl Place {
    /// Computes `P` pixels; `last` says whether they end the row. Returns the place after them.
    ///
    /// # Safety
    ///
    /// As for [`kernel`]; the pixels must exist.
    #[inline(always)]
    unsafe fn tile<S: Simd, const P: usize>(
        mut self,
        simd: S,
        job: &Gather<'_>,
        last: bool,
    ) -> Self {
        let pixel = job.col_stride;
        // A single accumulator per pixel makes every FMA wait for the one before; two need more registers.
        let two = const { S::DOT_PIXELS[5] > 0 };
        let mut sums = [[simd.zero(); P]; 2];
        // SAFETY: `taps` rows of the windows of `P` pixels are inside; pixels beyond either end of the row
        // are replaced by zeros.
        unsafe {
            if let Some(bias) = job.bias {
                sums[0] = [simd.load_first(bias.as_ptr(), 1); P];
            }
            let (mut source, mut weights) = (self.source, self.weights);
            for _ in 0..self.taps {
                let before = source.wrapping_sub(pixel);
                let before = if self.inside { before } else { ZEROS.as_ptr() };
                let after = source.wrapping_add(P * pixel);
                let after = if last { ZEROS.as_ptr() } else { after };
                let mut k = 0;
                while k < pixel {
                    let mut w = [simd.zero(); 3];
                    for dx in 0..3 {
                        w[dx] = simd.load(weights.add(dx * pixel + k));
                    }
                    for q in 0..P + 2 {
                        let from = match q {
                            0 => before,
                            _ if q == P + 1 => after,
                            _ => source.add((q - 1) * pixel),
                        };
                        let x = simd.load(from.add(k));
                        for dx in 0..3 {
                            if q >= dx && q - dx < P {
                                let sum = &mut sums[usize::from(two && dx == 1)][q - dx];
                                *sum = simd.fma(x, w[dx], *sum);
                            }
                        }
                    }
                    k += S::LANES;
                }
                source = source.wrapping_add(job.tap_stride);
                weights = weights.wrapping_add(job.run);
            }
            let mut column = [simd.zero(); 8];
            for p in 0..P {
                column[p] = if two { simd.add(sums[0][p], sums[1][p]) } else { sums[0][p] };
            }
            let values = simd.reduce(column);
            if job.out_col_stride == 1 && job.epilogue == Epilogue::Linear {
                std::ptr::copy_nonoverlapping(values.as_ptr(), self.out, P);
            } else {
                for p in 0..P {
                    *self.out.add(p * job.out_col_stride) = job.epilogue.apply(values[p]);
                }
            }
        }
        self.source = self.source.wrapping_add(P * pixel);
        self.out = self.out.wrapping_add(P * job.out_col_stride);
        self.inside = true;
        self
    }
}
