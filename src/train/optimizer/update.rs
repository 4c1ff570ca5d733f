//! The update formulas of the optimizers, over slices.

use crate::{spec, train::wide::wide};

/// The formula of one step, with the factors common to all parameters rounded to f32.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Update {
    Adam(Adam),
    Sgd { rate: f32 },
    SgdMomentum { rate: f32, momentum: f32, nesterov: bool },
    Rmsprop(Rmsprop),
    RmspropMomentum(Rmsprop),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Adam {
    /// 1 - beta1 and 1 - beta2.
    pub first: f32,
    pub second: f32,
    /// The learning rate with bias correction.
    pub alpha: f32,
    pub epsilon: f32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Rmsprop {
    pub rate: f32,
    pub rho: f32,
    /// 1 - rho.
    pub rest: f32,
    pub momentum: f32,
    pub epsilon: f32,
}

impl Update {
    /// The formula of step `step`, counted from 1.
    pub(crate) fn new(spec: &spec::Optimizer, rate: f64, step: u64) -> Self {
        match *spec {
            spec::Optimizer::Adam { beta1, beta2, epsilon, .. }
            | spec::Optimizer::Adamw { beta1, beta2, epsilon, .. } => {
                // After 2^31 steps the power of any beta below 1 has long vanished.
                let step = i32::try_from(step).unwrap_or(i32::MAX);
                let alpha = rate * (1.0 - beta2.powi(step)).sqrt() / (1.0 - beta1.powi(step));
                Self::Adam(Adam {
                    first: (1.0 - beta1) as f32,
                    second: (1.0 - beta2) as f32,
                    alpha: alpha as f32,
                    epsilon: epsilon as f32,
                })
            }
            spec::Optimizer::Sgd { momentum, nesterov, .. } => {
                let rate = rate as f32;
                if momentum > 0.0 {
                    Self::SgdMomentum { rate, momentum: momentum as f32, nesterov }
                } else {
                    Self::Sgd { rate }
                }
            }
            spec::Optimizer::Rmsprop { rho, momentum, epsilon, .. } => {
                let rmsprop = Rmsprop {
                    rate: rate as f32,
                    rho: rho as f32,
                    rest: (1.0 - rho) as f32,
                    momentum: momentum as f32,
                    epsilon: epsilon as f32,
                };
                if momentum > 0.0 { Self::RmspropMomentum(rmsprop) } else { Self::Rmsprop(rmsprop) }
            }
        }
    }

    /// Updates consecutive parameters and their slots.
    pub(super) fn apply(self, parameters: &mut [f32], slots: [&mut [f32]; 2], gradient: &[f32]) {
        let [first, second] = slots;
        match self {
            Self::Adam(adam) => update_adam(adam, parameters, first, second, gradient),
            Self::Sgd { rate } => update_sgd(rate, parameters, gradient),
            Self::SgdMomentum { rate, momentum, nesterov: false } => {
                update_momentum(rate, momentum, parameters, first, gradient);
            }
            Self::SgdMomentum { rate, momentum, nesterov: true } => {
                update_nesterov(rate, momentum, parameters, first, gradient);
            }
            Self::Rmsprop(rmsprop) => update_rmsprop(rmsprop, parameters, first, gradient),
            Self::RmspropMomentum(rmsprop) => {
                update_rmsprop_momentum(rmsprop, parameters, first, second, gradient);
            }
        }
    }
}

/// Flushes subnormal numbers to 0. Without gradients, as behind a dead rectifier, slots decay until every
/// step would compute with subnormal numbers, which are slow.
#[allow(clippy::inline_always)] // to be compiled with its caller's target features
#[inline(always)]
fn flush(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE { 0.0 } else { value }
}

wide! {
    fn update_adam(adam: Adam, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
        let Adam { first, second, alpha, epsilon } = adam;
        for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
            *m = flush(*m + (g - *m) * first);
            *v = flush(*v + (g * g - *v) * second);
            *p -= *m * alpha / (v.sqrt() + epsilon);
        }
    }

    fn update_sgd(rate: f32, p: &mut [f32], g: &[f32]) {
        for (p, &g) in p.iter_mut().zip(g) {
            *p -= g * rate;
        }
    }

    fn update_momentum(rate: f32, momentum: f32, p: &mut [f32], m: &mut [f32], g: &[f32]) {
        for ((p, m), &g) in p.iter_mut().zip(m).zip(g) {
            *m = flush(*m * momentum - g * rate);
            *p += *m;
        }
    }

    fn update_nesterov(rate: f32, momentum: f32, p: &mut [f32], m: &mut [f32], g: &[f32]) {
        for ((p, m), &g) in p.iter_mut().zip(m).zip(g) {
            *m = flush(*m * momentum - g * rate);
            *p += *m * momentum - g * rate;
        }
    }

    fn update_rmsprop(rmsprop: Rmsprop, p: &mut [f32], v: &mut [f32], g: &[f32]) {
        let Rmsprop { rate, rho, rest, epsilon, .. } = rmsprop;
        for ((p, v), &g) in p.iter_mut().zip(v).zip(g) {
            *v = flush(rho * *v + rest * (g * g));
            *p -= rate * g / (*v + epsilon).sqrt();
        }
    }

    fn update_rmsprop_momentum(
        rmsprop: Rmsprop,
        p: &mut [f32],
        v: &mut [f32],
        m: &mut [f32],
        g: &[f32],
    ) {
        let Rmsprop { rate, rho, rest, momentum, epsilon } = rmsprop;
        for (((p, v), m), &g) in p.iter_mut().zip(v).zip(m).zip(g) {
            *v = flush(rho * *v + rest * (g * g));
            *m = flush(momentum * *m + rate * g / (*v + epsilon).sqrt());
            *p -= *m;
        }
    }
}
