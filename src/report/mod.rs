//! What many runs say together: one HTML file, a Markdown or CSV table, a comparison of two.
//!
//! Everything is read from run folders, in any state, also while they are being written; nothing in
//! them is changed. Numbers are those of `metrics.csv`. Where a run has one value of a metric, it is
//! the one in its best epoch, by the metric of its checkpoints: those weights are the ones that are
//! kept, tested and drawn.
//!
//! [`Report::read`] gathers the runs, finds the keys in which they differ ([`keys`]) and puts repeats
//! together ([`group`]). [`Report::html`], [`Report::markdown`] and [`Report::csv`] tell it.

mod apart;
mod better;
mod chart;
pub mod compare;
mod csv;
mod data;
mod finals;
mod found;
pub mod group;
mod html;
pub mod keys;
mod levels;
mod markdown;
mod noises;
mod pictures;
pub mod progress;
mod provenance;
pub mod run;
mod summary;
#[cfg(test)]
mod tests;

pub use apart::incomparable;

use crate::{
    record::{self, Status, atomic},
    spec::{FinalMetric, Metric},
};
use found::Found;
use group::Group;
use keys::Key;
use run::Run;
use std::path::{Path, PathBuf};

/// Stands where there is no value.
pub const NONE: &str = "–";

/// Seconds after which a page is loaded anew while runs train.
pub const REFRESH: u64 = 60;

/// Runs, and how they belong together.
#[derive(Debug, Clone)]
pub struct Report {
    /// The sweep's name, or the folder's.
    pub title: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// Whether its runs are those of one sweep, which are named by their keys.
    pub is_sweep: bool,
    /// The runs, by folder.
    pub runs: Vec<Run>,
    /// Folders of runs of which nothing is known, and why.
    pub broken: Vec<(String, String)>,
    /// Names of planned runs that have not begun.
    pub waiting: Vec<String>,
    /// Folders that do not count, as another of the same run does: it was trained anew, or they are
    /// copies.
    pub replaced: Vec<String>,
    /// Folders of runs that are left out because the sweep's plan does not have them.
    pub strays: Vec<String>,
    /// The keys in which runs differ.
    pub keys: Vec<Key>,
    /// Repeats together.
    pub groups: Vec<Group>,
    /// What runs are compared by.
    pub metric: Metric,
    /// The metric that they would be compared by, were it the same quantity in each of them.
    pub instead_of: Option<Metric>,
    /// The metrics that any run has.
    pub metrics: Vec<Metric>,
    /// What was measured once of any run, and that nothing is best by.
    pub results: Vec<FinalMetric>,
}

/// Writes the HTML report of the runs in some folders.
///
/// # Errors
/// When a folder cannot be read, or the file cannot be written.
pub fn write(folders: &[PathBuf], out: &Path) -> record::Result<()> {
    atomic::write_there(out, Report::read(folders)?.html())
}

impl Report {
    /// Reads the runs in some folders: folders of runs, of sweeps, or runs themselves.
    ///
    /// # Errors
    /// When a folder cannot be read; what is wrong with a single run is told in the report.
    pub fn read(folders: &[PathBuf]) -> record::Result<Self> {
        let mut found = Found::default();
        for folder in folders {
            found.look_into(folder)?;
        }
        Ok(found.report(folders))
    }

    /// The places of the groups from the best to the worst.
    pub fn ranked(&self) -> Vec<usize> {
        self.ranked_by(self.metric)
    }

    /// The same by another metric.
    fn ranked_by(&self, metric: Metric) -> Vec<usize> {
        let stats: Vec<_> =
            self.groups.iter().map(|group| group.stat(&self.runs, metric)).collect();
        group::ranked(&self.groups, &self.runs, metric.mode(), &stats)
    }

    /// Whether a metric is the same quantity in all runs: none is where their images, their noise or their
    /// tasks are different, and a loss is not where they minimise different ones.
    pub fn comparable(&self, metric: Metric) -> bool {
        apart::comparable(&self.runs.iter().collect::<Vec<_>>(), metric, metric.into())
    }

    /// Whether any run is training, so that there will be more to show.
    fn is_training(&self) -> bool {
        self.runs.iter().any(Run::is_training)
    }

    /// What those are called that come before the others.
    fn foremost(&self) -> &'static str {
        if self.comparable(self.metric) { "best" } else { "first" }
    }

    /// Whether any experiment has results of several seeds, and so a deviation.
    pub fn is_repeated(&self) -> bool {
        let mut stats = self.groups.iter().filter_map(|group| group.stat(&self.runs, self.metric));
        stats.any(|stat| stat.deviation.is_some())
    }

    /// The value of a key, as people write it; empty for a run that has none.
    pub fn cell(&self, run: &Run, key: &Key) -> String {
        run.values.get(&key.path).map_or_else(String::new, run::plain)
    }
}

/// How many runs stand how, in the order of statuses.
fn counts<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<(Status, usize)> {
    let statuses: Vec<Status> = runs.map(|run| run.info.status).collect();
    let count = |status: Status| statuses.iter().filter(|known| **known == status).count();
    Status::ALL
        .map(|status| (status, count(status)))
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}
