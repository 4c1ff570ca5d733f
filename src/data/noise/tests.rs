use super::*;
use crate::rng::{Purpose, stream};
use crate::spec::Resample;

const SIZE: Size = Size::new(100, 100, 3);

fn corrupted(noise: &Noise, value: f32) -> Vec<f32> {
    let mut picture = vec![value; SIZE.len()];
    corrupt(noise, &mut stream(7, Purpose::TrainNoise, 0, 3), SIZE, &mut picture);
    picture
}

fn gaussian(mean: f64, sigma: f64, clip: [f64; 2]) -> Noise {
    Noise::Gaussian { mean, sigma, clip, resample: Resample::Once }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64
}

fn normals(count: usize) -> Vec<f64> {
    let mut rng = stream(1, Purpose::TrainNoise, 0, 0);
    let mut block = [0.0; 2 * LANES];
    (0..count.div_ceil(2 * LANES))
        .flat_map(|_| {
            fill_normal(&mut rng, &mut block);
            block.map(f64::from)
        })
        .collect()
}

#[test]
fn normal_numbers_have_the_moments_of_the_normal_distribution() {
    let sample = normals(1_000_000);
    let moment =
        |power: i32| sample.iter().map(|x| x.powi(power)).sum::<f64>() / sample.len() as f64;
    // Five standard errors each, from the variances 1, 2, 15 and 96 of the powers.
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)]
    {
        let error = 5.0 * (variance / sample.len() as f64).sqrt();
        assert!((moment(power) - expected).abs() < error, "moment {power}: {}", moment(power));
    }
}

#[test]
fn normal_numbers_fall_into_intervals_as_often_as_they_should() {
    let sample = normals(1_000_000);
    // Values of the normal distribution function.
    for (bound, expected) in [
        (-3.0, 0.001_350),
        (-2.0, 0.022_750),
        (-1.0, 0.158_655),
        (0.0, 0.5),
        (0.5, 0.691_462),
        (2.5, 0.993_790),
    ] {
        let below = sample.iter().filter(|&&x| x < bound).count() as f64 / sample.len() as f64;
        let error = 5.0 * (expected * (1.0 - expected) / sample.len() as f64).sqrt();
        assert!((below - expected).abs() < error, "below {bound}: {below}, expected {expected}");
    }
}

#[test]
fn normal_numbers_of_one_pair_are_independent() {
    let sample = normals(640_000);
    let products = |f: fn(f64) -> f64| {
        let pairs = sample
            .chunks_exact(2 * LANES)
            .flat_map(|block| (0..LANES).map(move |lane| f(block[lane]) * f(block[lane + LANES])));
        pairs.sum::<f64>() / (sample.len() / 2) as f64
    };
    assert!(products(|x| x).abs() < 5.0 / 320_000_f64.sqrt());
    // Squares, which a wrong radius or angle would tie together, multiply to 1 with variance 8.
    assert!((products(|x| x * x) - 1.0).abs() < 5.0 * (8.0 / 320_000_f64).sqrt());
}

#[test]
fn gaussian_noise_has_the_mean_and_deviation_asked_for() {
    let noisy = corrupted(&gaussian(0.5, 0.75, [-100.0, 100.0]), 0.25);
    let average = mean(&noisy);
    let deviation =
        (noisy.iter().map(|&x| (f64::from(x) - average).powi(2)).sum::<f64>() / 3e4).sqrt();
    assert!((average - 0.75).abs() < 0.02, "{average}");
    assert!((deviation - 0.75).abs() < 0.02, "{deviation}");
}

#[test]
fn results_are_cut_to_the_range_and_an_empty_range_does_not_panic() {
    let noisy = corrupted(&gaussian(0.5, 1.0, [0.0, 1.0]), 0.5);
    assert!(noisy.iter().all(|x| (0.0..=1.0).contains(x)));
    assert!(noisy.contains(&0.0) && noisy.contains(&1.0));
    assert_eq!(corrupted(&gaussian(0.5, 1.0, [1.0, 0.0]), 0.5), vec![0.0; SIZE.len()]);
}

#[test]
fn speckle_leaves_black_black_and_grows_with_brightness() {
    let noise = Noise::Speckle { sigma: 0.5, clip: [-9.0, 9.0], resample: Resample::Once };
    assert_eq!(corrupted(&noise, 0.0), vec![0.0; SIZE.len()]);
    let deviation = |value: f32| {
        let noisy = corrupted(&noise, value);
        (noisy.iter().map(|&x| f64::from(x - value).powi(2)).sum::<f64>() / 3e4).sqrt()
    };
    assert!((deviation(1.0) - 0.5).abs() < 0.01);
    assert!((deviation(0.5) - 0.25).abs() < 0.005);
}

#[test]
fn salt_and_pepper_hits_whole_pixels_in_the_shares_asked_for() {
    let noise = Noise::SaltAndPepper { amount: 0.3, salt: 0.75, resample: Resample::Once };
    let noisy = corrupted(&noise, 0.5);
    let share = |value: f32| {
        let pixels = noisy
            .chunks_exact(3)
            .filter(|pixel| pixel.iter().all(|x| x.to_bits() == value.to_bits()));
        pixels.count() as f64 / 1e4
    };
    assert!((share(1.0) - 0.225).abs() < 0.02, "{}", share(1.0));
    assert!((share(0.0) - 0.075).abs() < 0.015, "{}", share(0.0));
    assert!((share(0.5) + share(0.0) + share(1.0) - 1.0).abs() < 1e-9, "a pixel was split");
}

#[test]
fn an_amount_of_one_hits_every_pixel_and_of_zero_none() {
    let masking = |amount| Noise::Masking { amount, resample: Resample::Once };
    assert_eq!(corrupted(&masking(1.0), 0.5), vec![0.0; SIZE.len()]);
    assert_eq!(corrupted(&masking(0.0), 0.5), vec![0.5; SIZE.len()]);
}

#[test]
fn pixels_hit_at_one_amount_are_hit_at_a_larger_one() {
    let masking = |amount| corrupted(&Noise::Masking { amount, resample: Resample::Once }, 0.5);
    let (some, more) = (masking(0.2), masking(0.6));
    assert!(some.iter().zip(&more).all(|(&some, &more)| some != 0.0 || more == 0.0));
}

#[test]
fn another_level_keeps_the_rest_of_the_noise() {
    assert_eq!(gaussian(0.5, 0.5, [0.0, 1.0]).at_level(0.75), gaussian(0.5, 0.75, [0.0, 1.0]));
    let noise = Noise::SaltAndPepper { amount: 0.1, salt: 0.9, resample: Resample::Epoch };
    let expected = Noise::SaltAndPepper { amount: 0.4, salt: 0.9, resample: Resample::Epoch };
    assert_eq!(noise.at_level(0.4), expected);
    assert_eq!((noise.level(), expected.level()), (0.1, 0.4));
}

/// A change of these numbers changes every denoising run that anyone has made.
#[test]
fn noise_is_the_same_as_ever() {
    let noisy = corrupted(&gaussian(0.5, 0.5, [-9.0, 9.0]), 0.5);
    assert_eq!(
        noisy[..4].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [1_058_726_320, 1_059_452_007, 1_067_158_794, 1_067_727_582]
    );
}
