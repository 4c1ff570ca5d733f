//! How much of an image's class its code tells: simple classifiers that learn from the codes of training
//! images, and their accuracy on those of test images. Pure arithmetic over codes and labels.
//!
//! Dimensions are standardised by the training codes, so that none counts for more than another because of
//! its unit. A training code that is not finite is left out; a test code that is not is one whose class was
//! not recognised. Sums run in a fixed order: results do not depend on the number of threads.

mod knn;
mod lbfgs;
mod linear;
#[cfg(test)]
mod tests;

/// Codes, and the class of each.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// As many values for each code, one code after another.
    pub codes: &'a [f32],
    /// The class of each code.
    pub labels: &'a [u16],
}

/// Training codes to learn from and test codes to be classified.
#[derive(Debug)]
pub struct Probe {
    /// Values of a code.
    dim: usize,
    train: Known,
    test: Known,
    /// Test codes, those that are not finite among them.
    tested: usize,
}

/// The finite codes, standardised, and the class of each.
#[derive(Debug)]
struct Known {
    codes: Vec<f32>,
    labels: Vec<u16>,
}

impl Probe {
    /// A probe of codes of `dim` values; none without a finite training code, without test codes and of
    /// codes without values. Codes without a label are passed over.
    pub fn new(dim: usize, train: Labelled<'_>, test: Labelled<'_>) -> Option<Self> {
        if dim == 0 {
            return None;
        }
        let scales = scales(dim, train);
        let tested = test.labels.len().min(test.codes.len() / dim);
        let (train, test) = (Known::of(dim, train, &scales), Known::of(dim, test, &scales));
        (!train.labels.is_empty() && tested > 0).then_some(Self { dim, train, test, tested })
    }

    /// The share of the test codes of which `recognised` is true, by the code and its class.
    fn accuracy(&self, recognised: impl Fn(&[f32], u16) -> bool + Sync) -> f64 {
        use rayon::prelude::*;
        let codes = self.test.codes.par_chunks_exact(self.dim).zip(&self.test.labels);
        let right = codes.filter(|(code, label)| recognised(code, **label)).count();
        right as f64 / self.tested as f64
    }
}

/// What a dimension is standardised by.
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
                // A code far from all others is far from them, and not nowhere.
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

/// Mean and deviation of each dimension; a dimension that is the same in all codes is not stretched.
fn scales(dim: usize, all: Labelled<'_>) -> Vec<Scale> {
    let count = finite(dim, all).count() as f64;
    let scale = |index: usize| {
        let values = || finite(dim, all).map(|(code, _)| f64::from(code[index]));
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        // Not by the variance: the mean of equal values is not always theirs to the last bit.
        let (low, high) = values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        Scale { mean, deviation: if low < high { variance.sqrt() } else { 1.0 } }
    };
    (0..dim).map(scale).collect()
}
