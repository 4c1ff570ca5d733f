//! Reports on many runs: an HTML file, a Markdown, LaTeX or CSV table, or a comparison of two.
//!
//! Everything is read from run folders, in any state, even while they are being written; nothing in them is
//! changed. Numbers are those of `metrics.csv`. A single value of a metric for a run is that of its best
//! epoch by the metric of its checkpoints: those are the weights that are kept, tested and drawn.
//!
//! [`Report::read`] collects the runs, finds the keys in which they differ ([`keys`]) and groups repeats
//! ([`group`]). [`Report::html`], [`Report::markdown`], [`Report::latex`] and [`Report::csv`]
//! render it.

mod against;
mod apart;
mod best;
mod better;
mod brief;
mod chart;
pub mod compare;
mod csv;
mod data;
mod experiments;
mod families;
mod finals;
mod found;
pub mod group;
mod html;
mod images;
mod inputs;
pub mod keys;
mod latex;
mod levels;
mod markdown;
mod noises;
mod parts;
pub mod progress;
mod provenance;
mod quantities;
mod reference;
pub mod run;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub use apart::{incomparable, incomparable_over};
pub use group::NONE;

use crate::{
    record::{self, atomic, sweep_json::Planned},
    spec::{FinalMetric, Metric},
    words::shortlist,
};
use compare::quantity::Quantity;
use found::Found;
use group::{Group, Stat};
use keys::Key;
use reference::Baseline;
use run::Run;
use std::path::{Path, PathBuf};

/// Seconds after which a page is reloaded while runs train.
pub const REFRESH: u64 = 60;

/// At most this many values of a key are in the row of a group.
const LISTED: usize = 3;

/// Runs, with the keys in which they differ and their groups.
#[derive(Debug, Clone)]
pub struct Report {
    /// The sweep's name, or the folder's.
    pub title: String,
    /// A one-sentence description; may be empty.
    pub description: String,
    /// Whether the runs are those of a single sweep, which are named by their keys.
    pub is_sweep: bool,
    /// Whether experiments are named by their sweeps and what varies there, as there are several or other runs.
    has_families: bool,
    /// The runs, by folder.
    pub runs: Vec<Run>,
    /// Folders of unreadable runs, each with the reason.
    pub broken: Vec<(String, String)>,
    /// Planned runs that have not started, named as people call them.
    pub waiting: Vec<Planned>,
    /// Folders left out because another folder of the same run is current: older trainings and copies.
    pub replaced: Vec<String>,
    /// Folders of runs left out because they are not in the plan of their sweep.
    pub strays: Vec<String>,
    /// The keys in which runs differ.
    pub keys: Vec<Key>,
    /// The keys that tables show instead, if some were chosen.
    chosen: Option<Vec<Key>>,
    /// The metrics that tables show instead, if some were chosen.
    chosen_metrics: Option<Vec<Quantity>>,
    /// The experiment that tables compare the others with, in place of the best one, if one was chosen.
    baseline: Option<Baseline>,
    /// The runs, with repeats grouped.
    pub groups: Vec<Group>,
    /// The metric that runs are compared by.
    pub metric: Metric,
    /// The metric they would be compared by if it measured the same quantity in each of them.
    pub instead_of: Option<Metric>,
    /// The metrics that any run has.
    pub metrics: Vec<Metric>,
    /// The final metrics that any run has. Nothing is ranked by them.
    pub finals: Vec<FinalMetric>,
}

/// Writes the HTML report on the runs in some folders.
///
/// # Errors
/// When a folder cannot be read, or the file cannot be written.
pub fn write(folders: &[PathBuf], out: &Path) -> record::Result<()> {
    atomic::write_through_links(out, Report::read(folders)?.html())
}

impl Report {
    /// Reads the runs in some folders: folders of runs, of sweeps, or runs themselves.
    ///
    /// # Errors
    /// When a folder cannot be read; a problem with a single run is shown in the report.
    pub fn read(folders: &[PathBuf]) -> record::Result<Self> {
        let mut found = Found::default();
        for folder in folders {
            found.look_into(folder)?;
        }
        Ok(found.report(folders))
    }

    /// Chooses the keys that tables show, by their dotted paths.
    pub fn choose(&mut self, paths: &[String]) {
        self.chosen = Some(keys::described(&self.runs, paths));
    }

    /// Returns the keys that tables show.
    fn columns(&self) -> &[Key] {
        self.chosen.as_ref().unwrap_or(&self.keys)
    }

    /// Returns the indices of the groups from best to worst.
    pub fn ranked(&self) -> Vec<usize> {
        self.ranked_by(self.metric)
    }

    /// Ranks by another metric.
    fn ranked_by(&self, metric: Metric) -> Vec<usize> {
        group::ranked(&self.groups, &self.runs, metric.mode(), &self.stats(metric))
    }

    /// Returns the statistics of a metric for each group.
    fn stats(&self, metric: Metric) -> Vec<Option<Stat>> {
        self.groups.iter().map(|group| group.stat(&self.runs, metric)).collect()
    }

    /// Whether a metric measures the same quantity in all runs: not if they differ in images, noise or task,
    /// nor, for a metric that depends on the loss, if they minimize different losses.
    pub fn comparable(&self, metric: Metric) -> bool {
        apart::comparable(&self.runs.iter().collect::<Vec<_>>(), metric, metric.into())
    }

    /// Whether any run is training, so that there will be more to show.
    fn is_training(&self) -> bool {
        self.runs.iter().any(Run::is_training)
    }

    /// Returns the word for the groups at the top of the ranking.
    fn foremost(&self) -> &'static str {
        if self.comparable(self.metric) { "best" } else { "first" }
    }

    /// Whether any experiment has results from several seeds, and thus a deviation.
    pub fn is_repeated(&self) -> bool {
        let mut stats = self.groups.iter().filter_map(|group| group.stat(&self.runs, self.metric));
        stats.any(|stat| stat.summary.deviation.is_some())
    }

    /// Formats the values of a key of a group for people. Repeats may differ in a key that was chosen.
    fn group_cell(&self, group: &Group, key: &Key) -> String {
        let mut cells: Vec<String> =
            group.runs.iter().map(|index| self.runs[*index].shown(&key.path)).collect();
        cells.dedup();
        shortlist(cells.into_iter(), LISTED).join(", ")
    }
}
