//! The experiments of a sweep, or those of them that a name stands for.

use super::repeats::{Repeats, Reports};
use crate::{
    record::{folder_name::hash8_of, read::name_of, sweep_json::Planned},
    report::run::Run,
    spec::{argument_value, value::in_names},
    words::{listed, shortened, shortlist},
};
use std::{iter, path::Path};

/// At most this many experiments are named.
const LISTED: usize = 8;

/// The longest name of an experiment in a message, in characters.
const NAME: usize = 60;

/// Experiments of one sweep, at least one, in its order.
#[derive(Debug)]
pub struct Experiments {
    /// Each over its seeds.
    pub all: Vec<Repeats>,
    /// How many of their planned runs have not started.
    pub waiting: usize,
    /// Unreadable folders of the sweep, each with the reason.
    pub broken: Vec<(String, String)>,
}

impl Experiments {
    /// Finds the experiments of a sweep whose runs have names that begin with `wanted`, or else have all of its parts,
    /// as in `latent_dim=8` for `sigma=0.5,latent_dim=8`: all if that is empty. A name may also be the one that people
    /// call an experiment by, `baseline`, and values may be written as in experiment files, see [`written_as_names`].
    /// `None` if there is no such run.
    pub fn named(sweep: &Path, wanted: &str, reports: &mut Reports) -> Option<Self> {
        let report = reports.read(vec![sweep.to_owned()])?;
        let wanted = &written_as_names(wanted);
        // `size=2` is the beginning of `size=20-0a1b2c3d`, too.
        let ways: [fn(&str, &str) -> bool; 3] =
            [begins_with, has_parts, |name, wanted| name.starts_with(wanted)];
        ways.into_iter().find_map(|way| {
            let is_named = |name: &str| way(name, wanted);
            let is_of = |run: &Run| is_named(&name_of(&run.path)) || is_named(&run.name);
            let has_name = |one: &Repeats| one.every_run().any(is_of);
            let mut all: Vec<Repeats> = Repeats::all(&report).filter(has_name).collect();
            if all.len() > 1 {
                // Nothing is known of a run whose experiment cannot be read.
                all.retain(|one| !one.example().values.is_empty());
            }
            let waits = |run: &&Planned| is_named(&run.folder) || is_named(&run.name);
            let waiting = report.waiting.iter().filter(waits).count();
            (!all.is_empty()).then(|| Self { all, waiting, broken: report.broken.clone() })
        })
    }

    /// Returns their runs, each seed once.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.all.iter().flat_map(Repeats::runs)
    }

    /// Names them, for a user who should name one of them.
    pub fn names(&self) -> String {
        let name = |one: &Repeats| shortened(one.example().experiment(), NAME);
        listed(&shortlist(self.all.iter().map(name), LISTED))
    }

    /// Returns the keys in which they differ, in the order of the sweep.
    pub fn varied(&self) -> Vec<&str> {
        let Some((first, others)) = self.all.split_first() else { return Vec::new() };
        let keys = first.report.keys.iter().map(|key| key.path.as_str());
        let value = |one: &Repeats, key: &str| one.example().values.get(key).cloned();
        keys.filter(|key| others.iter().any(|other| value(other, key) != value(first, key)))
            .collect()
    }
}

/// Writes the values in the name of an experiment as in the names of runs: `filters=[16, 32]` as `filters=16-32`,
/// and `loss=(mse=1, ssim=0.1)`, as reports do, as `loss=1-0.1`.
fn written_as_names(wanted: &str) -> String {
    let mut depth = 0_usize;
    let between = |c: char| {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    let part = |part: &str| {
        let part = part.trim();
        let Some((key, text)) = part.split_once('=') else { return part.to_owned() };
        let text = text.trim();
        let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let table = inner.map(|inner| format!("{{{inner}}}"));
        // Anything else is written in the same way already.
        let value = argument_value(table.as_deref().unwrap_or(text)).ok();
        let value = value.filter(|value| value.is_array() || value.is_table());
        value
            .map_or_else(|| part.to_owned(), |value| format!("{}={}", key.trim(), in_names(&value)))
    };
    wanted.split(between).map(part).collect::<Vec<_>>().join(",")
}

/// Returns what precedes the hash in the name of a run's folder.
fn own_name(folder: &str) -> &str {
    let end = hash8_of(folder).and_then(|hash| folder.rfind(&format!("-{hash}")));
    end.map_or(folder, |end| &folder[..end])
}

/// Whether a run's name begins with `wanted`, in whole parts.
fn begins_with(name: &str, wanted: &str) -> bool {
    let rest = own_name(name).strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}

/// Whether a run's name has all parts of `wanted`, wherever they are. Their keys may be longer than in names.
fn has_parts(name: &str, wanted: &str) -> bool {
    let starts = || iter::once(0).chain(name.match_indices(',').map(|(comma, _)| comma + 1));
    let has = |part: &str| starts().any(|start| begins_with(&name[start..], part));
    let has_end = |part: &str| {
        let key = part.split('=').next().unwrap_or_default();
        has(part) || key.match_indices('.').any(|(dot, _)| has(&part[dot + 1..]))
    };
    wanted.split(',').all(has_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_in_experiment_files_and_reports_too() {
        for (wanted, written) in [
            ("", ""),
            ("baseline", "baseline"),
            ("filters=16-32,sigma=0.5", "filters=16-32,sigma=0.5"),
            ("filters=[16, 32], sigma=1", "filters=16-32,sigma=1"),
            ("sigma=[0.25, 1.0],loss=(mse=1, ssim=0.1),r2", "sigma=0.25-1,loss=1-0.1,r2"),
            ("filters=[16", "filters=[16"),
        ] {
            assert_eq!(written_as_names(wanted), written);
        }
    }

    #[test]
    fn the_name_of_a_run_has_parts() {
        assert!(begins_with("amount=0.1-0a1b2c3d-2", "amount=0.1"));
        assert!(!begins_with("amount=0.1-0.4-0a1b2c3d", "amount=0.1"), "another range");
        let name = "sigma=0.5,latent_dim=8,r2-0a1b2c3d";
        for (wanted, has) in [
            ("latent_dim=8", true),
            ("model.latent_dim=8,sigma=0.5", true),
            ("l.dim=8", false),
            ("latent_dim=8,sigma=0.5", true),
            ("sigma=0.5", true),
            ("latent_dim=80", false),
            ("dim=8", false),
            ("latent_dim=8,sigma=1", false),
        ] {
            assert_eq!(has_parts(name, wanted), has, "{wanted}");
        }
    }
}
