//! Metrics of how close two images are, and their means over many images.

use super::loss::{self, Ssim};
use crate::arch::Size;

/// The PSNR of identical images. The true value is infinite, which would make every mean infinite. It is
/// reached at a mean squared error of 1e-10, below the resolution of 16 bits per value.
pub const PSNR_CAP: f64 = 100.0;

/// The metrics of one image, or their means over many. Images hold values from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Mean squared error.
    pub mse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Peak signal-to-noise ratio in dB; at most [`PSNR_CAP`].
    pub psnr: f64,
    /// Structural similarity, from -1 to 1.
    pub ssim: f64,
}

impl Quality {
    /// Returns all values with the names of their columns, in column order.
    pub fn values(&self) -> [(&'static str, f64); 4] {
        let Self { mse, mae, psnr, ssim } = *self;
        [("mse", mse), ("mae", mae), ("psnr", psnr), ("ssim", ssim)]
    }
}

/// Measures images of one size.
#[derive(Debug, Clone)]
pub struct Meter {
    size: Size,
    ssim: Ssim,
}

impl Meter {
    /// A meter for images of `size`, which must not be empty.
    pub fn new(size: Size) -> Self {
        Self { size, ssim: Ssim::new(size) }
    }

    /// Compares a prediction with its target.
    ///
    /// # Panics
    ///
    /// When an image does not have the meter's size.
    pub fn measure(&self, prediction: &[f32], target: &[f32]) -> Quality {
        loss::assert_size(self.size, prediction, target);
        let mse = loss::mse(prediction, target);
        Quality {
            mse,
            mae: loss::mae(prediction, target),
            psnr: psnr(mse),
            ssim: self.ssim.similarity(prediction, target),
        }
    }
}

/// Returns the peak signal-to-noise ratio in dB of an image with peak value 1: `10 log10(1 / mse)`, at most
/// [`PSNR_CAP`]. Over many images, the ratios are averaged, not the errors.
pub fn psnr(mse: f64) -> f64 {
    let ratio = -10.0 * mse.log10();
    // Not `f64::min`, which would turn NaN into 100 dB.
    if ratio > PSNR_CAP { PSNR_CAP } else { ratio }
}

/// Returns the mean quality of `images`, summed in order, or `None` if there are none.
pub fn mean<'p>(images: impl IntoIterator<Item = &'p Quality>) -> Option<Quality> {
    let (mut sums, mut count) = ([0.0; 4], 0_u64);
    for image in images {
        for (sum, (_, value)) in sums.iter_mut().zip(image.values()) {
            *sum += value;
        }
        count += 1;
    }
    let [mse, mae, psnr, ssim] = sums.map(|sum| sum / count as f64);
    (count > 0).then_some(Quality { mse, mae, psnr, ssim })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-7
    }

    #[test]
    fn an_image_that_is_off_by_a_tenth_has_twenty_decibels() {
        let target = [0.5; 36];
        let prediction = [0.6; 36];
        let quality = Meter::new(Size::new(6, 6, 1)).measure(&prediction, &target);
        assert!(close(quality.mse, 0.01));
        assert!(close(quality.mae, 0.1));
        assert!((quality.psnr - 20.0).abs() < 1e-5);
        // Flat images differ in luminance only: (2 * 0.3 + 1e-4) / (0.36 + 0.25 + 1e-4).
        assert!((quality.ssim - 0.6001 / 0.6101).abs() < 1e-6);
    }

    #[test]
    fn identical_images_are_capped_and_nan_is_not() {
        let image: Vec<f32> = (0..48).map(|i| i as f32 / 48.0).collect();
        let quality = Meter::new(Size::new(4, 4, 3)).measure(&image, &image);
        assert_eq!(quality, Quality { mse: 0.0, mae: 0.0, psnr: 100.0, ssim: 1.0 });
        assert!(psnr(f64::NAN).is_nan());
        assert!(close(psnr(1e-12), 100.0));
        assert!(close(psnr(1.0), 0.0));
    }

    #[test]
    fn means_are_taken_over_images() {
        let first = Quality { mse: 0.1, mae: 0.2, psnr: 10.0, ssim: 0.5 };
        let second = Quality { mse: 0.001, mae: 0.4, psnr: 30.0, ssim: 0.9 };
        let both = mean([&first, &second]).unwrap();
        assert!(close(both.mse, 0.0505) && close(both.mae, 0.3));
        assert!(close(both.psnr, 20.0) && close(both.ssim, 0.7));
        assert_eq!(mean([]), None);
        let broken = mean([&first, &Quality { mse: f64::NAN, ..second }]).unwrap();
        assert!(broken.mse.is_nan() && close(broken.mae, 0.3));
    }
}
