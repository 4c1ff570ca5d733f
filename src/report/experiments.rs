//! The table of experiments, for Markdown and LaTeX.

use super::{
    Report,
    group::{Group, cell},
    run::counts,
    table::Table,
};
use crate::spec::{FinalMetric, Metric, without_repeat};
use std::iter;

impl Report {
    /// Returns the experiments from best to worst, with mean and deviation over their repeats.
    pub(super) fn experiments(&self) -> Table {
        let repeated = self.groups.iter().any(|group| group.runs.len() > 1);
        // Runs of a sweep are named by their keys, which are in the table already.
        let named = !self.is_sweep || self.columns().is_empty();
        let run = named.then(|| "run".to_owned());
        let runs = repeated.then(|| "runs".to_owned());
        let shown: Vec<Metric> =
            self.metrics.iter().copied().filter(|metric| !self.repeats_another(*metric)).collect();
        let tested: Vec<FinalMetric> =
            self.finals.iter().copied().filter(|metric| !self.repeats_result(*metric)).collect();
        let metrics = shown.iter().map(|metric| (metric.name(), metric.mode()));
        let finals = tested.iter().map(|metric| (metric.name(), metric.mode()));
        let values = metrics.chain(finals).map(|(name, mode)| format!("{name} {}", mode.arrow()));
        let keys = self.columns().iter().map(|key| key.label.clone());
        let head = run.into_iter().chain(keys).chain(runs).chain(values);
        let best: Vec<_> = shown
            .iter()
            .map(|metric| {
                self.ranked_by(*metric).first().copied().filter(|_| self.comparable(*metric))
            })
            .collect();
        let rows = self.ranked().into_iter().map(|place| {
            let group = &self.groups[place];
            let name = named.then(|| self.names(group));
            let keys = self.columns().iter().map(|key| self.group_cell(group, key));
            let runs = repeated.then(|| group.counted(&self.runs));
            let metrics = shown.iter().zip(&best).map(|(metric, best)| {
                let stat = group.stat(&self.runs, *metric);
                let is_best = stat.is_some() && *best == Some(place) && self.groups.len() > 1;
                (cell(stat), is_best)
            });
            let finals = tested.iter().map(|metric| cell(group.final_stat(&self.runs, *metric)));
            let plain = |text: String| (text, false);
            let facts = name.into_iter().chain(keys).chain(runs).map(plain);
            let last = finals.chain(iter::once(self.statuses(group))).map(plain);
            facts.chain(metrics).chain(last).collect()
        });
        Table {
            head: head.chain(iter::once("status".to_owned())).collect(),
            left: usize::from(named),
            rows: rows.collect(),
        }
    }

    /// Returns the name of a group's run, and the number of further ones. Repeats of a sweep are named once, with it.
    fn names(&self, group: &Group) -> String {
        let example = group.example(&self.runs);
        let run = &self.runs[example];
        let sweep = run.sweep.as_ref().filter(|_| !self.is_sweep);
        let name = match sweep.map(|sweep| (sweep, without_repeat(&run.info.name))) {
            Some((sweep, "")) => sweep.clone(),
            Some((sweep, name)) => format!("{sweep}/{name}"),
            None => run.name.clone(),
        };
        let is_other = |index: &&usize| match sweep {
            Some(_) => self.runs[**index].sweep != run.sweep,
            None => **index != example,
        };
        match group.runs.iter().filter(is_other).count() {
            0 => name,
            others => format!("{name} and {others} more"),
        }
    }

    /// Whether all runs have the same values of a result as of one listed before it.
    fn repeats_result(&self, metric: FinalMetric) -> bool {
        let mut before = self.finals.iter().copied().take_while(|other| *other != metric);
        let values = |other| self.runs.iter().map(move |run| run.info.final_value(other));
        before.any(|other| values(metric).eq(values(other)))
    }

    /// Returns the statuses of a group's runs: `completed`, or `1 completed, 1 failed`.
    pub(super) fn statuses(&self, group: &Group) -> String {
        let runs = group.runs.iter().map(|index| &self.runs[*index]);
        match &counts(runs)[..] {
            [(status, _)] => (*status).to_owned(),
            all => {
                let each = all.iter().map(|(status, count)| format!("{count} {status}"));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }
}
