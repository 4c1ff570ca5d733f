//! Minimizes a smooth convex function by limited-memory BFGS (Nocedal and Wright, Numerical Optimization,
//! algorithm 7.5) with a backtracking line search.

use std::collections::VecDeque;

/// Number of steps whose curvature is kept.
const REMEMBERED: usize = 10;
/// Maximum number of steps; the functions here need a tenth of it.
const STEPS: usize = 1000;
/// Tolerance of the gradient: the minimum is reached if no component is larger.
const FLAT: f64 = 1e-6;
/// Fraction of the decrease predicted by the slope that a step must achieve.
const PROMISED: f64 = 1e-4;
/// Maximum number of halvings of a step; after these, it no longer changes the value.
const HALVINGS: usize = 40;

/// A step, the change of the gradient along it, and their dot product.
struct Curvature {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

/// Minimizes `function`, which returns value and gradient, starting from `at`.
pub fn minimize(mut at: Vec<f64>, function: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Vec<f64> {
    let (mut value, mut gradient) = function(&at);
    let mut known: VecDeque<Curvature> = VecDeque::new();
    for _ in 0..STEPS {
        if gradient.iter().all(|slope| slope.abs() <= FLAT) {
            break;
        }
        let direction = direction(&gradient, &known);
        let slope = dot(&direction, &gradient);
        // The curvature is unknown at first: limit the step's length to 1.
        let mut length =
            if known.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut taken = None;
        for _ in 0..HALVINGS {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| a + length * d).collect();
            let found = function(&next);
            if found.0 <= value + PROMISED * length * slope {
                taken = Some((next, found));
                break;
            }
            length /= 2.0;
        }
        let Some((next, (next_value, next_gradient))) = taken else { break };
        let step: Vec<f64> = next.iter().zip(&at).map(|(to, from)| to - from).collect();
        let change: Vec<f64> =
            next_gradient.iter().zip(&gradient).map(|(to, from)| to - from).collect();
        let product = dot(&step, &change);
        if product > 0.0 {
            known.truncate(REMEMBERED - 1);
            known.push_front(Curvature { step, change, product });
        }
        (at, value, gradient) = (next, next_value, next_gradient);
    }
    at
}

/// Returns the search direction for a gradient, from the curvature of the last steps, newest first.
fn direction(gradient: &[f64], known: &VecDeque<Curvature>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(known.len());
    for Curvature { step, change, product } in known {
        let share = dot(step, &direction) / product;
        add(&mut direction, -share, change);
        shares.push(share);
    }
    if let Some(Curvature { change, product, .. }) = known.front() {
        let scale = product / dot(change, change);
        for value in &mut direction {
            *value *= scale;
        }
    }
    for (Curvature { step, change, product }, share) in known.iter().zip(shares).rev() {
        let back = dot(change, &direction) / product;
        add(&mut direction, share - back, step);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], share: f64, values: &[f64]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += share * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_narrow_valley_is_found() {
        // 0.5 sum of c x^2 - x is minimal where x is 1 / c.
        let curvatures = [1.0, 30.0, 1000.0, 0.01];
        let least = minimize(vec![0.0; 4], |at| {
            let value = at.iter().zip(&curvatures).map(|(x, c)| 0.5 * c * x * x - x).sum();
            (value, at.iter().zip(&curvatures).map(|(x, c)| c * x - 1.0).collect())
        });
        for (x, c) in least.iter().zip(&curvatures) {
            assert!((c * x - 1.0).abs() <= FLAT, "{least:?}");
        }
    }

    #[test]
    fn a_function_without_a_minimum_is_given_up_after_a_while() {
        let far = minimize(vec![0.0], |at| (-at[0], vec![-1.0]));
        assert!(far[0] > 1.0);
        assert_eq!(minimize(vec![0.5], |_| (f64::NAN, vec![f64::NAN])), [0.5]);
    }
}
