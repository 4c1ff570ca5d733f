//! The optimizers of [`crate::train::optimizer`], on whole tensors.

use super::tensor::{DeviceResult, Kit, Matrix, SendDevice, spread, times};
use crate::{
    spec::{self, Clip},
    train::optimizer::{Adam, Rmsprop, Update, decay, slot_names},
};
use dfdx::{
    prelude::*,
    tensor_ops::{ChooseFrom, TryAdd, TryDiv, TryMul},
};

/// An optimizer whose slots are on the device.
#[derive(Debug)]
pub struct Optimizer<D: SendDevice> {
    spec: spec::Optimizer,
    clip: Clip,
    /// Whether weight decay applies to each parameter.
    decays: Vec<bool>,
    /// One tensor per parameter for each slot.
    pub slots: Vec<Vec<Matrix<D>>>,
    /// Steps done.
    pub steps: u64,
}

impl<D: SendDevice> Optimizer<D> {
    /// An optimizer at its first step; `biases` says which `parameters` are exempt from weight decay.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(
        kit: &Kit<D>,
        spec: &spec::Optimizer,
        clip: &Clip,
        parameters: &[Matrix<D>],
        biases: impl IntoIterator<Item = bool>,
    ) -> DeviceResult<Self, D> {
        let zeros = || parameters.iter().map(|p| kit.zeros(p.shape().0, p.shape().1)).collect();
        Ok(Self {
            spec: spec.clone(),
            clip: clip.clone(),
            decays: biases.into_iter().map(|bias| !bias).collect(),
            slots: slot_names(spec).iter().map(|_| zeros()).collect::<Result<_, _>>()?,
            steps: 0,
        })
    }

    /// Updates `parameters` by their `gradients`, clipped as configured.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn step(
        &mut self,
        kit: &mut Kit<D>,
        rate: f64,
        parameters: &mut [Matrix<D>],
        gradients: Vec<Matrix<D>>,
    ) -> DeviceResult<(), D> {
        self.steps += 1;
        let update = Update::new(&self.spec, rate, self.steps);
        let decay = decay(&self.spec, rate);
        let gradients = self.bounded(kit, gradients)?;
        let mut slots = self.slots.iter_mut().map(|slot| slot.iter_mut());
        let (mut first, mut second) = (slots.next(), slots.next());
        for ((p, g), decays) in parameters.iter_mut().zip(gradients).zip(&self.decays) {
            if *decays && decay != 0.0 {
                scale(p, 1.0 - f64::from(decay))?;
            }
            let slots =
                [&mut first, &mut second].map(|slot| slot.as_mut().and_then(Iterator::next));
            apply(update, p, slots, g)?;
        }
        Ok(())
    }

    /// Clips the gradients, first by norm, then by value; NaN stays NaN.
    fn bounded(
        &self,
        kit: &mut Kit<D>,
        mut gradients: Vec<Matrix<D>>,
    ) -> DeviceResult<Vec<Matrix<D>>, D> {
        if let Some(most) = self.clip.norm {
            let mut squares = Vec::with_capacity(gradients.len());
            for gradient in &gradients {
                squares.push(kit.sum(&gradient.clone().try_square()?)?);
            }
            let squares = squares.into_iter().map(Ok).reduce(|a, b| a?.try_add(b?));
            let Some(squares) = squares else { return Ok(gradients) };
            let norm = squares?.try_sqrt()?;
            let large = norm.try_gt(most as f32)?;
            let shrunk = norm.clone().try_recip()?.try_mul(most as f32)?;
            let factor = large.try_choose(shrunk, kit.matrix(vec![1.0], 1, 1)?)?;
            for gradient in &mut gradients {
                *gradient = times(gradient.clone(), spread(factor.clone(), gradient)?)?;
            }
        }
        if let Some(most) = self.clip.value {
            let most = most as f32;
            for gradient in &mut gradients {
                let high = gradient.try_gt(most)?;
                let low = gradient.try_lt(-most)?;
                let cut = low.try_choose(kit.everywhere(-most, gradient)?, gradient.clone())?;
                *gradient = high.try_choose(kit.everywhere(most, gradient)?, cut)?;
            }
        }
        Ok(gradients)
    }
}

/// `x *= factor`.
fn scale<D: SendDevice>(x: &mut Matrix<D>, factor: f64) -> DeviceResult<(), D> {
    let same = x.clone();
    x.try_axpy(factor, &same, 0.0)
}

/// Takes one step of one parameter, like [`Update::apply`].
fn apply<D: SendDevice>(
    update: Update,
    p: &mut Matrix<D>,
    slots: [Option<&mut Matrix<D>>; 2],
    g: Matrix<D>,
) -> DeviceResult<(), D> {
    match (update, slots) {
        (Update::Adam(adam), [Some(m), Some(v)]) => {
            let Adam { first, second, alpha, epsilon } = adam;
            m.try_axpy(1.0 - first, &g, first)?;
            v.try_axpy(1.0 - second, &g.try_square()?, second)?;
            let root = v.clone().try_sqrt()?.try_add(epsilon)?;
            p.try_axpy(1.0, &m.clone().try_div(root)?, -alpha)
        }
        (Update::SgdMomentum { rate, momentum, nesterov }, [Some(m), _]) => {
            m.try_axpy(momentum, &g, -rate)?;
            if !nesterov {
                return p.try_axpy(1.0, m, 1.0);
            }
            p.try_axpy(1.0, m, momentum)?;
            p.try_axpy(1.0, &g, -rate)
        }
        (Update::Rmsprop(rmsprop), [Some(v), _]) => {
            let step = rms_step(rmsprop, v, g)?;
            p.try_axpy(1.0, &step, -rmsprop.rate)
        }
        (Update::RmspropMomentum(rmsprop), [Some(v), Some(m)]) => {
            let step = rms_step(rmsprop, v, g)?;
            m.try_axpy(rmsprop.momentum, &step, rmsprop.rate)?;
            p.try_axpy(1.0, m, -1.0)
        }
        (Update::Sgd { rate }, _) => p.try_axpy(1.0, &g, -rate),
        // The slots are those that `slot_names` lists for this update.
        (update, _) => unreachable!("slots of {update:?}"),
    }
}

/// Computes v = rho v + (1 - rho) g^2; returns g / sqrt(v + epsilon).
fn rms_step<D: SendDevice>(
    rmsprop: Rmsprop,
    v: &mut Matrix<D>,
    g: Matrix<D>,
) -> DeviceResult<Matrix<D>, D> {
    v.try_axpy(rmsprop.rho, &g.clone().try_square()?, rmsprop.rest)?;
    g.try_div(v.clone().try_add(rmsprop.epsilon)?.try_sqrt()?)
}
