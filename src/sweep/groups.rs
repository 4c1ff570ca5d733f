//! Repeats together: mean, deviation and count.

use super::{Results, Row};
use crate::{
    spec::Metric,
    statistics::{Summary, summarise},
};

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
    /// The group whose mean is the best, with that mean. Of equals the first. None where the metric is
    /// another quantity in each.
    pub fn best_group(&self) -> Option<(Vec<&Row>, Summary)> {
        let varies = |key: &str| {
            let same = |pair: &[Row]| self.value(&pair[0], key) == self.value(&pair[1], key);
            !self.rows.windows(2).all(same)
        };
        if Metric::ALL_CHANGE_WITH.into_iter().any(varies) {
            return None;
        }
        let summed = |group: Vec<_>| best_values(&group).map(|summary| (group, summary));
        let groups = groups(&self.rows).into_iter().filter_map(summed);
        self.metric.mode().best(groups, |(_, summary)| summary.mean)
    }

    /// The value of a dotted key in a row, if it is swept, or a table that it is in.
    fn value<'r>(&self, row: &'r Row, dotted: &str) -> Option<&'r toml::Value> {
        self.keys.iter().zip(&row.values).find_map(|(key, value)| {
            let inside = dotted.strip_prefix(key.as_str())?;
            let value = value.as_ref()?;
            if inside.is_empty() {
                return Some(value);
            }
            inside.strip_prefix('.')?.split('.').try_fold(value, |value, part| value.get(part))
        })
    }
}
