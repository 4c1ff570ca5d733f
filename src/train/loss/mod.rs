//! Loss functions between two images, with their gradients.

mod bce;
mod pointwise;
mod ssim;
#[cfg(test)]
mod tests;

use crate::{
    arch::Size,
    spec::{self, LossTerms},
};
pub(crate) use bce::{LEAST as BCE_LEAST, MOST as BCE_MOST};
pub(super) use pointwise::sum_pairs;
pub use pointwise::{mae, mse};
pub use ssim::Ssim;
pub(crate) use ssim::{C1 as SSIM_C1, C2 as SSIM_C2};

/// A weighted sum of losses over images of one size.
///
/// With prediction p and target t:
///
/// | term | value |
/// | --- | --- |
/// | `mse` | mean of (p - t)^2 |
/// | `mae` | mean of abs(p - t) |
/// | `bce` | mean of -(t ln q + (1 - t) ln(1 - q)), with q = p clamped to 1e-30 .. 1 - 2^-24 |
/// | `ssim` | 1 - SSIM, see [`Ssim`] |
///
/// Values are summed in f64 and in a fixed order.
#[derive(Debug, Clone)]
pub struct Loss {
    size: Size,
    terms: Vec<(Term, f64)>,
}

#[derive(Debug, Clone)]
enum Term {
    Mse,
    Mae,
    Bce,
    Ssim(Ssim),
}

impl Loss {
    /// Creates the loss configured by an experiment, for images of `size`.
    pub fn new(spec: &spec::Loss, size: Size) -> Self {
        let term = |(term, weight): (&LossTerms, &f64)| {
            let term = match term {
                LossTerms::Mse => Term::Mse,
                LossTerms::Mae => Term::Mae,
                LossTerms::Bce => Term::Bce,
                LossTerms::Ssim => Term::Ssim(Ssim::new(size)),
            };
            (term, *weight)
        };
        Self { size, terms: spec.weights.iter().map(term).collect() }
    }

    /// Returns the loss of one image, a mean over its values.
    ///
    /// # Panics
    ///
    /// When an image does not have the loss's size.
    pub fn evaluate(&self, prediction: &[f32], target: &[f32]) -> f64 {
        assert_size(self.size, prediction, target);
        let value = |term: &Term| match term {
            Term::Mse => mse(prediction, target),
            Term::Mae => mae(prediction, target),
            Term::Bce => bce::value(prediction, target),
            Term::Ssim(ssim) => 1.0 - ssim.similarity(prediction, target),
        };
        self.terms.iter().map(|(term, weight)| weight * value(term)).sum()
    }

    /// Writes `scale` times the gradient of the loss with respect to the prediction to `out`, and returns
    /// the unscaled loss. For the mean loss of a batch, the scale is 1 / batch.
    ///
    /// At the kink of `mae` the derivative is 0. That of `bce` does not vanish where the prediction is
    /// clamped; multiplied by the slope of a sigmoid, it is the gradient of cross-entropy with logits.
    ///
    /// # Panics
    ///
    /// When an image or `out` does not have the loss's size.
    pub fn gradient(&self, prediction: &[f32], target: &[f32], scale: f32, out: &mut [f32]) -> f64 {
        assert_size(self.size, prediction, target);
        assert_eq!(out.len(), self.size.len(), "length of the gradient");
        out.fill(0.0);
        let mut loss = 0.0;
        for (term, weight) in &self.terms {
            let factor = weight * f64::from(scale);
            loss += weight
                * match term {
                    Term::Mse => pointwise::add_mse_gradient(prediction, target, factor, out),
                    Term::Mae => pointwise::add_mae_gradient(prediction, target, factor, out),
                    Term::Bce => bce::add_gradient(prediction, target, factor, out),
                    Term::Ssim(ssim) => 1.0 - ssim.add_gradient(prediction, target, -factor, out),
                };
        }
        loss
    }
}

pub(super) fn assert_size(size: Size, prediction: &[f32], target: &[f32]) {
    assert_eq!(prediction.len(), size.len(), "length of a prediction of size {size}");
    assert_eq!(target.len(), size.len(), "length of a target of size {size}");
}
