//! Weight initialization.

use crate::{arch::Parameter, rng::ChaCha8Rng, spec::Initializer};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Standard deviation of a standard normal variable truncated at two deviations:
/// sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)). Dividing by it gives truncated weights the intended variance.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

/// Fills `out` with the initial values of one parameter; a bias starts at 0.
///
/// With fan-in `i` and fan-out `o`, as Keras counts and scales them:
///
/// | initializer | distribution |
/// | --- | --- |
/// | `glorot_uniform` | uniform within ±sqrt(6 / (i + o)) |
/// | `glorot_normal` | normal, truncated at two deviations, with variance 2 / (i + o) |
/// | `he_uniform` | uniform within ±sqrt(6 / i) |
/// | `he_normal` | normal, truncated at two deviations, with variance 2 / i |
///
/// Sources: Glorot and Bengio, 2010; He, Zhang, Ren and Sun, 2015.
///
/// # Panics
///
/// When `out` does not have the parameter's length.
pub fn initialize(
    initializer: Initializer,
    parameter: &Parameter,
    rng: &mut ChaCha8Rng,
    out: &mut [f32],
) {
    assert_eq!(out.len(), parameter.len(), "length of {}", parameter.name);
    let Some((fan_in, fan_out)) = parameter.fans else {
        out.fill(0.0);
        return;
    };
    let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
    let variance = match initializer {
        Initializer::GlorotUniform | Initializer::GlorotNormal => 2.0 / (fan_in + fan_out),
        Initializer::HeUniform | Initializer::HeNormal => 2.0 / fan_in,
    };
    match initializer {
        Initializer::GlorotUniform | Initializer::HeUniform => {
            // A uniform variable within ±limit has variance limit^2 / 3.
            let limit = (3.0 * variance).sqrt();
            out.fill_with(|| (limit * symmetric(rng)) as f32);
        }
        Initializer::GlorotNormal | Initializer::HeNormal => {
            let deviation = variance.sqrt() / TRUNCATED_DEVIATION;
            out.fill_with(|| (deviation * truncated(rng)) as f32);
        }
    }
}

/// Draws uniformly from the open interval (-1, 1), from the midpoints of 2^32 equal cells.
fn symmetric(rng: &mut ChaCha8Rng) -> f64 {
    (f64::from(rng.next_u32()) + 0.5) / f64::from(1_u32 << 31) - 1.0
}

/// Draws from a standard normal distribution truncated at two deviations, by rejection.
fn truncated(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let value: f64 = StandardNormal.sample(rng);
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    const FANS: (usize, usize) = (300, 500);

    fn kernel() -> Parameter {
        Parameter { name: "dense.kernel".into(), shape: vec![300, 500], fans: Some(FANS) }
    }

    fn draw(initializer: Initializer, seed: u64) -> Vec<f32> {
        let mut out = vec![f32::NAN; kernel().len()];
        initialize(initializer, &kernel(), &mut stream(seed, Purpose::Weights, 0, 0), &mut out);
        out
    }

    /// The mean of `f` over the values.
    fn mean(values: &[f32], f: impl Fn(f64) -> f64) -> f64 {
        values.iter().map(|&v| f(f64::from(v))).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn every_initializer_has_mean_zero_and_its_variance() {
        let (fan_in, fan_out) = FANS;
        let glorot = 2.0 / (fan_in + fan_out) as f64;
        let he = 2.0 / fan_in as f64;
        for (initializer, variance) in [
            (Initializer::GlorotUniform, glorot),
            (Initializer::GlorotNormal, glorot),
            (Initializer::HeUniform, he),
            (Initializer::HeNormal, he),
        ] {
            let values = draw(initializer, 1);
            // With 150,000 values, the standard error of the mean is 0.0026 sigma, of the variance under 0.4
            // %.
            assert!(mean(&values, |v| v).abs() < 0.012 * variance.sqrt(), "{initializer:?}");
            let ratio = mean(&values, |v| v * v) / variance;
            assert!((ratio - 1.0).abs() < 0.015, "{initializer:?}: {ratio}");
        }
    }

    #[test]
    fn uniform_values_fill_the_range_evenly_up_to_its_limit() {
        let limit = (6.0_f64 / 800.0).sqrt();
        let values = draw(Initializer::GlorotUniform, 2);
        let mut bins = [0_usize; 10];
        for &value in &values {
            let place = f64::midpoint(f64::from(value) / limit, 1.0);
            assert!((0.0..1.0).contains(&place));
            bins[(place * 10.0) as usize] += 1;
        }
        // 15,000 expected in each, with a standard deviation of 116.
        assert!(bins.iter().all(|&n| n.abs_diff(15_000) < 600), "{bins:?}");
    }

    #[test]
    fn normal_values_are_truncated_at_two_deviations() {
        let values = draw(Initializer::HeNormal, 3);
        let cut = 2.0 * (2.0_f64 / 300.0).sqrt() / TRUNCATED_DEVIATION;
        let largest = values.iter().map(|v| f64::from(v.abs())).fold(0.0, f64::max);
        assert!(largest <= cut * (1.0 + 1e-6) && largest > 0.999 * cut);
        // Of a normal distribution truncated at 2, 71.5 % lie within 1: 0.6827 / 0.9545.
        let within = mean(&values, |v| f64::from(u8::from(v.abs() < cut / 2.0)));
        assert!((within - 0.715_2).abs() < 0.006, "{within}");
    }

    #[test]
    fn a_bias_starts_at_zero() {
        let bias = Parameter { name: "dense.bias".into(), shape: vec![3], fans: None };
        let mut out = [1.0; 3];
        let mut rng = stream(1, Purpose::Weights, 0, 1);
        initialize(Initializer::HeNormal, &bias, &mut rng, &mut out);
        assert_eq!(out.map(f32::to_bits), [0; 3]);
    }

    /// An update of a dependency must not change the runs of experiments that are recognized as unchanged.
    #[test]
    fn the_weights_of_a_seed_never_change() {
        let first = |initializer| [0, 1, 2, 3].map(|i| draw(initializer, 7)[i].to_bits());
        let uniform = [0xbda3_394e, 0x3d83_3288, 0xbd9c_0a58, 0xbd9e_3a58];
        assert_eq!(first(Initializer::GlorotUniform), uniform);
        let normal = [0x3da5_5e6f, 0xbde3_64ef, 0xbe05_f6c8, 0xbc9e_086b];
        assert_eq!(first(Initializer::HeNormal), normal);
    }
}
