//! The table of experiments, for Markdown and LaTeX.

use super::{
    Report,
    group::{Group, cell},
    run::counts,
    table::Table,
};
use std::iter;

impl Report {
    /// Returns the experiments from best to worst, with mean and deviation over their repeats.
    pub(super) fn experiments(&self) -> Table {
        let repeated = self.groups.iter().any(|group| group.runs.len() > 1);
        // Runs of a sweep are named by their keys, which are in the table already.
        let named = !self.is_sweep || self.keys.is_empty();
        let run = named.then(|| "run".to_owned());
        let runs = repeated.then(|| "runs".to_owned());
        let metrics = self.metrics.iter().map(|metric| (metric.name(), metric.mode()));
        let finals = self.finals.iter().map(|metric| (metric.name(), metric.mode()));
        let values = metrics.chain(finals).map(|(name, mode)| format!("{name} {}", mode.arrow()));
        let keys = self.keys.iter().map(|key| key.label.clone());
        let head = run.into_iter().chain(keys).chain(runs).chain(values);
        let best: Vec<_> = self
            .metrics
            .iter()
            .map(|metric| {
                self.ranked_by(*metric).first().copied().filter(|_| self.comparable(*metric))
            })
            .collect();
        let rows = self.ranked().into_iter().map(|place| {
            let group = &self.groups[place];
            let example = &self.runs[group.runs[0]];
            let name = named.then(|| self.names(group));
            let keys = self.keys.iter().map(|key| self.cell(example, key));
            let runs = repeated.then(|| group.counted(&self.runs));
            let metrics = self.metrics.iter().zip(&best).map(|(metric, best)| {
                let stat = group.stat(&self.runs, *metric);
                let is_best = stat.is_some() && *best == Some(place) && self.groups.len() > 1;
                (cell(stat), is_best)
            });
            let finals =
                self.finals.iter().map(|metric| cell(group.final_stat(&self.runs, *metric)));
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

    /// Returns the name of a group's run, and the number of further ones.
    fn names(&self, group: &Group) -> String {
        let name = &self.runs[group.example(&self.runs)].name;
        match group.runs.len() {
            1 => name.clone(),
            all => format!("{name} and {} more", all - 1),
        }
    }

    /// Returns the statuses of a group's runs: `completed`, or `1 completed, 1 failed`.
    pub(super) fn statuses(&self, group: &Group) -> String {
        let runs = group.runs.iter().map(|index| &self.runs[*index]);
        match &counts(runs)[..] {
            [(status, _)] => status.to_string(),
            all => {
                let each = all.iter().map(|(status, count)| format!("{count} {status}"));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }
}
