//! `runner clean`: frees disk space in a folder of runs.
//!
//! Everything that can be removed is of some [`Kind`]. Without `--yes`, it is only shown.

mod find;
mod kind;
mod place;
mod superseded;

use super::{
    args::CleanArgs,
    exit::{Exit, Failure, Result},
    output,
    text::{quoted, table},
};
use crate::words::{bytes, counted};
use find::{Item, Places, shown};
use kind::Kind;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};
use superseded::EpochlessIdentities;

/// Shows what can be removed, or removes it.
pub fn clean(args: &CleanArgs) -> Result {
    let folder: &Path = match &args.folder {
        Some(wanted) => &target(args, wanted)?,
        None => &args.runs_dir.path,
    };
    let places = Places::of(folder, &args.conditions.given)?;
    let asked = Kind::asked(args);
    let exit = match (&asked[..], args.yes) {
        ([], false) if args.json => list(args, folder, &places.items(&Kind::ALL))?,
        ([], false) => summarize(args, folder, &places)?,
        ([], true) => remove(args, folder, &places.items(&[Kind::Leftovers]))?,
        (kinds, false) => list(args, folder, &places.items(kinds))?,
        (kinds, true) => remove(args, folder, &places.items(kinds))?,
    };
    if places.links > 0 {
        output::note(format!(
            "{} behind links left alone: name the folders that they lead to",
            counted(places.links, "run")
        ));
    }
    Ok(exit)
}

/// Returns the folder to clean. A link is followed only if its path is given, not if a sweep or run is called
/// so.
fn target(args: &CleanArgs, wanted: &Path) -> Result<PathBuf> {
    let folder = super::find::folder(&args.runs_dir.path, wanted)?;
    match fs::read_link(&folder) {
        Ok(_) if folder != wanted => Err(Failure::usage(format!(
            "{} is a link: name the folder that it leads to, {}",
            folder.display(),
            folder.canonicalize()?.display()
        ))),
        _ => Ok(folder),
    }
}

/// Prints how much there is of each kind, and the command that removes it.
fn summarize(args: &CleanArgs, folder: &Path, places: &Places) -> Result {
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let mut items = places.items(&[kind]);
        items.retain(|item| item.kept.is_none());
        if !items.is_empty() {
            let command = command(args, &[kind], true);
            rows.push([kind.name().into(), items.len().to_string(), total(&items), command]);
        }
    }
    let found = format!(
        "{} in {}, {}",
        counted(places.count(), "run"),
        folder.display(),
        bytes(places.bytes())
    );
    if rows.is_empty() {
        output::note(format!("nothing to clean: {found}"));
        return Ok(Exit::Done);
    }
    output::note(format!("{found}; what could go:"));
    output::result(table(["kind", "count", "size", "removed by"], &rows))?;
    output::note(
        "nothing was removed; without --yes, the same commands list what would be removed",
    );
    Ok(Exit::Done)
}

/// Lists what would be removed.
fn list(args: &CleanArgs, folder: &Path, items: &[Item]) -> Result {
    if args.json {
        items.iter().try_for_each(|item| print(item, false, item.kept.as_deref()))?;
        return Ok(Exit::Done);
    }
    let (kept, going): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| item.kept.is_some());
    for item in kept {
        report_kept(item, folder, item.kept.as_deref().unwrap_or_default());
    }
    let asked = Kind::asked(args);
    if going.is_empty() {
        output::note(format!("nothing to remove in {}", folder.display()));
        return Ok(Exit::Done);
    }
    output::result(rows(&going, folder))?;
    for kind in asked.iter().filter(|kind| going.iter().any(|item| item.kind == **kind)) {
        output::note(format!("--{}: {}", kind.name(), kind.lost().unwrap_or("nothing is lost")));
    }
    output::note(format!(
        "nothing was removed; this removes {}: {}",
        total(going),
        command(args, &asked, true)
    ));
    Ok(Exit::Done)
}

/// Removes items, and continues with the rest if one cannot be removed.
fn remove(args: &CleanArgs, folder: &Path, items: &[Item]) -> Result {
    let (mut gone, mut exit) = (Vec::new(), Exit::Done);
    let known = EpochlessIdentities::default();
    for item in items {
        let kept = match item.remove(&known) {
            Ok(kept) => kept.inspect(|kept| report_kept(item, folder, kept)),
            Err(error) => {
                let why = error.to_string();
                exit = Failure::from(error).report();
                Some(why)
            }
        };
        if args.json {
            print(item, kept.is_none(), kept.as_deref())?;
        }
        gone.extend(kept.is_none().then_some(item));
    }
    if !args.json && !gone.is_empty() {
        output::result(rows(&gone, folder))?;
    }
    output::note(match gone.len() {
        0 if items.is_empty() && Kind::asked(args).is_empty() => {
            let command = command(args, &[], false);
            format!("no leftovers in {}; `{command}` shows what else could go", folder.display())
        }
        0 => format!("nothing was removed in {}", folder.display()),
        _ => format!("removed {}", total(gone)),
    });
    Ok(exit)
}

fn report_kept(item: &Item, folder: &Path, why: &str) {
    output::note(format!("left alone: {}: {why}", shown(&item.path, folder)));
}

fn rows(items: &[&Item], folder: &Path) -> String {
    let row = |item: &&Item| {
        let path = shown(&item.path, folder);
        [item.kind.name().to_owned(), bytes(item.bytes), path, item.about.clone()]
    };
    table(["kind", "size", "path", ""], &items.iter().map(row).collect::<Vec<_>>())
}

fn total<'a>(items: impl IntoIterator<Item = &'a Item>) -> String {
    bytes(items.into_iter().map(|item| item.bytes).sum())
}

/// Returns the command that lists items of some kinds, or removes them.
fn command(args: &CleanArgs, kinds: &[Kind], yes: bool) -> String {
    let mut words = vec!["runner clean".to_owned()];
    words.extend(args.folder.iter().map(|folder| quoted(&folder.display().to_string())));
    words.extend(kinds.iter().map(|kind| format!("--{}", kind.name())));
    for condition in &args.conditions.given {
        words.extend(["--where".to_owned(), quoted(condition)]);
    }
    if args.runs_dir.path != Path::new("runs") {
        words.extend(["--runs-dir".to_owned(), quoted(&args.runs_dir.path.display().to_string())]);
    }
    words.extend(yes.then(|| "--yes".to_owned()));
    words.join(" ")
}

fn print(item: &Item, removed: bool, kept: Option<&str>) -> Result<()> {
    output::result(json!({
        "kind": item.kind.name(),
        "path": item.path.display().to_string(),
        "about": item.about,
        "bytes": item.bytes,
        "removed": removed,
        "left": kept,
    }))
}
