//! Summary statistics.

use crate::words::{figure, short, with_deviation};
use std::{f64::consts::FRAC_PI_2, fmt};

/// Mean and standard deviation of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of values.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (over `count - 1`); `None` for a single value.
    pub deviation: Option<f64>,
}

impl Summary {
    /// Whether two means differ by less than the larger of their deviations. This is no significance test for
    /// a few seeds, but a smaller difference should not be taken for a real one.
    pub fn is_within_deviation(&self, other: &Self) -> bool {
        let scatter = [self, other].into_iter().filter_map(|one| one.deviation).fold(0.0, f64::max);
        (self.mean - other.mean).abs() < scatter
    }

    /// Returns the lower and upper end of the interval that contains the true mean with the probability
    /// [`CONFIDENCE`] if the values are drawn independently from a normal distribution; `None` for a single
    /// value.
    pub fn confidence_interval(&self) -> Option<(f64, f64)> {
        let error = self.deviation? / (self.count as f64).sqrt();
        let half = student_t(self.count - 1, CONFIDENCE) * error;
        Some((self.mean - half, self.mean + half))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_deviation(figure(self.mean), self.deviation.map(short)))
    }
}

/// The probability of a [confidence interval](Summary::confidence_interval).
pub const CONFIDENCE: f64 = 0.95;

/// Returns the t with `P(|T| < t) = probability` for Student's distribution of at least 1 degree of freedom.
/// The probability lies between 0 and 1.
fn student_t(degrees: usize, probability: f64) -> f64 {
    // In terms of the angle, the probability is a smooth increasing function on a bounded range.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    // As many steps as a float has bits.
    for _ in 0..f64::MANTISSA_DIGITS {
        let middle = f64::midpoint(low, high);
        if student_within(degrees, middle) < probability { low = middle } else { high = middle }
    }
    (degrees as f64).sqrt() * low.tan()
}

/// Returns `P(|T| < t)` at `t = sqrt(degrees) tan(angle)`: the finite sums 26.7.3 and 26.7.4 of Abramowitz and
/// Stegun, Handbook of Mathematical Functions, all of whose terms are positive.
fn student_within(degrees: usize, angle: f64) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let odd = degrees % 2;
    // 1 + 1/2 cos^2 + 1/2 3/4 cos^4 + ..., or cos + 2/3 cos^3 + 2/3 4/5 cos^5 + ...
    let mut term = if odd == 1 { cos } else { 1.0 };
    let mut sum = 0.0;
    for factor in (1 + odd..degrees).step_by(2) {
        sum += term;
        term *= cos * cos * factor as f64 / (factor + 1) as f64;
    }
    if odd == 1 { (angle + sin * sum) / FRAC_PI_2 } else { sin * sum }
}

/// Returns mean, deviation and count of the finite values; `None` if there are none.
pub fn summarize(values: impl IntoIterator<Item = f64>) -> Option<Summary> {
    let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
    Some(Summary { count, mean, deviation })
}

/// Returns the least and the greatest of the finite values; `None` if there are none.
pub fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let ends =
        |(least, most): (f64, f64), (low, high): (f64, f64)| (least.min(low), most.max(high));
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.map(|value| (value, value)).reduce(ends)
}

/// Returns the median, which for an even number of values is the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let high = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { high } else { f64::midpoint(values[middle - 1], high) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample_and_a_single_value_has_none() {
        let summary = summarize([1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((summary.count, summary.mean), (4, 2.5));
        assert!((summary.deviation.unwrap() - 1.290_994_448_735_805_6).abs() < 1e-12);
        assert_eq!(summarize([5.0]).unwrap().deviation, None);
        assert_eq!(summarize([f64::NAN, f64::INFINITY]), None);
        assert_eq!(summarize([f64::NAN, 1.0]).unwrap().count, 1);
    }

    #[test]
    fn a_difference_is_compared_with_the_larger_deviation() {
        let [wide, near, far] =
            [[1.0, 3.0], [3.0, 3.0], [4.0, 4.0]].map(|values| summarize(values).unwrap());
        assert!(wide.is_within_deviation(&near) && near.is_within_deviation(&wide));
        assert!(!wide.is_within_deviation(&far), "apart by 2, deviation {:?}", wide.deviation);
        assert!(!near.is_within_deviation(&near), "without scatter nothing lies within it");
        let alone = summarize([2.0]).unwrap();
        assert!(!alone.is_within_deviation(&far) && alone.is_within_deviation(&wide));
    }

    #[test]
    fn quantiles_of_student_are_those_of_the_published_table() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, upper critical values at 0.975 and 0.995.
        let table = [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (3, 3.182, 5.841),
            (4, 2.776, 4.604),
            (5, 2.571, 4.032),
            (9, 2.262, 3.250),
            (10, 2.228, 3.169),
            (29, 2.045, 2.756),
            (30, 2.042, 2.750),
            (100, 1.984, 2.626),
        ];
        for (degrees, two_sided_95, two_sided_99) in table {
            for (probability, known) in [(0.95, two_sided_95), (0.99, two_sided_99)] {
                let t = student_t(degrees, probability);
                assert!((t - known).abs() < 0.0005 + 1e-9, "{degrees} at {probability}: {t}");
            }
        }
        // In closed form: the Cauchy distribution, and 2 degrees of freedom; and the normal limit.
        assert!((student_t(1, 0.95) - (FRAC_PI_2 * 0.95).tan()).abs() < 1e-12);
        assert!(
            (student_t(2, 0.95) - 0.95 * (2.0 / (1.0 - 0.95_f64.powi(2))).sqrt()).abs() < 1e-13
        );
        assert!((student_t(100_000, 0.95) - 1.959_963_985).abs() < 3e-5);
    }

    #[test]
    fn the_interval_of_a_mean_needs_two_values() {
        let (low, high) = summarize([1.0, 2.0, 3.0]).unwrap().confidence_interval().unwrap();
        let half = 4.302_652_729_749_46 / 3.0_f64.sqrt();
        assert!((low - (2.0 - half)).abs() < 1e-12 && (high - (2.0 + half)).abs() < 1e-12);
        assert_eq!(summarize([2.0; 4]).unwrap().confidence_interval(), Some((2.0, 2.0)));
        assert_eq!(summarize([1.0]).unwrap().confidence_interval(), None);
    }

    #[test]
    fn the_range_is_that_of_the_finite_values() {
        assert_eq!(range([2.0, f64::NAN, -1.0, f64::INFINITY]), Some((-1.0, 2.0)));
        assert_eq!(range([3.0]), Some((3.0, 3.0)));
        assert_eq!(range([f64::NAN]), None);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
