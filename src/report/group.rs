//! Repeats of an experiment, and their combined results.

use super::{
    keys::{self, Key},
    run::{Run, counts},
};
use crate::{
    rank::{Rank, is_thinned},
    record::Readback,
    spec::{Metric, Mode, without_repeat},
    statistics::{Summary, summarize},
    words::part_of,
};
use std::collections::{BTreeMap, HashMap};
use toml::Value;

/// Shown in place of a missing value.
pub const NONE: &str = "–";

/// Runs of one experiment with different seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What distinguishes them from other groups, as in `sigma=0.5, latent_dim=8`; keys with their usual
    /// value are left out.
    pub label: String,
    /// Label for legends and images: the same, or the name of its only run if that is shorter.
    pub heading: String,
    /// Indices of the runs in the report, by seed.
    pub runs: Vec<usize>,
    /// The runs that count: if an experiment was trained more than once, for example alone and in a sweep,
    /// only the one that got furthest.
    pub once: Vec<usize>,
    /// How many of its planned runs have not begun.
    pub waiting: usize,
}

/// Statistics of a value over repeats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stat {
    /// Mean, deviation and count over the runs that have the value.
    pub summary: Summary,
    /// Whether these are complete. Other runs count, with their best so far, only if the group has no complete
    /// run.
    pub complete: bool,
}

/// Formats a value over repeats for a table; a dash if there is none.
pub fn cell(stat: Option<Stat>) -> String {
    stat.map_or_else(|| NONE.to_owned(), |stat| stat.summary.to_string())
}

impl Group {
    /// Returns the statistics of a metric in the best epochs of its runs.
    pub fn stat(&self, runs: &[Run], metric: Metric) -> Option<Stat> {
        self.over(runs, |run| run.value(metric))
    }

    /// Returns the statistics of any value of its runs; only of the complete ones if there are any.
    pub fn over(&self, runs: &[Run], value: impl Fn(&Run) -> Option<f64>) -> Option<Stat> {
        let own = || self.once.iter().map(|index| &runs[*index]);
        let complete = own().any(Run::is_complete);
        let counted = own().filter(|run| !complete || run.is_complete());
        Some(Stat { summary: summarize(counted.filter_map(value))?, complete })
    }

    /// Counts its complete runs, each experiment once.
    pub fn complete(&self, runs: &[Run]) -> usize {
        self.once.iter().filter(|index| runs[**index].is_complete()).count()
    }

    /// Returns how many of its planned runs are complete and count, as in `2 of 3`, or `3` if all are. Means are
    /// over these, or over all runs if there are none.
    pub fn counted(&self, runs: &[Run]) -> String {
        part_of(self.complete(runs), self.runs.len() + self.waiting)
    }

    /// Says over how many of the planned seeds a statistic is, as in ` over 1 of 3 seeds, 2 diverged`; empty if
    /// there is only one run.
    pub fn over_seeds(&self, runs: &[Run], stat: Stat) -> String {
        let planned = self.once.len() + self.waiting;
        if (stat.summary.count, planned) == (1, 1) {
            return String::new();
        }
        let others = self.once.iter().map(|index| &runs[*index]);
        let others = counts(others.filter(|run| stat.complete && !run.is_complete()));
        let others = others.iter().map(|(status, count)| format!(", {count} {status}"));
        let waiting =
            (self.waiting > 0).then(|| format!(", {} {}", self.waiting, Readback::NOT_BEGUN));
        let seeds = part_of(stat.summary.count, planned);
        format!(" over {seeds} seeds{}", others.chain(waiting).collect::<String>())
    }

    /// Whether it has lost repeats to pruning or divergence, see [`is_thinned`].
    pub fn is_thinned(&self, runs: &[Run]) -> bool {
        is_thinned(self.once.iter().map(|index| runs[*index].info.status))
    }

    /// Returns a run that represents the group: the first complete one, or the first.
    pub fn example(&self, runs: &[Run]) -> usize {
        let complete = self.runs.iter().find(|index| runs[**index].is_complete());
        complete.or(self.runs.first()).copied().unwrap_or_default()
    }
}

/// Groups repeats; groups are ordered by their keys' values. `named` runs have informative names, unlike
/// those of a sweep.
pub fn groups(runs: &[Run], keys: &[Key], named: bool) -> Vec<Group> {
    let mut same: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        // A run whose experiment cannot be read gets its own group.
        let alone = run.values.is_empty().then_some(index);
        let repeated = keys::repeated(&run.values, &run.info.data_digest);
        same.entry((alone, repeated)).or_default().push(index);
    }
    let mut groups: Vec<Group> = same
        .into_values()
        .map(|mut members| {
            members.sort_by_key(|index| (runs[*index].info.seed, *index));
            let once = once(runs, &members);
            let label = label(&runs[members[0]], keys);
            let heading = match &members[..] {
                [only] if named => shorter(&runs[*only], &label),
                _ => label.clone(),
            };
            Group { label, heading, runs: members, once, waiting: 0 }
        })
        .collect();
    let order = |key: &Key| key.values.iter().map(Value::to_string).zip(0..).collect();
    let orders: Vec<HashMap<String, usize>> = keys.iter().map(order).collect();
    groups.sort_by_cached_key(|group| -> Vec<usize> {
        let values = &runs[group.runs[0]].values;
        let place = |(key, order): (&Key, &HashMap<String, usize>)| {
            let value = values.get(&key.path)?;
            order.get(&value.to_string()).copied()
        };
        keys.iter().zip(&orders).map(|pair| place(pair).unwrap_or(usize::MAX)).collect()
    });
    groups
}

/// Ranks groups by their statistic of a metric, from best to worst: first groups with complete runs, among
/// them [thinned](is_thinned) ones last, then groups without complete runs, then those without a value.
pub fn ranked(groups: &[Group], runs: &[Run], mode: Mode, stats: &[Option<Stat>]) -> Vec<usize> {
    let rank = |(group, stat): (&Group, &Option<Stat>)| {
        let Stat { summary, complete } = (*stat)?;
        Some(Rank { mean: summary.mean, complete, thinned: group.is_thinned(runs) })
    };
    let ranks: Vec<Option<Rank>> = groups.iter().zip(stats).map(rank).collect();
    let mut places: Vec<usize> = (0..groups.len()).collect();
    places.sort_by(|&first, &second| match (&ranks[first], &ranks[second]) {
        (Some(a), Some(b)) => a.order(b, mode),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    places
}

/// Ranks groups like [`ranked`] and returns them with their statistics, leaving out those without and those that
/// are not compared with the best: a [thinned](is_thinned) one may appear to be ahead of it.
pub fn rivals(
    groups: &[Group],
    runs: &[Run],
    mode: Mode,
    stats: &[Option<Stat>],
) -> Vec<(usize, Stat)> {
    let places = ranked(groups, runs, mode, stats);
    let mut known: Vec<(usize, Stat)> =
        places.into_iter().filter_map(|place| Some((place, stats[place]?))).collect();
    let thinned = |place: usize| groups[place].is_thinned(runs);
    let first = known.first().map(|(place, _)| thinned(*place));
    known.retain(|(place, _)| Some(thinned(*place)) == first);
    known
}

/// Selects one run per experiment: a complete one if possible, otherwise the one with the most epochs.
fn once(runs: &[Run], members: &[usize]) -> Vec<usize> {
    let further = |run: &Run| (run.is_complete(), run.epochs());
    let mut once: Vec<usize> = Vec::new();
    for &index in members {
        let run = &runs[index];
        let same = |known: &&mut usize| {
            !run.info.identity.is_empty() && runs[**known].info.identity == run.info.identity
        };
        match once.iter_mut().find(same) {
            Some(known) if further(run) > further(&runs[*known]) => *known = index,
            Some(_) => {}
            None => once.push(index),
        }
    }
    once
}

fn label(run: &Run, keys: &[Key]) -> String {
    if let Some(name) = &run.called {
        return name.clone();
    }
    // Nothing is known of a run whose experiment cannot be read.
    let keys = if run.values.is_empty() { &[][..] } else { keys };
    let label = unusual_values(run, &keys.iter().collect::<Vec<_>>());
    match (&run.sweep, without_repeat(&run.info.name)) {
        _ if !label.is_empty() => label,
        // A sweep of nothing but repeats.
        (Some(sweep), "") => sweep.clone(),
        _ => run.name.clone(),
    }
}

/// Returns the run's given name if it is still its own and shorter than `label`, otherwise `label`.
fn shorter(run: &Run, label: &str) -> String {
    let length = |text: &str| text.chars().count();
    let name = Some(&run.name).filter(|name| **name == run.info.name);
    name.filter(|name| length(name) < length(label)).map_or(label, String::as_str).to_owned()
}

/// Spells out a run's values of some keys, leaving out usual ones.
pub fn unusual_values(run: &Run, keys: &[&Key]) -> String {
    let has = |key: &Key| run.values.contains_key(&key.path);
    // A table of another kind has other keys, which its kind implies.
    let unusual = keys.iter().filter(|key| has(key) && key.spelled_unless_usual(run).is_some());
    let tables: Vec<&str> = unusual
        .filter_map(|key| key.path.strip_suffix("kind").filter(|table| table.ends_with('.')))
        .collect();
    let implied = |key: &Key| !has(key) && tables.iter().any(|table| key.path.starts_with(table));
    let parts =
        keys.iter().filter(|key| !implied(key)).filter_map(|key| key.spelled_unless_usual(run));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::{
        record::Status,
        report::{
            Report,
            found::Found,
            tests::{complete, size},
        },
    };

    /// A report on runs given by size, seed, loss and whether they were `lost`.
    fn report(runs: &[(i64, u64, f64, bool)], lost: Status) -> Report {
        let run = |&(latent, seed, loss, is_lost): &(i64, u64, f64, bool)| {
            let mut run = complete(&format!("{latent}-{seed}"), &[size(latent)], loss);
            run.info.seed = seed;
            run.info.status = if is_lost { lost } else { Status::Completed };
            run
        };
        Found::of(runs.iter().map(run).collect(), Vec::new()).report(&[])
    }

    #[test]
    fn a_lucky_remaining_seed_is_not_the_best_unless_there_is_no_other() {
        let thinned = [(2, 1, 0.1, false), (2, 2, 0.9, true), (2, 3, 0.9, true)];
        let whole = [(3, 1, 0.3, false), (3, 2, 0.3, false), (4, 1, 0.6, false), (5, 1, 0.9, true)];
        for lost in [Status::Pruned, Status::Diverged] {
            let all = report(&[&thinned[..], &whole].concat(), lost);
            let ranked = all.ranked().into_iter().map(|place| all.groups[place].label.as_str());
            let order = ["latent_dim=3", "latent_dim=4", "latent_dim=2", "latent_dim=5"];
            assert_eq!(ranked.collect::<Vec<_>>(), order);
            let best = &all.summary().best[0];
            assert!(best.starts_with("val_loss is lowest with latent_dim=3: "), "{best}");
            assert!(best.contains("50 % lower than the next, latent_dim=4"), "{best}");
            assert!(
                !best.contains("latent_dim=2"),
                "it would be called worse although it is lower: {best}"
            );
            let alone = [&thinned[..], &[(5, 1, 0.9, true), (6, 1, 0.9, true)]].concat();
            let best = report(&alone, lost).summary().best.remove(0);
            let ending = format!("with latent_dim=2: 0.10000 over 1 of 3 seeds, 2 {lost}.");
            assert!(best.ends_with(&ending), "{best}");
        }
        let all = report(&[&thinned[..], &whole].concat(), Status::Failed);
        let best = &all.summary().best[0];
        assert!(
            best.contains("lowest with latent_dim=2: 0.10000 over 1 of 3 seeds, 2 failed;"),
            "{best}"
        );
    }
}
