//! The reference of keys: what the schema says of each, for people.
//!
//! `runner explain` and `docs/configuration.md` print it.

mod entry;
mod text;

use super::{
    dotted::join,
    familiar::absent,
    known::keys_called,
    suggest::{any_of, plain},
};
use entry::{Entry, Kind, entries};

/// A place in which a key or a kind of a table was found.
enum Found<'a> {
    /// A key, and the kinds of its table that have it as it is; none if it is the same in all.
    Key(&'a Entry, Vec<&'a str>),
    /// A kind of a table.
    Kind(&'a Entry, &'a Kind),
}

/// Returns the reference of all keys as Markdown, each table below a heading.
pub fn all() -> String {
    let mut told = text::Told::new();
    let parts = entries().iter().map(|entry| {
        if entry.is_table() {
            text::section(entry, 2, &mut told)
        } else {
            text::entry(entry, "- ", &mut told)
        }
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// Returns the contents of `docs/configuration.md`.
pub fn page() -> String {
    let names = entries().iter().filter(|entry| entry.is_table());
    let links = names.map(|entry| format!("[{0}](#{0})", entry.path)).collect::<Vec<_>>();
    format!(
        "<!-- Generated from the doc comments in src/spec: `make schema`. -->\n\n# Configuration reference\n\n\
         All keys of an experiment file, with what they expect and their defaults. `runner explain KEY` prints the \
         same in a terminal; the [README](../README.md#experiment-files) tells how files are written and merged.\n\n\
         {}\n\n{}",
        links.join(" · "),
        all()
    )
}

/// Explains the keys of this name: a dotted key, the end of one, or the name of a value.
///
/// # Errors
/// What was probably meant, if there is none.
pub fn explain(name: &str) -> Result<String, String> {
    let wanted = name.trim().trim_start_matches('[').trim_end_matches(']').replace(['"', '\''], "");
    let found = found(&wanted);
    if !found.is_empty() {
        let mut told = text::Told::new();
        let texts = found.iter().map(|found| text::answer(found, &mut told));
        return Ok(texts.collect::<Vec<_>>().join("\n"));
    }
    let last = wanted.rsplit('.').next().unwrap_or(&wanted);
    let hint = absent(&plain(last)).map(str::to_owned).or_else(|| {
        let near = keys_called(&wanted);
        (!near.is_empty())
            .then(|| format!("did you mean {}?", any_of(near.iter().map(String::as_str))))
    });
    let hint = hint.unwrap_or_else(|| "`runner explain` lists all keys".into());
    Err(format!("there is no key `{wanted}`; {hint}"))
}

/// Returns the keys of a name, or else the values.
fn found(wanted: &str) -> Vec<Found<'static>> {
    let table = wanted.strip_suffix(".kind");
    let mut keys: Vec<(&Entry, Option<&str>, usize)> = Vec::new();
    let mut kinds = Vec::new();
    let mut values = Vec::new();
    visit(entries(), None, 1, &mut |entry, kind, of| {
        let is_kind_of = |table: &str| !entry.kinds.is_empty() && ends(&entry.path, table);
        if ends(&entry.path, wanted)
            || table.is_some_and(is_kind_of)
            || (wanted == "kind" && !entry.kinds.is_empty())
        {
            keys.push((entry, kind, of));
        }
        for kind in entry.kinds.iter().filter(|kind| ends(&join(&entry.path, &kind.name), wanted)) {
            kinds.push(Found::Kind(entry, kind));
        }
        let is_wanted = |value: &str| ends(&join(&entry.path, value.trim_matches('"')), wanted);
        if entry.choices.iter().any(|(value, _)| is_wanted(value)) {
            values.push((entry, kind, of));
        }
    });
    if let Some(exact) =
        keys.iter().find(|(entry, ..)| plain_path(&entry.path) == wanted).map(|found| found.0)
    {
        keys.retain(|(entry, ..)| entry.path == exact.path);
    }
    if keys.is_empty() {
        kinds.extend(united(values));
        return kinds;
    }
    united(keys)
}

/// Unites the keys that are the same in several kinds of a table, given the kind and how many there are.
fn united<'a>(keys: Vec<(&'a Entry, Option<&'a str>, usize)>) -> Vec<Found<'a>> {
    let mut distinct: Vec<(&Entry, Vec<&str>, usize)> = Vec::new();
    for (entry, kind, of) in keys {
        let same = |known: &&mut (&Entry, _, _)| {
            let text = |entry| text::entry(entry, "", &mut text::Told::new());
            known.0.path == entry.path && text(known.0) == text(entry)
        };
        match distinct.iter_mut().find(same) {
            Some((_, kinds, _)) => kinds.extend(kind),
            None => distinct.push((entry, kind.into_iter().collect(), of)),
        }
    }
    let found = distinct.into_iter().map(|(entry, kinds, of)| {
        Found::Key(entry, if kinds.len() == of { Vec::new() } else { kinds })
    });
    found.collect()
}

/// Whether a dotted path is this name, which has no quotes, or ends with it.
fn ends(path: &str, name: &str) -> bool {
    plain_path(path).strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns a dotted path without the quotes of keys.
fn plain_path(path: &str) -> String {
    path.replace('"', "")
}

/// Visits every key with the kind of table that it is in, and how many kinds that table has.
fn visit<'a>(
    entries: &'a [Entry],
    kind: Option<&'a str>,
    of: usize,
    visitor: &mut dyn FnMut(&'a Entry, Option<&'a str>, usize),
) {
    for entry in entries {
        visitor(entry, kind, of);
        visit(&entry.keys, None, 1, visitor);
        for kind in &entry.kinds {
            visit(&kind.keys, Some(&kind.name), entry.kinds.len(), visitor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(name: &str) -> String {
        explain(name).unwrap()
    }

    #[test]
    fn a_key_is_found_by_the_end_of_its_path_and_told_once_for_kinds_that_share_it() {
        let latent = explained("latent_dim");
        assert_eq!(
            latent,
            "`model.latent_dim` (an integer from 1 to 65536; default `16`): Length of the code (the latent\nvector).\n"
        );
        let gamma = explained("gamma");
        assert!(
            gamma.starts_with("`train.schedule.gamma` of kind `step` or `multi_step` ("),
            "{gamma}"
        );
        assert!(gamma.contains(
            "\n`train.schedule.gamma` of kind `exponential` (a number above 0; required)"
        ));
        assert_eq!(explained("epochs").matches("epochs` (").count(), 1, "{}", explained("epochs"));
        assert_eq!(explained("train.epochs").matches('`').count(), 4, "the exact path alone");
        assert_eq!(explained("[train.clip]"), explained("train.clip"));
        assert!(explained("[sweep.\"KEY\"]").contains("\n`kind` is required.\n"));
        assert!(explained("denoise").contains("\n## [task.noise]\n"), "the table below");
        assert_eq!(explained("train.schedule.kind"), explained("schedule"));
        assert!(explained("kind").matches("## [").count() >= 5);
    }

    #[test]
    fn values_are_found_by_their_names() {
        let plateau = explained("plateau");
        assert!(plateau.starts_with("`train.schedule.kind = \"plateau\"`: "), "{plateau}");
        assert!(plateau.contains("\n- `patience` (an integer of at least 0; default `10`)"));
        assert!(explained("tsne").starts_with("`figures.codes` (one of the values below"));
    }

    #[test]
    fn an_unknown_name_gets_the_hints_of_a_file() {
        let hint = |name| explain(name).unwrap_err();
        assert_eq!(
            hint("lr"),
            "there is no key `lr`; did you mean `train.optimizer.learning_rate`?"
        );
        assert_eq!(
            hint("model.dropout"),
            "there is no key `model.dropout`; networks have no dropout"
        );
        assert!(hint("frobnicate").ends_with("`runner explain` lists all keys"));
    }

    #[test]
    fn every_key_has_its_meaning_and_a_default_or_says_why_not() {
        visit(entries(), None, 1, &mut |entry, _, _| {
            assert!(!entry.about.is_empty() && !entry.short.is_empty(), "{}", entry.path);
            let told = entry.is_required || entry.default.is_some() || entry.is_table();
            let told = told || entry.about.to_lowercase().contains("default");
            let is_part = entry.path == "extends" || entry.path.starts_with("sweep.");
            assert!(told || is_part, "{} has no default", entry.path);
        });
    }
}
