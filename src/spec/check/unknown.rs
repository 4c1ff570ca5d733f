//! The messages about unknown keys.

use super::{Kinds, Walk, words::display};
use crate::{
    spec::{
        diagnostics::Diagnostic,
        dotted::join,
        familiar::{absent, beside},
        form::Keys,
        known::{Known, elsewhere, known_keys},
        node::Key,
        suggest::{any_of, nearest, plain},
    },
    words::either,
};

const QUOTE: &str = "quote the dotted key of a sweep: `\"train.epochs\" = [1, 2]`";

impl Walk<'_> {
    /// Reports a key that the table does not have.
    pub(super) fn unknown_key(
        &mut self,
        key: &Key,
        keys: &Keys,
        path: &str,
        kinds: Option<Kinds<'_>>,
    ) {
        if self.is_counted_only() {
            return;
        }
        let name = key.name.as_str();
        let last = name.rsplit('.').next().unwrap_or(name);
        let message = format!("unknown key `{name}`{}", place_of(path));
        let mut problem = Diagnostic::new(message, key.place.as_ref());
        // Not a rule, which sets its kind, nor a table in a list of values, whose path ends with an index.
        let rule = kinds.is_some_and(|kinds| !kinds.given)
            && path.starts_with("sweep.")
            && !path.ends_with(|last: char| last.is_ascii_digit());
        if rule && nearest(name, keys.names()).is_none() {
            problem.message =
                format!("`{}` in [sweep] is a table: expected a list of values", display(path));
            problem = problem.note(QUOTE);
        } else if let Some((kinds, owners)) = kinds.and_then(|k| Some((k, k.owners(name)?))) {
            let kind = kinds.kind.map_or("?", |kind| kind.name.as_str());
            let by = if kinds.given { "is" } else { "is not given here and is" };
            problem.message =
                format!("key `{name}`{} does not go with `kind = \"{kind}\"`", place_of(path));
            let owners = any_of(owners.iter().map(String::as_str));
            problem = problem
                .note(format!("it is a key of kind {owners}; the kind of `{path}` {by} `{kind}`"));
            if let Some(instead) = beside(&join(path, name)) {
                problem = problem.note(instead);
            }
        } else if let Some(instead) = absent(&plain(last)) {
            problem = problem.note(instead);
        } else if let Some(near) = nearest_key(name, keys) {
            self.out.broken.push(join(path, near));
            problem = problem.note(format!("did you mean `{}`?", quoted(near)));
        } else if keys.names().any(|name| name.contains('.')) {
            problem = problem.note(swept(name, path));
        } else {
            problem = problem.note(match elsewhere(name).as_slice() {
                [] => format!("expected {}", any_of(keys.names())),
                found => {
                    let tables: Vec<String> = found.iter().map(|known| table(known)).collect();
                    format!("did you mean `{}` of {}?", found[0].key, either(&tables))
                }
            });
        }
        self.report(problem);
    }
}

/// Returns the key of the table that was most likely meant. Part of a dotted key is no reason to suggest the table that
/// it begins with.
fn nearest_key<'k>(name: &str, keys: &'k Keys) -> Option<&'k str> {
    let is_dotted = name.contains('.');
    nearest(name, keys.names().filter(|key| !is_dotted || key.contains('.')))
}

/// Names a table, and the kinds of it that have the key.
fn table(known: &Known) -> String {
    match known.kinds.as_slice() {
        [] => format!("[{}]", known.table),
        kinds => {
            format!("[{}] of kind {}", known.table, any_of(kinds.iter().map(String::as_str)))
        }
    }
}

/// Tells what may have been meant by an unknown key of a sweep: it has too many keys to list them all, and most
/// mistakes are a missing section or missing quotes.
fn swept(name: &str, path: &str) -> String {
    let within = format!("{name}.");
    if known_keys().iter().any(|known| known.table == name || known.table.starts_with(&within)) {
        return QUOTE.to_owned();
    }
    let found = elsewhere(name);
    if found.is_empty() {
        let own = if path == "sweep" { "`repeats`, or " } else { "" };
        return format!("expected {own}a dotted key such as `\"train.epochs\"`");
    }
    let keys = found.iter().map(|known| format!("`{}`", quoted(&join(&known.table, &known.key))));
    format!("did you mean {}?", either(&keys.collect::<Vec<_>>()))
}

/// Writes a key as it has to be in a table: with quotes if it is dotted.
fn quoted(key: &str) -> String {
    if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() }
}

fn place_of(path: &str) -> String {
    if path.is_empty() { " at the top level".to_owned() } else { format!(" in [{path}]") }
}
