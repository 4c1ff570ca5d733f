// Zeros and copies are exact.
#![allow(clippy::float_cmp)]

use super::*;
use crate::{
    arch::Activation,
    ops::{activation, tests::families},
};

const TERMS: [LossTerms; 4] = [LossTerms::Mse, LossTerms::Mae, LossTerms::Bce, LossTerms::Ssim];

fn loss(terms: &[(LossTerms, f64)], size: Size) -> Loss {
    Loss::new(&spec::Loss { weights: terms.iter().copied().collect() }, size)
}

/// An image that other programs can reproduce: ((7 i^2 + i s + s) mod 256) / 255.
fn pattern(size: Size, s: u64) -> Vec<f32> {
    let value = |i: u64| ((7 * i * i + i * s + s) % 256) as f64 / 255.0;
    (0..size.len() as u64).map(|i| value(i) as f32).collect()
}

/// A prediction that resembles its target.
fn pair(size: Size) -> (Vec<f32>, Vec<f32>) {
    let (target, other) = (pattern(size, 13), pattern(size, 101));
    let mixed = target.iter().zip(&other).map(|(a, b)| 0.6 * a + 0.4 * b);
    (mixed.collect(), target)
}

/// Values of `skimage.metrics.structural_similarity` 0.26 with `gaussian_weights=True`,
/// `use_sample_covariance=False`, `data_range=1`, channel by channel; for windows below 11, which it does
/// not support, values of a direct sum in `NumPy` that agrees with it at 11.
#[test]
fn ssim_agrees_with_scikit_image() {
    for (size, expected) in [
        (Size::new(28, 28, 1), 0.783_081_363_452_466_4),
        (Size::new(32, 32, 3), 0.764_093_315_683_397_6),
        (Size::new(16, 11, 2), 0.799_583_887_625_772_4),
        (Size::new(8, 9, 1), 0.819_316_731_985_590_2),
        (Size::new(5, 5, 1), 0.746_747_969_049_617_7),
        (Size::new(2, 7, 1), 0.891_102_759_155_527_8),
    ] {
        let (x, y) = pair(size);
        let ours = Ssim::new(size).similarity(&x, &y);
        // The reference mixed the images in f64 before rounding to f32.
        assert!((ours - expected).abs() < 1e-7, "{size}: {ours}");
    }
}

#[test]
fn values_follow_their_formulas() {
    let size = Size::new(1, 3, 1);
    let (p, t) = ([0.25, 0.5, 1.0], [0.5, 0.5, 0.0]);
    let value = |term| loss(&[(term, 1.0)], size).evaluate(&p, &t);
    assert!((value(LossTerms::Mse) - (0.0625 + 1.0) / 3.0).abs() < 1e-15);
    assert!((value(LossTerms::Mae) - 1.25 / 3.0).abs() < 1e-15);
    let margin = 2_f64.powi(-24);
    let bce = -(0.5 * 0.25_f64.ln() + 0.5 * 0.75_f64.ln() + 0.5_f64.ln() + margin.ln()) / 3.0;
    assert!((value(LossTerms::Bce) - bce).abs() < 1e-14);
}

/// 0.3728034 is what Keras 3.15 gives in f32.
#[test]
fn binary_cross_entropy_agrees_with_keras() {
    let target = [0.0, 1.0, 0.3, 0.9];
    let prediction = [0.1, 0.8, 0.5, 0.99];
    let value = loss(&[(LossTerms::Bce, 1.0)], Size::new(2, 2, 1)).evaluate(&prediction, &target);
    assert!((value - 0.372_803_4).abs() < 1e-6, "{value}");
}

/// The central difference quotient of the loss for one value.
fn slope(loss: &Loss, prediction: &[f32], target: &[f32], i: usize, step: f32) -> f64 {
    let mut moved = prediction.to_vec();
    moved[i] = prediction[i] + step;
    let (right, above) = (f64::from(moved[i]), loss.evaluate(&moved, target));
    moved[i] = prediction[i] - step;
    let (left, below) = (f64::from(moved[i]), loss.evaluate(&moved, target));
    (above - below) / (right - left)
}

#[test]
fn gradients_agree_with_finite_differences() {
    for size in [Size::new(13, 12, 1), Size::new(11, 14, 3), Size::new(6, 5, 2), Size::new(1, 9, 1)]
    {
        let (prediction, target) = pair(size);
        // Away from the bounds, where `bce` is steep, and from the kink of `mae`.
        let prediction: Vec<f32> = prediction.iter().map(|p| 0.1 + 0.8 * p).collect();
        let mut losses: Vec<_> = TERMS.iter().map(|&term| loss(&[(term, 1.0)], size)).collect();
        losses.push(loss(&[(LossTerms::Mse, 0.8), (LossTerms::Ssim, 0.2)], size));
        for loss in losses {
            let mut gradient = vec![f32::NAN; size.len()];
            let value = loss.gradient(&prediction, &target, 1.0, &mut gradient);
            assert_eq!(value.to_bits(), loss.evaluate(&prediction, &target).to_bits());
            let largest = gradient.iter().fold(0.0_f64, |m, g| m.max(f64::from(g.abs())));
            for (i, &ours) in gradient.iter().enumerate() {
                let ours = f64::from(ours);
                let slope = slope(&loss, &prediction, &target, i, 1e-4);
                let error = (ours - slope).abs();
                assert!(error < 1e-4 * largest, "{loss:?} at {i}: {ours}, {slope}");
            }
        }
    }
}

#[test]
fn the_scale_applies_to_the_gradient_and_not_to_the_value() {
    let size = Size::new(12, 12, 1);
    let (prediction, target) = pair(size);
    let sum = loss(&TERMS.map(|term| (term, 0.5)), size);
    let (mut whole, mut quarter) = (vec![0.0; size.len()], vec![0.0; size.len()]);
    let value = sum.gradient(&prediction, &target, 1.0, &mut whole);
    assert_eq!(value.to_bits(), sum.gradient(&prediction, &target, 0.25, &mut quarter).to_bits());
    for (whole, quarter) in whole.iter().zip(&quarter) {
        assert!((whole * 0.25 - quarter).abs() <= 1e-9 + 1e-6 * quarter.abs());
    }
}

#[test]
fn at_the_kink_the_gradient_is_zero() {
    let size = Size::new(1, 4, 1);
    let mut out = [1.0; 4];
    let mae = loss(&[(LossTerms::Mae, 1.0)], size);
    mae.gradient(&[0.5, 0.6, 0.4, 0.5], &[0.5; 4], 1.0, &mut out);
    assert_eq!(out, [0.0, 0.25, -0.25, 0.0]);
}

/// The derivative of cross-entropy with respect to a logit z is sigmoid(z) - t, however large z is.
#[test]
fn a_saturated_pixel_that_is_wrong_has_the_gradient_of_its_logit() {
    let bce = loss(&[(LossTerms::Bce, 1.0)], Size::new(1, 1, 1));
    let magnitudes = [0.0, 3.0, 15.9, 16.2, 17.0, 30.0, 60.0, 69.0, 69.2, 75.0, 90.0, 1e9_f32];
    for z in magnitudes.into_iter().flat_map(|z| [z, -z]) {
        for (family, target) in families().flat_map(|f| [0.0, 0.25, 1.0].map(|t| (f, t))) {
            let mut p = [z];
            activation::forward(family, Activation::Sigmoid, &mut p);
            let mut gradient = [f32::NAN];
            bce.gradient(&p, &[target], 1.0, &mut gradient);
            activation::backward(family, Activation::Sigmoid, &p, &mut gradient);
            let want = 1.0 / (1.0 + (-f64::from(z)).exp()) - f64::from(target);
            let ours = f64::from(gradient[0]);
            assert!((ours - want).abs() < 1e-6, "{family} {z}, {target}: {ours}, not {want}");
        }
    }
}

#[test]
fn nan_is_never_lost() {
    let size = Size::new(4, 5, 1);
    let target = pattern(size, 3);
    for place in [0, 7, 19] {
        let mut prediction = target.clone();
        prediction[place] = f32::NAN;
        for term in TERMS {
            let value = loss(&[(term, 1.0)], size).evaluate(&prediction, &target);
            assert!(value.is_nan(), "{term:?} with NaN at {place}");
        }
    }
}

#[test]
#[should_panic(expected = "length of a target of size 2x2x1")]
fn an_image_of_another_size_is_refused() {
    loss(&[(LossTerms::Mse, 1.0)], Size::new(2, 2, 1)).evaluate(&[0.0; 4], &[0.0; 5]);
}
