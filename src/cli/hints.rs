//! Hints on what to write instead of options, commands and arguments that do not exist.

use super::args::Cli;
use crate::spec::{keys_called, nearest, neighbour};
use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, Error},
};
use std::{env, fs, io, iter, path::Path};

/// Options that training does not have, without dashes, each with what does the same.
const OPTIONS: [(&[&str], &str); 10] = [
    (&["dryrun", "check", "validate"], "`runner check FILE.toml` shows what would be trained"),
    (&["resume", "continue", "restart"], "none is needed: the same command resumes"),
    (&["overwrite", "retrain"], "`--force` trains again in a new folder"),
    (&["output", "out", "outdir", "outputdir", "logdir", "savedir"], "use `--runs-dir FOLDER`"),
    (
        &["workers", "numworkers", "parallel"],
        "use `--jobs N`, how many runs of a sweep train at once",
    ),
    (&["gpu", "gpus", "cuda", "usecuda"], "use `--device cuda`"),
    (&["config", "cfg", "file", "configname"], "none is needed: `runner FILE.toml`"),
    (
        &["m", "multirun", "sweep", "grid"],
        "a [sweep] in the file makes many runs, or `--set 'sweep.\"train.epochs\" = [5, 10]'`",
    ),
    (&["repeats", "seeds", "nseeds"], "use `--set sweep.repeats=3`"),
    (&["verbose", "debug"], "none is needed: everything is shown without `--quiet`"),
];

/// Options that `runner evaluate` does not have.
const OF_EVALUATE: [(&[&str], &str); 1] = [(
    &["noise", "noiselevels", "noiselevel", "sigma", "sigmas", "amount", "amounts"],
    "use `--levels 0.5,1.0`",
)];

/// Options that `runner clean` does not have.
const OF_CLEAN: [(&[&str], &str); 3] = [
    (
        &["all", "everything"],
        "name what is to go, such as `--failed --checkpoints`; `runner clean` alone shows what there is",
    ),
    (&["dryrun"], "none is needed: nothing is removed without `--yes`"),
    (&["force"], "use `--yes`"),
];

/// Our commands, each with what other programs call the same.
const VERBS: [(&str, &[&str]); 11] = [
    ("clean", &["rm", "remove", "delete", "prune", "gc"]),
    ("list", &["ls", "ps", "runs"]),
    ("apply", &["predict", "infer", "inference", "transform", "denoise", "colorize"]),
    ("report", &["plot", "plots", "dashboard", "ui", "html"]),
    ("check", &["validate", "lint", "plan"]),
    ("compare", &["diff"]),
    ("explain", &["doc", "docs", "man", "keys", "reference", "options", "config"]),
    ("show", &["info", "status", "describe"]),
    ("run", &["start", "resume"]),
    ("data", &["download", "fetch"]),
    ("sweep", &["search", "tune", "multirun"]),
];

/// Replaces the advice of an error about an unknown option where there is a better one. `arguments` are those of the
/// process, with its name.
pub fn improve(error: &mut Error, arguments: &[String]) {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return };
    let is_misspelt = error.get(ContextKind::SuggestedArg).is_some();
    let Some(tip) = tip(option, is_misspelt, arguments) else { return };
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
}

/// Returns what to write instead of an unknown option. One that may be a misspelt option has to be the name of a key
/// to be taken for one.
fn tip(option: &str, is_misspelt: bool, arguments: &[String]) -> Option<String> {
    // `-m` is Hydra's --multirun; other letters could mean anything.
    let name = option.strip_prefix("--").or((option == "-m").then_some("m"))?.replace('-', "_");
    let plain = name.replace('_', "");
    let of = |table: &[(&[&str], &str)]| {
        let known = table.iter().find(|(names, _)| names.contains(&plain.as_str()));
        known.map(|(_, instead)| (*instead).to_owned())
    };
    let verb = arguments.get(1).map(String::as_str).unwrap_or_default();
    match verb {
        "clean" => return of(&OF_CLEAN),
        "evaluate" => return of(&OF_EVALUATE),
        _ => {}
    }
    let trains = ["run", "train", "sweep", "check"].contains(&verb);
    if !trains && verbs().iter().any(|known| known == verb) {
        return None;
    }
    of(&OPTIONS).or_else(|| {
        let keys = keys_called(&name).into_iter();
        let keys = keys.filter(|key| !is_misspelt || key.ends_with(&format!(".{name}")));
        let value = value_of(option, arguments).unwrap_or("VALUE");
        let sets: Vec<String> = keys.map(|key| format!("`--set {key}={value}`")).collect();
        let sets = Some(sets.join(" or ")).filter(|sets| !sets.is_empty())?;
        Some(format!("to set a key of the experiment, use {sets}"))
    })
}

/// Returns the value that follows an option.
fn value_of<'a>(option: &str, arguments: &'a [String]) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| argument.split('=').next() == Some(option))?;
    let next = || arguments.get(at + 1).map(String::as_str);
    let next = || next().filter(|next| !next.starts_with('-') && !is_toml(Path::new(next)));
    arguments[at].split_once('=').map(|(_, value)| value).or_else(next)
}

/// Whether a path has the extension of an experiment file.
pub fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

/// Reports a file that is not there, and what was probably meant instead. Also returns whether it is a command, so
/// that what follows is no file either; only the `first` file is taken for one.
pub fn missing(file: &Path, first: bool) -> (String, bool) {
    if let Err(error) = fs::metadata(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return (format!("error: `{}` cannot be read: {error}", file.display()), false);
    }
    let word = file.to_string_lossy();
    let verb =
        Some(&*word).filter(|word| first && !word.contains(['/', '.'])).and_then(verb_called);
    let meant = |what: String| format!("did you mean `{what}`?");
    let hint = if let Some(verb) = &verb {
        Some(meant(format!("runner {verb}")))
    } else {
        let arguments: Vec<String> = env::args().collect();
        let near = || neighbour(file).or_else(|| neighbour(&Path::new("experiments").join(file)));
        let near = || near().map(|near| meant(near.display().to_string()));
        of_a_key(&word, &arguments).or_else(near)
    };
    let hint = hint.or_else(|| {
        let other =
            (!is_toml(file)).then_some("expected FILE.toml or a command, see `runner --help`");
        other.map(str::to_owned)
    });
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    (format!("error: there is no file `{word}`{hint}"), verb.is_some())
}

/// Explains a word that was taken for a file and sets a key, or is part of the value of one.
fn of_a_key(word: &str, arguments: &[String]) -> Option<String> {
    if word.contains('=') {
        return Some(format!("to set a key, write `--set {}`", word.trim_start_matches('+')));
    }
    let at = arguments.iter().rposition(|argument| argument == word)?;
    let is_option = |argument: &String| argument.starts_with('-');
    let option = arguments[..at].iter().rposition(is_option)?;
    let value = match arguments[option].as_str() {
        "--set" => arguments[option + 1..=at].join(" "),
        given => {
            let rest = given.strip_prefix("--set=")?;
            [&[rest.to_owned()], &arguments[option + 1..=at]].concat().join(" ")
        }
    };
    // Without an equals sign, the word is the whole value.
    let value = if value.contains('=') { value } else { value.replacen(' ', "=", 1) };
    (value != word)
        .then(|| format!("if it belongs to the value before it, write `--set '{value}'`"))
}

/// Returns the command that a word was most likely meant to be.
fn verb_called(word: &str) -> Option<String> {
    let foreign = word.to_lowercase();
    let known = VERBS.iter().find(|(_, others)| others.contains(&&*foreign)).map(|(ours, _)| *ours);
    let verbs = verbs();
    known.or_else(|| nearest(word, verbs.iter().map(String::as_str))).map(str::to_owned)
}

/// Returns the names and aliases of all visible subcommands.
fn verbs() -> Vec<String> {
    let command = Cli::command();
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let names =
        shown.flat_map(|verb| iter::once(verb.get_name()).chain(verb.get_visible_aliases()));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_other_programs_are_understood() {
        let (words, meant) = (["rm", "LS", "chekc", "clean"], ["clean", "list", "check", "clean"]);
        assert_eq!(words.map(|word| verb_called(word).unwrap()), meant);
        for (ours, others) in VERBS {
            assert!(verbs().iter().any(|verb| verb == ours), "{ours}");
            assert!(others.iter().all(|other| !verbs().iter().any(|verb| verb == other)));
        }
    }
}
