//! Repeats together: mean, deviation and count.

use super::{Results, Row};
use crate::{
    record::Status,
    spec::{FinalMetric, Mode},
    statistics::{Summary, summarise},
};
use std::{cmp::Ordering, ptr};

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

/// What was measured once of a group's complete runs. It takes no part in which group is best.
pub fn final_values(group: &[&Row], metric: FinalMetric) -> Option<Summary> {
    let complete = group.iter().filter(|row| row.is_complete());
    summarise(complete.filter_map(|row| row.results.get(metric.name()).copied()))
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

/// Whether a group has lost repeats to what they came to, by how they stand: to pruning, or because they
/// diverged. The luckier seeds are left: their mean comes after those of other groups, whatever it is. One that
/// failed or was interrupted was no worse than others.
pub fn is_thinned(mut statuses: impl Iterator<Item = Status>) -> bool {
    statuses.any(|status| matches!(status, Status::Pruned | Status::Diverged))
}

/// What decides where a setting stands among others.
#[derive(Debug, Clone, Copy)]
pub struct Rank {
    /// Its mean.
    pub mean: f64,
    /// Whether that is one over complete runs.
    pub complete: bool,
    /// Whether it [`is_thinned`].
    pub thinned: bool,
}

impl Rank {
    /// That of a group over its complete runs; none where none is complete.
    fn of(group: &[&Row]) -> Option<Self> {
        let mean = best_values(group)?.mean;
        let thinned = is_thinned(group.iter().filter_map(|row| row.status));
        Some(Self { mean, complete: true, thinned })
    }

    /// The better first: what has complete runs before what has none, of these what is thinned last.
    pub fn order(&self, other: &Self, mode: Mode) -> Ordering {
        let late = if self.complete { self.thinned.cmp(&other.thinned) } else { Ordering::Equal };
        let by_mean = match mode {
            Mode::Min => self.mean.total_cmp(&other.mean),
            Mode::Max => other.mean.total_cmp(&self.mean),
        };
        other.complete.cmp(&self.complete).then(late).then(by_mean)
    }
}

impl Results {
    /// The place of the best of some groups of runs, of equals the first. None where the metric is another
    /// quantity in each.
    pub fn best_of<'g, 'r: 'g>(
        &self,
        groups: impl IntoIterator<Item = &'g Vec<&'r Row>>,
    ) -> Option<usize> {
        let ranks = groups.into_iter().map(|group| Rank::of(group)).enumerate();
        let ranks = ranks.filter_map(|(place, rank)| Some((place, rank?)));
        let mode = self.metric.mode();
        let best = ranks.min_by(|(_, a), (_, b)| a.order(b, mode)).map(|(place, _)| place);
        best.filter(|_| self.comparable)
    }

    /// The group whose mean is the best, with that mean. Of equals the first, and one that [`is_thinned`]
    /// only where there is no other. None where the metric is another quantity in each.
    pub fn best_group(&self) -> Option<(Vec<&Row>, Summary)> {
        let mut groups = groups(&self.rows);
        let best = groups.swap_remove(self.best_of(&groups)?);
        let summary = best_values(&best)?;
        Some((best, summary))
    }

    /// The groups that the best one is ahead of by no more than results differ from seed to seed, the better
    /// first, see [`Summary::is_within_deviation`].
    pub fn within_deviation(&self, best: &[&Row]) -> Vec<Vec<&Row>> {
        let Some((own, summary)) = Rank::of(best).zip(best_values(best)) else { return Vec::new() };
        let mut near: Vec<(Rank, Vec<&Row>)> = Vec::new();
        for group in groups(&self.rows) {
            let Some((rank, other)) = Rank::of(&group).zip(best_values(&group)) else { continue };
            // Of those that have lost seeds it is not known how far they are behind.
            let near_best = rank.thinned == own.thinned && summary.is_within_deviation(&other);
            if near_best && !ptr::eq(group[0], best[0]) {
                near.push((rank, group));
            }
        }
        near.sort_by(|(a, _), (b, _)| a.order(b, self.metric.mode()));
        near.into_iter().map(|(_, group)| group).collect()
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
