//! Repeats together: mean, deviation and count.

use super::{Results, Row};

/// Mean and deviation of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of the sample (over `count - 1`); none of a single value.
    pub deviation: Option<f64>,
}

/// Mean, deviation and count; none of no values. Values that are not finite do not count.
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

/// The rows of each group, in the order of the plan.
pub fn groups(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some(group) if group[0].group == row.group => group.push(row),
            _ => groups.push(vec![row]),
        }
    }
    groups
}

/// The best values of a group's complete runs.
pub fn best_values(group: &[&Row]) -> Option<Summary> {
    let complete = group.iter().filter(|row| row.is_complete());
    summarise(complete.filter_map(|row| Some(row.best?.1)))
}

impl Results {
    /// The group whose mean is the best, with that mean. Of equals the first.
    pub fn best_group(&self) -> Option<(Vec<&Row>, Summary)> {
        let summed = |group: Vec<_>| best_values(&group).map(|summary| (group, summary));
        let groups = groups(&self.rows).into_iter().filter_map(summed);
        self.metric.mode().best(groups, |(_, summary)| summary.mean)
    }

    /// A group as people name it: `task.noise.sigma = 0.25, model.latent_dim = 8`.
    pub fn describe(&self, group: &[&Row]) -> String {
        let Some(row) = group.first() else { return String::new() };
        let pairs =
            self.keys.iter().zip(&row.values).filter_map(|(key, value)| {
                Some(format!("{key} = {}", super::plain(value.as_ref()?)))
            });
        pairs.collect::<Vec<_>>().join(", ")
    }
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
}
