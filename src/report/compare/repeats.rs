//! The repeats of compared runs: what their experiments are over all seeds, of which each run has only one.

use super::super::{Report, apart::comparable, group::Group, run::Run};
use crate::{
    disk::parent,
    record::{self, read::name_of, sweep_json::SweepFile},
    spec::Metric,
    statistics::Summary,
};
use std::{path::PathBuf, rc::Rc};

/// Reports on folders, each of which is read only once.
#[derive(Debug, Default)]
pub struct Reports(Vec<(Vec<PathBuf>, Rc<Report>)>);

impl Reports {
    /// Reads the runs in some folders; `None` if a folder cannot be read.
    pub(super) fn read(&mut self, folders: Vec<PathBuf>) -> Option<Rc<Report>> {
        if let Some((_, report)) = self.0.iter().find(|(known, _)| *known == folders) {
            return Some(Rc::clone(report));
        }
        let report = Rc::new(Report::read(&folders).ok()?);
        self.0.push((folders, Rc::clone(&report)));
        Some(report)
    }
}

/// The runs of one experiment, which differ only in their seeds.
#[derive(Debug, Clone)]
pub struct Repeats {
    /// The runs beside which they were found.
    pub(super) report: Rc<Report>,
    /// Index of their group.
    group: usize,
}

impl Repeats {
    /// Finds the repeats of a run in its folder: the runs of its sweep, or those of its name. `None` if the
    /// folder cannot be read or no longer counts the run among its own.
    pub fn of(run: &Run, reports: &mut Reports) -> Option<Self> {
        let report = reports.read(beside(run)?)?;
        let folder = name_of(&run.path);
        let mut all = Self::all(&report);
        all.find(|repeats| repeats.every_run().any(|run| name_of(&run.path) == folder))
    }

    /// Returns the experiments of a report, in its order.
    pub(super) fn all(report: &Rc<Report>) -> impl Iterator<Item = Self> {
        (0..report.groups.len()).map(|group| Self { report: Rc::clone(report), group })
    }

    /// Returns the runs by seed, each once: if it was trained more than once, the training that got furthest.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.group().once.iter().map(|index| &self.report.runs[*index])
    }

    /// Returns the runs by seed, and all trainings of each.
    pub(super) fn every_run(&self) -> impl Iterator<Item = &Run> {
        self.group().runs.iter().map(|index| &self.report.runs[*index])
    }

    /// Returns a run that represents them: the first complete one, or the first.
    pub fn example(&self) -> &Run {
        &self.report.runs[self.group().example(&self.report.runs)]
    }

    /// Whether both are the same runs.
    pub fn is_same(&self, other: &Self) -> bool {
        let path = |run: &Run| run.path.canonicalize().ok();
        self.runs().map(path).eq(other.runs().map(path))
    }

    fn group(&self) -> &Group {
        &self.report.groups[self.group]
    }

    /// Returns the mean of a metric with its deviation, and over how many seeds it is.
    fn mean(&self, metric: Metric) -> Option<(Summary, String)> {
        let stat = self.group().stat(&self.report.runs, metric)?;
        Some((stat.summary, self.group().over_seeds(&self.report.runs, stat)))
    }
}

/// Returns the folders in which the repeats of a run are: its sweep, or the runs of its name beside it.
fn beside(run: &Run) -> Option<Vec<PathBuf>> {
    let folder = parent(&run.path);
    if SweepFile::path(folder).exists() {
        return Some(vec![folder.to_owned()]);
    }
    let runs = record::scan_sweep(folder).ok()?;
    let namesakes =
        runs.into_iter().filter(|other| other.info().is_some_and(|it| it.name == run.info.name));
    Some(namesakes.map(|other| other.path).collect())
}

/// Says what the metric of two experiments' checkpoints is over all their seeds. `None` if neither was
/// repeated, or if the metric cannot compare them.
pub fn over_seeds(repeats: [&Repeats; 2]) -> Option<String> {
    let runs = repeats.map(Repeats::example);
    let metric = runs[0].metric();
    if metric != runs[1].metric() || !comparable(&runs, metric, metric.into()) {
        return None;
    }
    let [(one, over_one), (other, over_other)] =
        [repeats[0].mean(metric)?, repeats[1].mean(metric)?];
    if repeats[0].is_same(repeats[1]) {
        let name = metric.name();
        return (one.count > 1)
            .then(|| format!("two seeds of one experiment; {name}{over_one}: {one}"));
    }
    one_seed_each(metric, [one, other], [over_one, over_other])
}

/// Describes the values of two experiments over their seeds, each with how many these are.
fn one_seed_each(metric: Metric, stats: [Summary; 2], over: [String; 2]) -> Option<String> {
    if stats.iter().all(|stat| stat.count < 2) {
        return None;
    }
    let (name, [a, b], [over_a, over_b]) = (metric.name(), stats, over);
    let within = if a.is_within_deviation(&b) { ", within the deviation over seeds" } else { "" };
    Some(if over_a == over_b {
        format!("one seed each; {name}{over_a}: {a} and {b}{within}")
    } else {
        format!("one seed each; {name}: {a}{over_a} and {b}{over_b}{within}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::summarize;

    #[test]
    fn runs_with_repeats_are_put_beside_their_means() {
        let stat = |values: &[f64]| summarize(values.iter().copied()).unwrap();
        let text = |a: &[f64], b: &[f64]| {
            let over = [a, b].map(|values| match values.len() {
                1 => String::new(),
                count => format!(" over {count} seeds"),
            });
            one_seed_each(Metric::ValLoss, [stat(a), stat(b)], over)
        };
        let (near, far) = ([0.25, 0.5, 0.75], [1.0, 1.25, 1.5]);
        assert_eq!(
            text(&near, &far).as_deref(),
            Some("one seed each; val_loss over 3 seeds: 0.50000 ± 0.25 and 1.2500 ± 0.25")
        );
        let fewer = text(&near, &[0.5625]).unwrap();
        let told = "one seed each; val_loss: 0.50000 ± 0.25 over 3 seeds and 0.56250, within";
        assert!(fewer.starts_with(told), "{fewer}");
        assert_eq!(text(&[0.5], &[0.25]), None, "there are no other seeds");
    }
}
