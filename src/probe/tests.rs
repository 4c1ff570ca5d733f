//! Checks probes against slow references, and with little training data.

use super::{linear::Regression, *};
use crate::rng::{ChaCha8Rng, Purpose, stream};
use rand::RngExt;
use std::collections::BTreeMap;

/// Codes of `dim` values around a centre for each of `classes`, at a distance set by `apart`.
fn clouds(count: usize, dim: usize, classes: u16, apart: f32, salt: u64) -> (Vec<f32>, Vec<u16>) {
    let mut rng: ChaCha8Rng = stream(5, Purpose::Synthetic, 0, salt);
    let (mut codes, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let class = rng.random_range(0..classes);
        labels.push(class);
        for index in 0..dim {
            let (place, turn) = (usize::from(class) % dim, 1 + usize::from(class) / dim);
            let centre = if index == place { apart * turn as f32 } else { 0.0 };
            // Dimensions with different units.
            codes.push((centre + rng.random_range(-1.0_f32..1.0)) * 10_f32.powf(index as f32));
        }
    }
    (codes, labels)
}

fn probe(dim: usize, train: &(Vec<f32>, Vec<u16>), test: &(Vec<f32>, Vec<u16>)) -> Probe {
    let labelled = |(codes, labels): &(Vec<f32>, Vec<u16>)| Labelled {
        codes: Box::leak(codes.clone().into_boxed_slice()),
        labels: Box::leak(labels.clone().into_boxed_slice()),
    };
    Probe::new(dim, labelled(train), labelled(test)).expect("codes")
}

/// Sorts all distances and counts the votes.
fn slow_knn(probe: &Probe, neighbours: usize) -> usize {
    let test = probe.test.codes.chunks(probe.dim).zip(&probe.test.labels);
    let right = test.filter(|(code, label)| {
        let train = probe.train.codes.chunks(probe.dim).zip(&probe.train.labels);
        let distance = |other: &[f32]| {
            code.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).fold(0.0, |a: f32, b| a + b)
        };
        let mut all: Vec<(f32, u16)> = train.map(|(other, l)| (distance(other), *l)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.truncate(neighbours);
        let mut votes = BTreeMap::new();
        for (_, class) in &all {
            *votes.entry(*class).or_insert(0) += 1;
        }
        let most = *votes.values().max().unwrap();
        all.iter().find(|(_, class)| votes[class] == most).unwrap().1 == **label
    });
    right.count()
}

/// Number of test codes that are recognized by their neighbours.
fn recognized(probe: &Probe, neighbours: usize) -> usize {
    (probe.knn_accuracy(neighbours) * probe.tested as f64).round() as usize
}

#[test]
fn neighbours_match_the_slow_reference() {
    for (dim, classes, neighbours) in [(1, 3, 1), (2, 4, 5), (7, 10, 20), (3, 2, 600)] {
        let train = clouds(1100, dim, classes, 1.0, 1);
        let probe = probe(dim, &train, &clouds(90, dim, classes, 1.0, 2));
        let (fast, slow) = (recognized(&probe, neighbours), slow_knn(&probe, neighbours));
        assert!(fast == slow && (14..90).contains(&fast), "{fast} and {slow} of {neighbours}");
    }
}

/// Gradient descent in many small steps.
fn slow_fit(regression: &Regression<'_>, count: usize) -> Vec<f64> {
    let mut weights = vec![0.0; count];
    for _ in 0..20_000 {
        let (_, gradient) = regression.value(&weights);
        weights.iter_mut().zip(&gradient).for_each(|(weight, slope)| *weight -= 0.3 * slope);
    }
    weights
}

#[test]
fn weights_match_the_slow_reference_and_have_no_gradient() {
    let probe = probe(3, &clouds(150, 3, 3, 0.7, 3), &clouds(90, 3, 3, 0.7, 4));
    let regression = Regression::new(&probe);
    let (found, slow) = (regression.fit(), slow_fit(&regression, 12));
    for (a, b) in found.iter().zip(&slow) {
        assert!((a - b).abs() < 1e-4, "{found:?} and {slow:?}");
    }
    let (value, gradient) = regression.value(&found);
    assert!(gradient.iter().all(|slope| slope.abs() <= 1e-6), "{gradient:?}");
    // The gradient matches the value.
    let mut beside = found.iter().map(|weight| weight + 0.1).collect::<Vec<_>>();
    let (_, slopes) = regression.value(&beside);
    for index in 0..beside.len() {
        let own = beside[index];
        let [above, below] = [1e-5, -1e-5].map(|by| {
            beside[index] = own + by;
            regression.value(&beside).0
        });
        beside[index] = own;
        assert!(((above - below) / 2e-5 - slopes[index]).abs() < 1e-7, "{index}");
    }
    assert!(value < regression.value(&beside).0);
    assert!((0.5..1.0).contains(&probe.linear_accuracy()));
}

#[test]
fn separate_classes_are_recognized_whatever_the_unit_of_a_dimension() {
    for (dim, classes) in [(1, 2), (4, 4), (16, 10)] {
        let train = clouds(400, dim, classes, 4.0, 6);
        let probe = probe(dim, &train, &clouds(60, dim, classes, 4.0, 7));
        assert_eq!((probe.knn_accuracy(20), probe.linear_accuracy()), (1.0, 1.0), "{dim}");
    }
}

/// A probe of codes with a single value.
fn line(train: &[(f32, u16)], test: &[(f32, u16)]) -> Probe {
    probe(1, &train.iter().copied().unzip(), &test.iter().copied().unzip())
}

#[test]
fn with_equal_votes_the_nearer_class_counts_and_of_equally_near_codes_the_first() {
    let train = [(0.0, 7), (1.0, 3), (2.0, 3), (3.0, 7), (4.0, 9)];
    // Two votes each: 7 and 3, of which 3 has the nearest code.
    assert_eq!(recognized(&line(&train, &[(1.1, 3)]), 4), 1);
    assert_eq!(recognized(&line(&train, &[(0.4, 7)]), 4), 1);
    let even = [(-1.0, 5), (1.0, 2)];
    assert_eq!(recognized(&line(&even, &[(0.0, 5)]), 1), 1);
    assert_eq!(recognized(&line(&even, &[(0.0, 2)]), 1), 0);
}

#[test]
fn all_training_codes_vote_if_there_are_fewer_than_neighbours() {
    let train = [(0.0, 1), (0.1, 2), (5.0, 2)];
    assert_eq!(recognized(&line(&train, &[(0.0, 2), (0.0, 1)]), 20), 1);
    assert_eq!(recognized(&line(&train, &[(0.0, 1)]), 0), 1, "at least one");
}

#[test]
fn a_single_class_is_always_recognized_and_an_unknown_one_never() {
    let train = [(0.0, 4), (1.0, 4)];
    let probe = line(&train, &[(0.5, 4), (9.0, 4), (9.0, 0), (9.0, 8)]);
    assert_eq!((probe.knn_accuracy(1), probe.linear_accuracy()), (0.5, 0.5));
    let same = line(&[(0.1, 0), (0.1, 1), (0.1, 1)], &[(0.1, 1), (f32::MAX, 1)]);
    assert_eq!((same.knn_accuracy(3), same.linear_accuracy()), (1.0, 1.0), "of equal codes");
}

#[test]
fn non_finite_codes_are_left_out_and_not_recognized() {
    let train = [(f32::NAN, 1), (0.0, 0), (1.0, 1), (f32::INFINITY, 0), (-f32::NAN, 1)];
    let probe = line(&train, &[(f32::NAN, 0), (0.0, 0), (1.0, 1), (f32::NEG_INFINITY, 1)]);
    assert_eq!((probe.knn_accuracy(1), probe.linear_accuracy()), (0.5, 0.5));
    let none = |train: &[f32], test: &[f32], dim| {
        let labelled = |codes| Labelled { codes, labels: &[0, 1] };
        Probe::new(dim, labelled(train), labelled(test)).is_none()
    };
    assert!(none(&[f32::NAN, f32::NAN], &[0.0, 1.0], 1));
    assert!(none(&[0.0, 1.0], &[], 1) && none(&[], &[0.0], 1) && none(&[0.0], &[0.0], 0));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let probe = probe(5, &clouds(700, 5, 6, 0.5, 8), &clouds(200, 5, 6, 0.5, 9));
    let results = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (Regression::new(&probe).fit(), probe.knn_accuracy(7)))
    });
    assert_eq!(results[0], results[1]);
}
