//! Provenance of results: what all runs were made with, and the facts of a single run.

use super::{Report, run::Run};
use crate::record::read::name_of;
use crate::words::{counted, duration, thousands};
use indexmap::IndexMap;
use std::collections::BTreeSet;

impl Report {
    /// Returns facts, each with the distinct values of all runs.
    pub fn provenance(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut all: IndexMap<&'static str, BTreeSet<String>> = IndexMap::new();
        for (name, value) in self.runs.iter().flat_map(origin) {
            all.entry(name).or_default().insert(value);
        }
        let mut facts: Vec<(&'static str, Vec<String>)> =
            all.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect();
        let started = self.runs.iter().map(|run| run.info.started).min();
        let ended = self.runs.iter().filter_map(|run| run.info.finished).max();
        facts.extend(started.map(|at| ("first started", vec![at.to_string()])));
        facts.extend(ended.map(|at| ("last finished", vec![at.to_string()])));
        // Epochs shared with the run that another one continues count once.
        let folders: BTreeSet<String> = self.runs.iter().map(|run| name_of(&run.path)).collect();
        let shares_epochs = |run: &&Run| {
            run.info.continued_from.as_ref().is_some_and(|from| folders.contains(from))
        };
        let twice = self.runs.iter().filter(shares_epochs);
        let twice: f64 = twice.map(|run| run.info.seconds_before(&run.timings)).sum();
        let seconds = self.runs.iter().map(Run::seconds).sum::<f64>() - twice;
        facts.push(("time of all runs", vec![duration(seconds)]));
        facts
    }
}

/// Returns the facts of a run.
pub fn of_run(run: &Run) -> Vec<(&'static str, String)> {
    let info = &run.info;
    let mut facts = vec![("status", info.status.to_string())];
    facts.extend(run.reason().map(|reason| ("why", reason.to_owned())));
    facts.push(("folder", run.folder()));
    let planned = run.planned_epochs().map(|epochs| format!(" of {epochs}")).unwrap_or_default();
    facts.push(("epochs", format!("{}{planned}, {} steps", run.epochs(), info.step)));
    facts.extend(info.input.map(|input| ("inputs", input.to_string())));
    facts.push(("seed", info.seed.to_string()));
    facts.push(("parameters", thousands(info.parameters)));
    facts.push(("shapes checked", format!("at {}", info.shapes)));
    facts.extend(origin(run));
    facts.push(("identity", info.identity.clone()));
    facts.push(("started", info.started.to_string()));
    facts.extend(info.finished.map(|at| ("finished", at.to_string())));
    facts.push(("time trained", duration(run.seconds())));
    let peak = run.timings.iter().filter_map(|timing| timing.peak_memory_mib).reduce(f64::max);
    facts.extend(peak.map(|peak| ("peak memory", format!("{peak:.0} MiB"))));
    facts.extend(info.continues().map(|shorter| ("continues", shorter)));
    facts.extend((info.resumes > 0).then(|| ("resumed", counted(info.resumes, "time"))));
    facts
}

/// Returns what a run was made with.
fn origin(run: &Run) -> Vec<(&'static str, String)> {
    let info = &run.info;
    let mut facts = vec![("runner", info.runner_version.clone())];
    facts.extend(info.git_commit.clone().map(|commit| ("commit", commit)));
    facts.extend(info.rustc.clone().map(|version| ("compiler", version)));
    let kernels =
        if info.kernels.is_empty() { String::new() } else { format!(", {} kernels", info.kernels) };
    facts.push(("device", format!("{}{kernels}", info.device)));
    facts.push(("threads", info.threads.to_string()));
    facts.push(("machine", info.hostname.clone()));
    facts.push(("data", info.dataset.clone()));
    facts.push(("data digest", format!("sha256 {}", info.data_digest)));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
