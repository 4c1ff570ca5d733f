//! Statistics over repeats: mean, deviation and count.

use super::{Results, Row};
use crate::{
    rank::{Rank, is_thinned},
    record::Status,
    spec::FinalMetric,
    statistics::{Summary, summarize},
};
use std::ptr;

/// Groups rows, in the order of the plan.
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

/// Summarizes the best values of a group's complete runs.
pub fn best_values(group: &[&Row]) -> Option<Summary> {
    values_of(group, Status::Completed)
}

/// Summarizes a final metric of a group's complete runs. These never decide which group is best.
pub fn final_values(group: &[&Row], metric: FinalMetric) -> Option<Summary> {
    let complete = group.iter().filter(|row| row.is_complete());
    summarize(complete.filter_map(|row| row.final_value(metric)))
}

/// Summarizes the best values of a group's pruned runs.
pub fn pruned_values(group: &[&Row]) -> Option<Summary> {
    values_of(group, Status::Pruned)
}

fn values_of(group: &[&Row], status: Status) -> Option<Summary> {
    let such = group.iter().filter(|row| row.status() == Some(status));
    summarize(such.filter_map(|row| Some(row.best?.1)))
}

/// Returns the states of a group's runs that have started and do not count, each once: `pruned, diverged`.
pub fn uncounted_states(group: &[&Row]) -> String {
    let others = group.iter().filter(|row| !row.is_complete());
    let mut words: Vec<&str> = Vec::new();
    for word in others.filter_map(|row| row.standing()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// Returns the rank of a group by its complete runs; `None` if it has none.
pub fn rank(group: &[&Row]) -> Option<Rank> {
    let mean = best_values(group)?.mean;
    let thinned = is_thinned(group.iter().filter_map(|row| row.status()));
    Some(Rank { mean, complete: true, thinned })
}

impl Results {
    /// Returns the index of the best of some groups of runs, the first of equals. `None` if the metric
    /// measures a different quantity in each.
    fn best_of(&self, groups: &[Vec<&Row>]) -> Option<usize> {
        self.best_rank(groups.iter().map(|group| rank(group)))
    }

    /// Returns the index of the best of some ranks, the first of equals. `None` if the metric measures a different
    /// quantity in each.
    pub fn best_rank(&self, ranks: impl Iterator<Item = Option<Rank>>) -> Option<usize> {
        let ranks = ranks.enumerate().filter_map(|(place, rank)| Some((place, rank?)));
        let mode = self.metric.mode();
        let best = ranks.min_by(|(_, a), (_, b)| a.order(b, mode)).map(|(place, _)| place);
        best.filter(|_| self.comparable)
    }

    /// Returns the group with the best mean, and that mean: the first of equals, and one that [`is_thinned`]
    /// only if there is no other. `None` if the metric measures a different quantity in each.
    pub fn best_group(&self) -> Option<(Vec<&Row>, Summary)> {
        let mut groups = groups(&self.rows);
        let best = groups.swap_remove(self.best_of(&groups)?);
        let summary = best_values(&best)?;
        Some((best, summary))
    }

    /// Returns the groups that the best one does not lead by more than the deviation over seeds, from best to
    /// worst, see [`Summary::is_within_deviation`].
    pub fn within_deviation(&self, best: &[&Row]) -> Vec<Vec<&Row>> {
        let Some((own, summary)) = rank(best).zip(best_values(best)) else { return Vec::new() };
        let mut near: Vec<(Rank, Vec<&Row>)> = Vec::new();
        for group in groups(&self.rows) {
            let Some((rank, other)) = rank(&group).zip(best_values(&group)) else { continue };
            // For groups that have lost seeds, it is unknown how far they are behind.
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
    fn only_started_runs_that_do_not_count_are_listed() {
        let row = |status| Row::made_up(0, status, None);
        let rows = [Status::Diverged, Status::Completed, Status::Pruned, Status::Diverged];
        let rows: Vec<Row> = rows.map(Some).into_iter().chain([None]).map(row).collect();
        assert_eq!(uncounted_states(&rows.iter().collect::<Vec<_>>()), "diverged, pruned");
        assert_eq!(uncounted_states(&[&rows[1], &rows[4]]), "");
    }
}
