use super::*;
use crate::rng::{Purpose, stream};
use crate::spec::Resample;
use std::{array, collections::BTreeSet};

const SIZE: Size = Size::new(100, 100, 3);

fn corrupted(noise: &Noise, value: f32) -> Vec<f32> {
    let mut image = vec![value; SIZE.len()];
    corrupt(noise, &mut stream(7, Purpose::TrainNoise, 0, 3), SIZE, &mut image);
    image
}

fn gaussian(mean: f64, sigma: f64, clip: [f64; 2]) -> Noise {
    Noise::Gaussian { mean, sigma: Strength::Level(sigma), clip, resample: Resample::Once }
}

fn salt_and_pepper(amount: f64, salt: f64) -> Noise {
    Noise::SaltAndPepper { amount: Strength::Level(amount), salt, resample: Resample::Once }
}

fn masking(amount: f64) -> Noise {
    Noise::Masking { amount: Strength::Level(amount), resample: Resample::Once }
}

/// The same noise at levels of a range.
fn over(mut noise: Noise, ends: [f64; 2]) -> Noise {
    match &mut noise {
        Noise::Gaussian { sigma: strength, .. }
        | Noise::Speckle { sigma: strength, .. }
        | Noise::SaltAndPepper { amount: strength, .. }
        | Noise::Masking { amount: strength, .. } => *strength = Strength::Range(ends),
    }
    noise
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
fn results_are_clipped_to_the_range_and_an_empty_range_does_not_panic() {
    let noisy = corrupted(&gaussian(0.5, 1.0, [0.0, 1.0]), 0.5);
    assert!(noisy.iter().all(|x| (0.0..=1.0).contains(x)));
    assert!(noisy.contains(&0.0) && noisy.contains(&1.0));
    assert_eq!(corrupted(&gaussian(0.5, 1.0, [1.0, 0.0]), 0.5), vec![0.0; SIZE.len()]);
}

#[test]
fn speckle_leaves_black_black_and_grows_with_brightness() {
    let noise =
        Noise::Speckle { sigma: Strength::Level(0.5), clip: [-9.0, 9.0], resample: Resample::Once };
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
    let noise = salt_and_pepper(0.3, 0.75);
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
    assert_eq!(corrupted(&masking(1.0), 0.5), vec![0.0; SIZE.len()]);
    assert_eq!(corrupted(&masking(0.0), 0.5), vec![0.5; SIZE.len()]);
}

#[test]
fn pixels_hit_at_one_amount_are_hit_at_a_larger_one() {
    let [some, more] = [0.2, 0.6].map(|amount| corrupted(&masking(amount), 0.5));
    assert!(some.iter().zip(&more).all(|(&some, &more)| some != 0.0 || more == 0.0));
}

#[test]
fn an_image_with_a_level_from_a_range_is_the_same_as_with_that_level_alone() {
    let clip = [-9.0, 9.0];
    let speckle = Noise::Speckle { sigma: Strength::Level(0.5), clip, resample: Resample::Once };
    for noise in [gaussian(0.5, 0.5, clip), speckle, salt_and_pepper(0.1, 0.9), masking(0.1)] {
        let noise = over(noise, [0.25, 0.75]);
        let levels: [f64; 3] = array::from_fn(|index| {
            let rng = stream(7, Purpose::TrainNoise, 2, index as u64);
            let level = level(noise.strength(), &rng);
            let [own, alone] = [&noise, &noise.at_level(level)].map(|noise| {
                let mut image = vec![0.5; SIZE.len()];
                corrupt(noise, &mut rng.clone(), SIZE, &mut image);
                image
            });
            assert_eq!(own, alone, "{noise:?} at {level}");
            level
        });
        let different: BTreeSet<u64> = levels.map(f64::to_bits).into();
        assert_eq!(different.len(), levels.len(), "{levels:?}");
    }
}

#[test]
fn levels_of_a_range_are_uniform_and_independent_of_each_other_and_of_the_noise() {
    const IMAGES: usize = 100_000;
    let (from, to) = (0.25, 1.0);
    let image = |index| {
        let mut rng = stream(3, Purpose::TrainNoise, 1, index as u64);
        let level = level(Strength::Range([from, to]), &rng);
        ((level - from) / (to - from), f64::from(rng.next_u32()) / f64::from(u32::MAX))
    };
    let (shares, others): (Vec<f64>, Vec<f64>) = (0..IMAGES).map(image).unzip();
    assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    // Five standard errors each, from the moments of the uniform distribution.
    let check = |what: &str, found: f64, expected: f64, variance: f64| {
        let error = 5.0 * (variance / IMAGES as f64).sqrt();
        assert!((found - expected).abs() < error, "{what}: {found}, expected {expected}");
    };
    let average = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / IMAGES as f64;
    check("mean", average(&mut shares.iter().copied()), 0.5, 1.0 / 12.0);
    let centred = |share: &f64| share - 0.5;
    let square = average(&mut shares.iter().map(|share| centred(share).powi(2)));
    check("variance", square, 1.0 / 12.0, 1.0 / 180.0);
    for tenth in 1..10 {
        let bound = f64::from(tenth) / 10.0;
        let below = average(&mut shares.iter().map(|share| f64::from(*share < bound)));
        check("share below", below, bound, bound * (1.0 - bound));
    }
    for (what, partners) in [("next image", &shares[1..]), ("noise", &others[..])] {
        let products = shares.iter().zip(partners).map(|(a, b)| centred(a) * centred(b));
        check(what, average(&mut products.into_iter()), 0.0, 1.0 / 144.0);
    }
}

/// Changing these numbers would change every existing denoising run.
#[test]
fn noise_does_not_change_between_versions() {
    let noisy = corrupted(&gaussian(0.5, 0.5, [-9.0, 9.0]), 0.5);
    assert_eq!(
        noisy[..4].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [1_058_726_320, 1_059_452_007, 1_067_158_794, 1_067_727_582]
    );
    let level = level(Strength::Range([0.0, 1.0]), &stream(7, Purpose::TrainNoise, 0, 3));
    assert_eq!(level.to_bits(), 4_590_648_539_106_067_078);
}
