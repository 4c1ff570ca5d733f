//! Structural similarity.

use crate::{arch::Size, train::wide::wide};
use std::cell::RefCell;

/// The largest side length of the window.
const WINDOW: usize = 11;
/// Standard deviation of the window's Gaussian weights.
const SIGMA: f64 = 1.5;
/// (K1 L)^2 and (K2 L)^2 with K1 = 0.01, K2 = 0.03 and values from 0 to L = 1.
pub(crate) const C1: f64 = 0.01 * 0.01;
pub(crate) const C2: f64 = 0.03 * 0.03;

/// Four numbers per pixel, filtered together.
type Quad = [f64; 4];

/// Buffers for the windows of one channel.
#[derive(Default)]
struct Buffers {
    /// Output of the filter, and input of its adjoint.
    moments: Vec<Quad>,
    /// Input of the filter, and output of its adjoint.
    pixels: Vec<Quad>,
    /// The intermediate result between the two axes.
    between: Vec<Quad>,
}

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

/// The structural similarity of Wang, Bovik, Sheikh and Simoncelli, 2004, for images from 0 to 1.
///
/// At each position of an 11x11 window, weighted by a normalized Gaussian of standard deviation 1.5, with
/// the window's means m, variances v and covariance c of the images x and y,
///
/// `SSIM = (2 mx my + C1) (2 c + C2) / ((mx^2 + my^2 + C1) (vx + vy + C2))`
///
/// with C1 = 0.01^2, C2 = 0.03^2. The similarity of two images is the mean over all positions where the
/// window lies inside the image, and over channels. For an image with a side below 11, the window's side is
/// the largest odd number that fits.
#[derive(Debug, Clone)]
pub struct Ssim {
    size: Size,
    kernel: Vec<f64>,
}

impl Ssim {
    /// Creates the measure for images of `size`, which must not be empty.
    pub fn new(size: Size) -> Self {
        let longest = size.height.min(size.width).clamp(1, WINDOW);
        let radius = (longest - 1) / 2;
        let weight = |i: usize| {
            let distance = i as f64 - radius as f64;
            (-0.5 * (distance / SIGMA).powi(2)).exp()
        };
        let kernel: Vec<f64> = (0..=2 * radius).map(weight).collect();
        let sum: f64 = kernel.iter().sum();
        Self { size, kernel: kernel.into_iter().map(|w| w / sum).collect() }
    }

    /// Returns the window's weights along one side, which sum to 1.
    pub fn kernel(&self) -> &[f64] {
        &self.kernel
    }

    /// Returns the similarity of two images, from -1 to 1; identical images have 1.
    pub fn similarity(&self, prediction: &[f32], target: &[f32]) -> f64 {
        let channel = |channel| {
            BUFFERS.with_borrow_mut(|buffers| {
                self.moments(prediction, target, channel, buffers);
                buffers.moments.iter().map(|m| Window::new(m).similarity()).sum::<f64>()
            })
        };
        (0..self.size.channels).map(channel).sum::<f64>() / self.windows()
    }

    /// Adds `factor` times the gradient of the similarity with respect to the prediction to `out`, and
    /// returns the similarity.
    ///
    /// A pixel x of the prediction affects a window's similarity through three of its moments, so
    /// dS/dx is the window's weight times dS/dE\[x\] + 2 x dS/dE\[xx + yy\] + y dS/dE\[xy\], summed
    /// over windows: the adjoint of the filter is applied once to each of the three derivatives.
    pub(super) fn add_gradient(
        &self,
        prediction: &[f32],
        target: &[f32],
        factor: f64,
        out: &mut [f32],
    ) -> f64 {
        let factor = factor / self.windows();
        let Size { height, width, channels } = self.size;
        let places = width + 1 - self.kernel.len();
        let channel = |channel| {
            BUFFERS.with_borrow_mut(|buffers| {
                self.moments(prediction, target, channel, buffers);
                let Buffers { moments, pixels, between } = buffers;
                let sum = moments.iter().map(|m| Window::new(m).similarity()).sum::<f64>();
                for quad in &mut *moments {
                    *quad = Window::new(quad).derivatives();
                }
                spread_columns(moments, places, height, &self.kernel, between);
                spread_rows(between, width, &self.kernel, pixels);
                for (pixel, [by_mean, by_squares, by_product, _]) in pixels.iter().enumerate() {
                    let i = pixel * channels + channel;
                    let (x, y) = (f64::from(prediction[i]), f64::from(target[i]));
                    out[i] += (factor * (by_mean + 2.0 * x * by_squares + y * by_product)) as f32;
                }
                sum
            })
        };
        (0..channels).map(channel).sum::<f64>() / self.windows()
    }

    /// Returns the number of windows in all channels.
    fn windows(&self) -> f64 {
        let lost = self.kernel.len() - 1;
        ((self.size.height - lost) * (self.size.width - lost) * self.size.channels) as f64
    }

    /// Writes the moments E\[x\], E\[y\], E\[xx + yy\] and E\[xy\] of each window, row by row.
    fn moments(&self, prediction: &[f32], target: &[f32], channel: usize, buffers: &mut Buffers) {
        let values = |image| {
            <[f32]>::iter(image).skip(channel).step_by(self.size.channels).map(|&v| f64::from(v))
        };
        let quads =
            values(prediction).zip(values(target)).map(|(x, y)| [x, y, x * x + y * y, x * y]);
        let Buffers { moments, pixels, between } = buffers;
        pixels.clear();
        pixels.extend(quads);
        filter_rows(pixels, self.size.width, &self.kernel, between);
        filter_columns(between, self.size.width + 1 - self.kernel.len(), &self.kernel, moments);
    }
}

/// The four factors of a window's similarity, and its means.
struct Window {
    mean_x: f64,
    mean_y: f64,
    luminance: f64,
    structure: f64,
    mean_squares: f64,
    variances: f64,
}

impl Window {
    fn new(&[mean_x, mean_y, squares, product]: &Quad) -> Self {
        let mean_squares = mean_x * mean_x + mean_y * mean_y;
        Self {
            mean_x,
            mean_y,
            luminance: 2.0 * mean_x * mean_y + C1,
            structure: 2.0 * (product - mean_x * mean_y) + C2,
            mean_squares: mean_squares + C1,
            variances: squares - mean_squares + C2,
        }
    }

    fn similarity(&self) -> f64 {
        self.luminance * self.structure / (self.mean_squares * self.variances)
    }

    /// Returns the derivatives of the similarity with respect to E\[x\], E\[xx + yy\] and E\[xy\]: the
    /// quotient rule, with variances and covariance written in moments: v = E\[xx + yy\] - mx^2 - my^2 and c
    /// = E\[xy\] - mx my.
    fn derivatives(&self) -> Quad {
        let similarity = self.similarity();
        let denominator = self.mean_squares * self.variances;
        let by_mean = 2.0 * self.mean_y * (self.structure - self.luminance) / denominator
            - 2.0 * self.mean_x * similarity * (1.0 / self.mean_squares - 1.0 / self.variances);
        [by_mean, -similarity / self.variances, 2.0 * self.luminance / denominator, 0.0]
    }
}

/// Adds `weight * quads` to `sums`, elementwise.
#[allow(clippy::inline_always)] // to be compiled with its caller's target features
#[inline(always)]
fn add_scaled(sums: &mut [Quad], weight: f64, quads: &[Quad]) {
    for (sum, number) in sums.as_flattened_mut().iter_mut().zip(quads.as_flattened()) {
        *sum += weight * number;
    }
}

/// Resizes `out` to `len` zeros.
fn zeros(out: &mut Vec<Quad>, len: usize) {
    out.clear();
    out.resize(len, [0.0; 4]);
}

wide! {
    /// Convolves every row with the kernel: (h, w) to (h, w - k + 1).
    fn filter_rows(quads: &[Quad], width: usize, kernel: &[f64], out: &mut Vec<Quad>) {
        let places = width + 1 - kernel.len();
        zeros(out, quads.len() / width * places);
        for (sums, row) in out.chunks_exact_mut(places).zip(quads.chunks_exact(width)) {
            for (offset, weight) in kernel.iter().enumerate() {
                add_scaled(sums, *weight, &row[offset..offset + places]);
            }
        }
    }

    /// Convolves every column with the kernel: (h, w) to (h - k + 1, w).
    fn filter_columns(quads: &[Quad], width: usize, kernel: &[f64], out: &mut Vec<Quad>) {
        zeros(out, quads.len() - (kernel.len() - 1) * width);
        for (top, sums) in out.chunks_exact_mut(width).enumerate() {
            for (row, weight) in quads[top * width..].chunks_exact(width).zip(kernel) {
                add_scaled(sums, *weight, row);
            }
        }
    }

    /// The adjoint of [`filter_columns`]: (h - k + 1, w) to (h, w) for `height` h.
    fn spread_columns(
        quads: &[Quad],
        width: usize,
        height: usize,
        kernel: &[f64],
        out: &mut Vec<Quad>,
    ) {
        zeros(out, height * width);
        for (top, row) in quads.chunks_exact(width).enumerate() {
            for (sums, weight) in out[top * width..].chunks_exact_mut(width).zip(kernel) {
                add_scaled(sums, *weight, row);
            }
        }
    }

    /// The adjoint of [`filter_rows`]: (h, w - k + 1) to (h, w) for `width` w.
    fn spread_rows(quads: &[Quad], width: usize, kernel: &[f64], out: &mut Vec<Quad>) {
        let places = width + 1 - kernel.len();
        zeros(out, quads.len() / places * width);
        for (sums, row) in out.chunks_exact_mut(width).zip(quads.chunks_exact(places)) {
            for (offset, weight) in kernel.iter().enumerate() {
                add_scaled(&mut sums[offset..offset + places], *weight, row);
            }
        }
    }
}
