//! Summarizes a report in words: what was varied, what is best and by how much, what failed and why.

use super::{
    Report,
    apart::different,
    keys::Key,
    levels::Levels,
    run::{Run, counts},
};
use crate::{
    record::{Readback, Status},
    spec::{Metric, Over, value},
    words::{counted, listed, shortlist},
};

/// At most this many values of a key are listed.
const LISTED: usize = 8;

/// At most this many runs or folders are named, for each problem.
const NAMED: usize = 12;

/// The summary, in sentences, most important first.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// What was varied.
    pub varied: String,
    /// The number of runs with each status.
    pub state: String,
    /// Why they are not compared, or not by the expected metric; empty if they are.
    pub compared: String,
    /// What is best by each metric, starting with the report's own. For runs with different validation
    /// images, noise or tasks: what is best at tested noise levels, and what is best of each kind.
    pub best: Vec<String>,
    /// What failed or is missing, and why.
    pub wrong: Vec<String>,
}

impl Summary {
    /// Returns the introduction, in one line.
    pub fn lead(&self) -> String {
        let said = [&self.varied, &self.state, &self.compared].map(String::as_str);
        said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl Report {
    /// Lists what cannot be read, each as a sentence without its full stop.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let broken = self.broken.iter();
        let broken = broken.map(|(folder, reason)| format!("{folder} cannot be read: {reason}"));
        let damaged = self.runs.iter().filter(|run| !run.problems.is_empty());
        let damaged = damaged.map(|run| format!("{}: {}", run.name, run.problems.join("; ")));
        broken.chain(damaged)
    }

    /// Returns the summary.
    pub fn summary(&self) -> Summary {
        let at_levels: Vec<String> = self.levels().iter().flat_map(Levels::sentences).collect();
        let compared = self.compared(!at_levels.is_empty());
        let best = (0..).zip(self.best(at_levels)).map(|(i, line)| self.so_far(i == 0) + &line);
        Summary {
            varied: self.varied(),
            state: self.state(),
            compared,
            best: best
                .chain(self.chosen_by_another())
                .chain(self.chosen_on_test())
                .chain(self.worse_than_inputs())
                .collect(),
            wrong: self.wrong(),
        }
    }

    /// Introduces what is best as long as runs are missing, and tells how many if `counted`; otherwise empty.
    fn so_far(&self, counted: bool) -> String {
        let all = self.runs.len() + self.waiting.len();
        let over = self.runs.iter().filter(|run| run.info.status.is_over()).count();
        match counted {
            _ if over == all || all == 1 => String::new(),
            true => format!("So far, after {over} of {all} runs: "),
            false => "So far: ".to_owned(),
        }
    }

    fn varied(&self) -> String {
        let runs = counted(self.runs.len(), "run");
        let most = self.groups.iter().map(|group| group.once.len()).max().unwrap_or_default();
        let repeats = match (most, self.groups.len()) {
            (0 | 1, _) => String::new(),
            (_, 1) => format!(" They are repeats of one experiment with {most} seeds."),
            _ => format!(" Experiments were repeated with up to {most} seeds."),
        };
        if self.runs.is_empty() {
            return "No run has started.".into();
        }
        if self.keys.is_empty() {
            let differ =
                if self.runs.len() > 1 && most < 2 { " Their settings are equal." } else { "" };
            return format!("{runs}.{repeats}{differ}");
        }
        let keys: Vec<String> = self.keys.iter().take(LISTED).map(values).collect();
        let more = self.keys.len().saturating_sub(LISTED);
        let more = if more > 0 {
            format!("; {} differ, too", counted(more, "further key"))
        } else {
            String::new()
        };
        format!("{runs} vary {}{more}.{repeats}", listed(&keys))
    }

    fn state(&self) -> String {
        let mut states: Vec<String> = counts(self.runs.iter())
            .into_iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect();
        if !self.broken.is_empty() {
            states.push(format!("{} unreadable", self.broken.len()));
        }
        if !self.waiting.is_empty() {
            states.push(format!("{} {}", self.waiting.len(), Readback::NOT_BEGUN));
        }
        match &states[..] {
            [] => String::new(),
            [_] if self.runs.len() == 1 => format!("It {}.", is(self.runs[0].info.status)),
            all => format!("{}.", listed(all)),
        }
    }

    /// Says why runs are not compared, or by another metric; `at_levels` if tests at noise levels compare
    /// them.
    fn compared(&self, at_levels: bool) -> String {
        let runs: Vec<&Run> = self.runs.iter().collect();
        let over = Over::from(self.metric);
        if let Some(reason) = different(&runs, over) {
            let alone = self.parts(over).iter().all(|part| part.groups.len() < 2);
            let so = if alone {
                "none is called best"
            } else {
                "each is compared only with runs of its own kind"
            };
            let more = at_levels.then(|| "Tests at the same noise levels compare them.".to_owned());
            let more = more.or_else(|| self.advice());
            let more = more.map_or_else(String::new, |more| format!(" {more}"));
            return format!("{reason}: {so}.{more}");
        }
        let Some(expected) = self.instead_of.map(Metric::name) else { return String::new() };
        let by = self.metric.name();
        format!(
            "They minimize different losses, so their {expected} cannot be compared: {by} compares them."
        )
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let with_status =
            |status: Status| self.runs.iter().filter(move |run| run.info.status == status);
        // A sweep prunes by design: the table tells which.
        for status in [Status::Failed, Status::Diverged, Status::Interrupted, Status::Running] {
            let all: Vec<&Run> = with_status(status).collect();
            wrong.extend(all.iter().take(NAMED).map(|run| standing(run)));
            if all.len() > NAMED {
                wrong.push(format!("{} more {}.", all.len() - NAMED, status.name()));
            }
        }
        wrong.extend(self.problems().map(|problem| problem + "."));
        if !self.waiting.is_empty() {
            let named = shortlist(self.waiting.iter().map(|run| run.name.clone()), NAMED);
            wrong.push(format!("Not begun: {}.", named.join("; ")));
        }
        let twins = self.groups.iter().flat_map(|group| {
            let left_out = group.runs.iter().filter(|index| !group.once.contains(index));
            left_out.map(|index| self.runs[*index].name.clone())
        });
        let twins: Vec<String> = twins.collect();
        if !twins.is_empty() {
            let runs = counted(twins.len(), "run");
            wrong.push(format!(
                "{runs} not counted, as another run of the same experiment is: {}.",
                shortlist(twins.into_iter(), NAMED).join(", ")
            ));
        }
        if !self.replaced.is_empty() {
            let folders = counted(self.replaced.len(), "folder");
            wrong.push(format!(
                "{folders} left out as older trainings or copies of a run shown here: {}.",
                shortlist(self.replaced.iter().cloned(), NAMED).join(", ")
            ));
        }
        if !self.strays.is_empty() {
            let runs = counted(self.strays.len(), "run");
            let named = shortlist(self.strays.iter().cloned(), NAMED);
            let which = match self.strays.len() {
                _ if self.is_sweep => "this",
                1 => "its",
                _ => "their",
            };
            wrong.push(format!(
                "{runs} no longer part of {which} sweep and left out: {}.",
                named.join(", ")
            ));
        }
        wrong
    }
}

/// Describes a key and its values.
fn values(key: &Key) -> String {
    let Key { label, values, numeric, optional, .. } = key;
    let or_not = if *optional { ", or not given" } else { "" };
    let shown: Vec<String> = values.iter().map(value::enclosed).collect();
    match &shown[..] {
        [first, .., last] if shown.len() > LISTED && *numeric => {
            format!("{label} ({} values from {first} to {last}{or_not})", shown.len())
        }
        _ if shown.len() > LISTED => format!("{label} ({} values{or_not})", shown.len()),
        [only] => format!("{label} ({only} or not given)"),
        _ => format!("{label} ({}{or_not})", shown.join(", ")),
    }
}

/// Returns a status as the verb of a sentence.
const fn is(status: Status) -> &'static str {
    match status {
        Status::Running => "is still running",
        Status::Completed => "is complete",
        Status::Interrupted => "was interrupted",
        Status::Failed => "failed",
        Status::Diverged => "diverged",
        Status::Pruned => "was stopped early by its sweep",
    }
}

/// Describes the state of a run that is not complete.
fn standing(run: &Run) -> String {
    let epochs = match run.planned_epochs() {
        Some(planned) => format!("after {} of {planned} epochs", run.epochs()),
        None => format!("after {}", counted(run.epochs(), "epoch")),
    };
    let status = is(run.info.status);
    match run.reason() {
        Some(reason) => {
            let reason = reason.trim().trim_start_matches("error: ").trim_end_matches('.');
            format!("{} {status} {epochs}: {reason}.", run.name)
        }
        None => format!("{} {status} {epochs}.", run.name),
    }
}
