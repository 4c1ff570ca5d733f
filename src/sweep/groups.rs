//! Repeats together: mean, deviation and count.

use super::{Results, Row};
use crate::{
    record::Status,
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
    values_of(group, Status::Completed)
}

/// The best values of a group's pruned runs.
pub fn pruned_values(group: &[&Row]) -> Option<Summary> {
    values_of(group, Status::Pruned)
}

fn values_of(group: &[&Row], status: Status) -> Option<Summary> {
    let such = group.iter().filter(|row| row.status == Some(status));
    summarise(such.filter_map(|row| Some(row.best?.1)))
}

/// How those runs of a group stand that have begun and do not count, each word once: `pruned, diverged`.
pub fn standings(group: &[&Row]) -> String {
    let others = group.iter().filter(|row| !row.is_complete());
    let mut words: Vec<&str> = Vec::new();
    for word in others.filter_map(|row| row.standing()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// Whether pruning has stopped repeats of a group, by how they stand. The luckier seeds are left: their mean
/// comes after those of other groups, whatever it is.
pub fn is_thinned(mut statuses: impl Iterator<Item = Status>) -> bool {
    statuses.any(|status| status == Status::Pruned)
}

impl Results {
    /// The group whose mean is the best, with that mean. Of equals the first, and one that [`is_thinned`]
    /// only where there is no other. None where the metric is another quantity in each.
    pub fn best_group(&self) -> Option<(Vec<&Row>, Summary)> {
        if !self.comparable {
            return None;
        }
        let summed = |group: Vec<_>| best_values(&group).map(|summary| (group, summary));
        let best = |groups: Vec<_>| {
            self.metric
                .mode()
                .best(groups.into_iter().filter_map(summed), |(_, summary)| summary.mean)
        };
        let thinned = |group: &Vec<&Row>| is_thinned(group.iter().filter_map(|row| row.status));
        let (thinned, whole) = groups(&self.rows).into_iter().partition(thinned);
        best(whole).or_else(|| best(thinned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_that_have_begun_and_do_not_count_are_told() {
        let row = |status| Row { status, ..Row::default() };
        let rows = [Status::Diverged, Status::Completed, Status::Pruned, Status::Diverged];
        let rows: Vec<Row> = rows.map(Some).into_iter().chain([None]).map(row).collect();
        assert_eq!(standings(&rows.iter().collect::<Vec<_>>()), "diverged, pruned");
        assert_eq!(standings(&[&rows[1], &rows[4]]), "");
    }
}
