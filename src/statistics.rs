//! Summary statistics.

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
    /// What [`is_within_deviation`](Self::is_within_deviation) means, for people.
    pub const WITHIN_DEVIATION: &str = "Means are within the deviation over seeds if they differ by less than \
                                        the larger of their two standard deviations.";

    /// Whether two means differ by less than the larger of their deviations. This is no significance test for
    /// a few seeds, but a smaller difference should not be taken for a real one.
    pub fn is_within_deviation(&self, other: &Self) -> bool {
        let scatter = [self, other].into_iter().filter_map(|one| one.deviation).fold(0.0, f64::max);
        (self.mean - other.mean).abs() < scatter
    }
}

/// Returns mean, deviation and count of the finite values; `None` if there are none.
pub fn summarise(values: impl IntoIterator<Item = f64>) -> Option<Summary> {
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
        let summary = summarise([1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((summary.count, summary.mean), (4, 2.5));
        assert!((summary.deviation.unwrap() - 1.290_994_448_735_805_6).abs() < 1e-12);
        assert_eq!(summarise([5.0]).unwrap().deviation, None);
        assert_eq!(summarise([f64::NAN, f64::INFINITY]), None);
        assert_eq!(summarise([f64::NAN, 1.0]).unwrap().count, 1);
    }

    #[test]
    fn a_difference_is_compared_with_the_larger_deviation() {
        let [wide, near, far] =
            [[1.0, 3.0], [3.0, 3.0], [4.0, 4.0]].map(|values| summarise(values).unwrap());
        assert!(wide.is_within_deviation(&near) && near.is_within_deviation(&wide));
        assert!(!wide.is_within_deviation(&far), "apart by 2, deviation {:?}", wide.deviation);
        assert!(!near.is_within_deviation(&near), "without scatter nothing lies within it");
        let alone = summarise([2.0]).unwrap();
        assert!(!alone.is_within_deviation(&far) && alone.is_within_deviation(&wide));
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
