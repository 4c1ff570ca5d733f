//! Measures how much a code says about its image's class: trains simple classifiers on the codes of training
//! images and computes their accuracy on those of test images. Pure arithmetic over codes and labels.
//!
//! Dimensions are standardized by the training codes, so that their units do not matter. Non-finite training
//! codes are left out; non-finite test codes count as misclassified. Sums run in a fixed order, so that
//! results do not depend on the number of threads.

mod knn;
mod lbfgs;
mod linear;
#[cfg(test)]
mod tests;

/// Codes with their classes.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// The codes, concatenated, each with the same number of values.
    pub codes: &'a [f32],
    /// The class of each code.
    pub labels: &'a [u16],
}

/// Training codes to learn from, and test codes to classify.
#[derive(Debug)]
pub struct Probe {
    /// Number of values in a code.
    dim: usize,
    train: Known,
    test: Known,
    /// Number of test codes, including non-finite ones.
    tested: usize,
}

/// Finite, standardized codes with their classes.
#[derive(Debug)]
struct Known {
    codes: Vec<f32>,
    labels: Vec<u16>,
}

impl Probe {
    /// Returns a probe of codes of `dim` values; `None` without a finite training code or without test codes,
    /// or if `dim` is 0. Codes without a label are ignored.
    pub fn new(dim: usize, train: Labelled<'_>, test: Labelled<'_>) -> Option<Self> {
        if dim == 0 {
            return None;
        }
        let scales = scales(dim, train);
        let tested = test.labels.len().min(test.codes.len() / dim);
        let (train, test) = (Known::of(dim, train, &scales), Known::of(dim, test, &scales));
        (!train.labels.is_empty() && tested > 0).then_some(Self { dim, train, test, tested })
    }

    /// Returns the share of test codes for which `recognized`, given the code and its class, is true.
    fn accuracy(&self, recognized: impl Fn(&[f32], u16) -> bool + Sync) -> f64 {
        use rayon::prelude::*;
        let codes = self.test.codes.par_chunks_exact(self.dim).zip(&self.test.labels);
        let right = codes.filter(|(code, label)| recognized(code, **label)).count();
        right as f64 / self.tested as f64
    }
}

/// Mean and deviation by which a dimension is standardized.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Known {
    fn of(dim: usize, all: Labelled<'_>, scales: &[Scale]) -> Self {
        let (mut codes, mut labels) = (Vec::new(), Vec::new());
        for (code, label) in finite(dim, all) {
            labels.push(label);
            codes.extend(code.iter().zip(scales).map(|(value, Scale { mean, deviation })| {
                let value = ((f64::from(*value) - mean) / deviation) as f32;
                // Keep a code that is far from all others finite.
                value.clamp(f32::MIN, f32::MAX)
            }));
        }
        Self { codes, labels }
    }
}

fn finite(dim: usize, all: Labelled<'_>) -> impl Iterator<Item = (&[f32], u16)> {
    let codes = all.codes.chunks_exact(dim).zip(all.labels.iter().copied());
    codes.filter(|(code, _)| code.iter().all(|value| value.is_finite()))
}

/// Returns the mean and deviation of each dimension; a constant dimension is not scaled.
fn scales(dim: usize, all: Labelled<'_>) -> Vec<Scale> {
    let count = finite(dim, all).count() as f64;
    let scale = |index: usize| {
        let values = || finite(dim, all).map(|(code, _)| f64::from(code[index]));
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        // Not by the variance: the mean of equal values may differ from them in the last bit.
        let (low, high) = values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        Scale { mean, deviation: if low < high { variance.sqrt() } else { 1.0 } }
    };
    (0..dim).map(scale).collect()
}
