//! Softmax regression: linear classification of codes.

use super::{Probe, lbfgs};
use rayon::prelude::*;

/// Number of parts that the training codes are divided into, so that as many threads have work. Their sums
/// are added in a fixed order.
const PARTS: usize = 16;

impl Probe {
    /// Returns the share of test codes that softmax regression on the training codes classifies correctly.
    ///
    /// It minimizes the mean cross-entropy over the n training codes plus the sum of the squared weights,
    /// without biases, over 2n, as scikit-learn's `LogisticRegression` does by default. The function is
    /// convex and is minimized by limited-memory BFGS, from weights of 0 to a gradient of 1e-6. Time and
    /// memory grow with the number of classes times the length of a code.
    pub fn linear_accuracy(&self) -> f64 {
        let regression = Regression::new(self);
        let weights = regression.fit();
        self.accuracy(|code, label| regression.class(&weights, code) == Some(label))
    }
}

/// The objective of the regression. Weights are ordered by dimension, with one per class in each, followed by
/// the biases.
pub(super) struct Regression<'a> {
    probe: &'a Probe,
    /// The classes of the training codes, sorted; no others can be learned.
    classes: Vec<u16>,
    /// The index of each training code's class among them.
    places: Vec<usize>,
}

impl<'a> Regression<'a> {
    pub fn new(probe: &'a Probe) -> Self {
        let labels = &probe.train.labels;
        let mut classes = labels.clone();
        classes.sort_unstable();
        classes.dedup();
        let place = |label: &u16| classes.partition_point(|class| class < label);
        Self { places: labels.iter().map(place).collect(), classes, probe }
    }

    /// Returns the weights at the minimum.
    pub fn fit(&self) -> Vec<f64> {
        let count = (self.probe.dim + 1) * self.classes.len();
        lbfgs::minimize(vec![0.0; count], |weights| self.value(weights))
    }

    /// Returns the objective and its gradient.
    pub fn value(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let (dim, count) = (self.probe.dim, self.places.len());
        let part = count.div_ceil(PARTS);
        let parts: Vec<(f64, Vec<f64>)> = self
            .probe
            .train
            .codes
            .par_chunks(part * dim)
            .zip(self.places.par_chunks(part))
            .map(|(codes, places)| self.part(weights, codes, places))
            .collect();
        let mut entropy = 0.0;
        let mut gradient = vec![0.0; weights.len()];
        for (own, slopes) in parts {
            entropy += own;
            gradient.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        let mut squares = 0.0;
        let biases = dim * self.classes.len();
        for (slope, weight) in gradient.iter_mut().zip(&weights[..biases]) {
            squares += weight * weight;
            *slope += weight;
        }
        for slope in &mut gradient {
            *slope /= count as f64;
        }
        ((entropy + 0.5 * squares) / count as f64, gradient)
    }

    /// Returns the cross-entropy of some training codes and its gradient.
    fn part(&self, weights: &[f64], codes: &[f32], places: &[usize]) -> (f64, Vec<f64>) {
        let classes = self.classes.len();
        let mut gradient = vec![0.0; weights.len()];
        let mut entropy = 0.0;
        let mut scores = vec![0.0; classes];
        for (code, place) in codes.chunks_exact(self.probe.dim).zip(places) {
            score(weights, code, &mut scores);
            let own = scores[*place];
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let mut sum = 0.0;
            for score in &mut scores {
                *score = (*score - most).exp();
                sum += *score;
            }
            entropy += sum.ln() + most - own;
            for score in &mut scores {
                *score /= sum;
            }
            scores[*place] -= 1.0;
            let inputs = code.iter().map(|value| f64::from(*value)).chain([1.0]);
            for (slopes, input) in gradient.chunks_exact_mut(classes).zip(inputs) {
                slopes.iter_mut().zip(&scores).for_each(|(slope, score)| *slope += input * score);
            }
        }
        (entropy, gradient)
    }

    /// Returns the class with the highest score, the first of equals.
    fn class(&self, weights: &[f64], code: &[f32]) -> Option<u16> {
        let mut scores = vec![0.0; self.classes.len()];
        score(weights, code, &mut scores);
        let best =
            |best: usize, place: usize| if scores[place] > scores[best] { place } else { best };
        let place = (0..scores.len()).reduce(best)?;
        self.classes.get(place).copied()
    }
}

/// Computes the score of each class for a code.
fn score(weights: &[f64], code: &[f32], scores: &mut [f64]) {
    let (weights, biases) = weights.split_at(code.len() * scores.len());
    scores.copy_from_slice(biases);
    for (weights, value) in weights.chunks_exact(scores.len()).zip(code) {
        let value = f64::from(*value);
        scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += value * weight);
    }
}
