//! Runs with other images, noise or tasks: a metric is another quantity in each of them, so that a run is
//! compared with those of its own alone.

use super::{
    Group, Report,
    found::Found,
    run::{Run, plain},
};
use crate::{
    record::identity::hash8,
    spec::{
        Loss, Measured, Metric, OTHER_PICTURES, Over, is_of_noise,
        words::{counted, listed, shortest_end},
    },
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Kinds of runs that are told one by one.
const TOLD: usize = 8;

/// Experiments in which a metric is the same quantity.
pub(super) struct Part {
    /// What sets them apart from the others, `dataset=mnist`; nothing where there are no others.
    pub name: String,
    /// Their places in the report.
    pub groups: Vec<usize>,
}

impl Report {
    /// The keys that make a metric over such images another quantity in some of the runs.
    pub(super) fn apart(&self, over: Over) -> BTreeSet<&'static str> {
        apart(&self.runs.iter().collect::<Vec<_>>(), over)
    }

    /// What is best of the experiments in which the metric is the same quantity, where those are several, a
    /// sentence each.
    pub(super) fn best_apart(&self) -> Vec<String> {
        let over = Over::from(self.metric);
        let mut parts = self.parts(over);
        parts.retain(|part| part.groups.len() > 1);
        let more = parts.len().saturating_sub(TOLD);
        parts.truncate(TOLD);
        self.name(&mut parts, over);
        let told = parts.iter().filter_map(|part| {
            let best = self.part(part).best_if_comparable(self.metric)?;
            Some(format!("For {}, {best}", part.name))
        });
        let mut told: Vec<String> = told.collect();
        if more > 0 {
            told.push(format!("{} have a best of their own.", counted(more, "further kind")));
        }
        told
    }

    fn best_if_comparable(&self, metric: Metric) -> Option<String> {
        self.comparable(metric).then(|| self.best_by(metric)).flatten()
    }

    /// A report of a part alone.
    fn part(&self, part: &Part) -> Self {
        let runs = part.groups.iter().flat_map(|place| &self.groups[*place].runs);
        let mut runs: Vec<usize> = runs.copied().collect();
        runs.sort_unstable();
        let runs = runs.into_iter().map(|index| self.runs[index].clone()).collect();
        Found::of(runs, self.keys.iter().map(|key| key.path.clone()).collect()).report(&[])
    }

    /// The experiments by what makes a metric over such images another quantity, in the order of their runs
    /// and without names.
    pub(super) fn parts(&self, over: Over) -> Vec<Part> {
        let apart = self.apart(over);
        let mut places = HashMap::new();
        let mut parts: Vec<Part> = Vec::new();
        let first = |group: &Group| group.runs.iter().copied().min();
        for (place, group) in self.groups.iter().enumerate() {
            let run = &self.runs[group.runs[0]];
            // Of a run whose experiment cannot be read nothing is known.
            if run.values.is_empty() {
                continue;
            }
            let next = parts.len();
            match parts.get_mut(*places.entry(run.measured().class(over, &apart)).or_insert(next)) {
                Some(part) => part.groups.push(place),
                None => parts.push(Part { name: String::new(), groups: vec![place] }),
            }
        }
        parts.sort_by_key(|part| {
            part.groups.iter().filter_map(|place| first(&self.groups[*place])).min()
        });
        parts
    }

    /// Names some parts by what sets them apart from each other, or a single one from all other runs.
    pub(super) fn name(&self, parts: &mut [Part], over: Over) {
        let first = |part: &Part| &self.runs[self.groups[part.groups[0]].runs[0]];
        let firsts: Vec<Measured> = parts.iter().map(|part| first(part).measured()).collect();
        let all: Vec<Measured> = match parts {
            [_] => {
                self.runs.iter().filter(|run| !run.values.is_empty()).map(Run::measured).collect()
            }
            _ => firsts.clone(),
        };
        let others =
            |one| all.iter().flat_map(move |other| Measured::differences(one, other, over));
        let keys: BTreeSet<&str> = firsts.iter().flat_map(others).collect();
        for part in parts {
            let told = keys.iter().filter_map(|key| self.spelled(first(part), key));
            part.name = listed(&told.collect::<Vec<_>>());
        }
    }

    /// What a run has of a key that makes a metric another quantity; nothing where noise of its kind does not
    /// have it.
    fn spelled(&self, run: &Run, path: &str) -> Option<String> {
        if path == OTHER_PICTURES {
            return Some(format!("images {}", hash8(&run.info.data_digest)));
        }
        let value = run.values.get(path);
        match self.keys.iter().find(|key| key.path == path) {
            _ if value.is_none() && is_of_noise(path) => None,
            Some(key) => Some(key.spelled(run)),
            None => Some(format!("{}={}", shortest_end(path, &[path]), plain(value?))),
        }
    }
}

/// Whether a metric over such images is the same quantity in all of some runs: none is where their images, their
/// noise or their tasks are different, and a loss is not where they minimise different ones.
pub(super) fn comparable(runs: &[&Run], metric: Metric, over: Over) -> bool {
    apart(runs, over).is_empty() && !(metric.depends_on_loss() && losses_differ(runs))
}

/// Why it is not over the images that the metric is taken over, in words; none where it is.
pub fn incomparable(runs: &[&Run], metric: Metric) -> Option<String> {
    if comparable(runs, metric, metric.into()) {
        return None;
    }
    let name = metric.name();
    let minimise = || format!("They minimise different losses, so their {name} cannot be compared");
    Some(different(runs, metric.into()).unwrap_or_else(minimise))
}

/// Whether some runs minimise different losses.
pub(super) fn losses_differ(runs: &[&Run]) -> bool {
    let own = |run: &&Run| -> BTreeMap<String, String> {
        let loss = run.values.iter().filter(|(key, _)| Loss::is_set_by(key));
        loss.map(|(key, value)| (key.clone(), value.to_string())).collect()
    };
    // Of a run whose experiment cannot be read nothing is known.
    let mut losses = runs.iter().filter(|run| !run.values.is_empty()).map(own);
    let first = losses.next();
    losses.any(|loss| Some(loss) != first)
}

/// Why none of some runs is better than another, in words; none where one can be.
pub(super) fn different(runs: &[&Run], over: Over) -> Option<String> {
    let keys = apart(runs, over);
    let told = listed(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
    let why = if keys.iter().all(|key| is_of_noise(key)) {
        format!("Each validates at its own noise (they differ in {told})")
    } else {
        format!("They differ in {told}")
    };
    (!keys.is_empty()).then(|| format!("{why}, so their metrics cannot be compared"))
}

/// The keys that make a metric over such images another quantity in some runs.
pub(super) fn apart(runs: &[&Run], over: Over) -> BTreeSet<&'static str> {
    // Of a run whose experiment cannot be read nothing is known.
    let known = runs.iter().filter(|run| !run.values.is_empty());
    let measured: Vec<Measured> = known.map(|run| run.measured()).collect();
    Measured::apart(&measured, over)
}
