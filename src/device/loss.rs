//! Losses of a batch and their gradients: [`crate::train::loss`] in f32.

use super::{
    ssim::Ssim,
    tensor::{DeviceResult, Kit, Matrix, Scalar, SendDevice, complement, times},
};
use crate::{
    arch::Size,
    spec::{self, LossTerms},
    train::loss::{BCE_LEAST, BCE_MOST},
};
use dfdx::{
    prelude::*,
    tensor_ops::{ChooseFrom, TryAdd, TryDiv, TryMul, TrySub},
};

/// A weighted sum of losses over images of one size.
#[derive(Debug)]
pub struct Loss<D: SendDevice> {
    size: Size,
    terms: Vec<(Term<D>, f64)>,
}

#[derive(Debug)]
enum Term<D: SendDevice> {
    Mse,
    Mae,
    Bce,
    Ssim(Box<Ssim<D>>),
}

impl<D: SendDevice> Loss<D> {
    /// Creates the loss configured by an experiment, for images of `size`.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(kit: &Kit<D>, spec: &spec::Loss, size: Size) -> DeviceResult<Self, D> {
        let terms = spec.weights.iter().map(|(term, weight)| {
            let term = match term {
                LossTerms::Mse => Term::Mse,
                LossTerms::Mae => Term::Mae,
                LossTerms::Bce => Term::Bce,
                LossTerms::Ssim => Term::Ssim(Box::new(Ssim::new(kit, size)?)),
            };
            Ok((term, *weight))
        });
        Ok(Self { size, terms: terms.collect::<Result<_, _>>()? })
    }

    /// Returns the sum of the losses of a batch of images, one row each, and the gradient of their mean with
    /// respect to the prediction.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn gradient(
        &self,
        kit: &mut Kit<D>,
        prediction: &Matrix<D>,
        target: &Matrix<D>,
    ) -> DeviceResult<(Scalar<D>, Matrix<D>), D> {
        let batch = prediction.shape().0 as f64;
        let count = self.size.len() as f64;
        let mut total: Option<(Scalar<D>, Matrix<D>)> = None;
        for (term, weight) in &self.terms {
            let (values, slopes) = match term {
                Term::Ssim(ssim) => {
                    let (sum, slopes) = ssim.dissimilarity(kit, prediction, target)?;
                    (sum.try_mul(*weight as f32)?, slopes.try_mul((weight / batch) as f32)?)
                }
                pointwise => {
                    let (values, slopes) = pointwise.by_value(kit, prediction, target)?;
                    (
                        kit.sum(&values)?.try_mul((weight / count) as f32)?,
                        slopes.try_mul((weight / count / batch) as f32)?,
                    )
                }
            };
            total = Some(match total {
                None => (values, slopes),
                Some((sum, gradient)) => (sum.try_add(values)?, gradient.try_add(slopes)?),
            });
        }
        // An experiment's loss is never empty.
        match total {
            Some(total) => Ok(total),
            None => Ok((kit.sum(prediction)?.try_mul(0.0)?, prediction.clone().try_mul(0.0)?)),
        }
    }
}

impl<D: SendDevice> Term<D> {
    /// Returns the loss at every value, and its derivative.
    fn by_value(
        &self,
        kit: &Kit<D>,
        prediction: &Matrix<D>,
        target: &Matrix<D>,
    ) -> DeviceResult<(Matrix<D>, Matrix<D>), D> {
        let (p, t) = (prediction.clone(), target.clone());
        if let Self::Bce = self {
            return cross_entropy(kit, prediction, t);
        }
        let difference = p.try_sub(t)?;
        if let Self::Mae = self {
            // The sign, 0 at the kink.
            let (above, below) = (difference.try_gt(0.0)?, difference.try_lt(0.0)?);
            let one = |value| kit.everywhere(value, &difference);
            let slopes = above.try_choose(one(1.0)?, below.try_choose(one(-1.0)?, one(0.0)?)?)?;
            return Ok((difference.try_abs()?, slopes));
        }
        let slopes = difference.clone().try_mul(2.0)?;
        Ok((difference.try_square()?, slopes))
    }
}

/// Returns -(t ln q + (1 - t) ln(1 - q)) and (q - t) / (q (1 - q)), where q is the clamped prediction.
fn cross_entropy<D: SendDevice>(
    kit: &Kit<D>,
    p: &Matrix<D>,
    t: Matrix<D>,
) -> DeviceResult<(Matrix<D>, Matrix<D>), D> {
    // Not `clamp`, which on some devices turns NaN into a number.
    let q = p.try_lt(BCE_LEAST)?.try_choose(kit.everywhere(BCE_LEAST, p)?, p.clone())?;
    let q = q.try_gt(BCE_MOST)?.try_choose(kit.everywhere(BCE_MOST, p)?, q)?;
    let rest = complement(q.clone())?;
    let likelihood = times(t.clone(), q.clone().try_ln()?)?
        .try_add(times(complement(t.clone())?, rest.clone().try_ln()?)?)?;
    let slopes = q.clone().try_sub(t)?.try_div(times(rest, q)?)?;
    Ok((likelihood.try_negate()?, slopes))
}
