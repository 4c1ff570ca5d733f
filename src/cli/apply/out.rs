//! Where results may be written.

use super::{
    super::{
        args::ApplyArgs,
        exit::{Failure, Result},
    },
    names::{Names, SHEET, TABLE},
    sources::{Source, entry},
    table::FIRST_COLUMNS,
};
use crate::{data::image_folder::is_image, record::read::is_run};
use std::{
    collections::HashSet,
    fs,
    path::{Component, Path, PathBuf},
};

/// Refuses an output folder that is a file, a run's folder or one of the folders of images.
pub fn check(args: &ApplyArgs) -> Result<()> {
    let Ok(out) = fs::canonicalize(&args.out) else { return refuse_unclear(&args.out) };
    if !out.is_dir() {
        return Err(Failure::usage(format!(
            "--out {}: this is a file, but the results need a folder",
            args.out.display()
        )));
    }
    if is_run(&out) {
        return Err(Failure::usage(format!(
            "--out {} is the folder of a run; give the results a folder of their own",
            args.out.display()
        )));
    }
    let same = |folder: &&PathBuf| fs::canonicalize(folder).is_ok_and(|folder| folder == out);
    match args.images.iter().find(same) {
        None => Ok(()),
        Some(folder) => Err(Failure::usage(format!(
            "--out {} is the folder of the images; give the results a folder of their own, such \
             as {}",
            args.out.display(),
            folder.join("out").display()
        ))),
    }
}

/// Refuses the name of an image or of standard output, and `..` below a folder that does not exist yet: it could lead
/// to the folder of the images.
fn refuse_unclear(out: &Path) -> Result<()> {
    if is_image(out) || out == Path::new("-") {
        return Err(Failure::usage(format!(
            "--out {}: the results are several files, which need a folder",
            out.display()
        )));
    }
    let existing = out.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new(""));
    let mut missing = out.strip_prefix(existing).unwrap_or(out).components();
    if missing.any(|step| step == Component::ParentDir) {
        return Err(Failure::usage(format!(
            "--out {}: this goes up from a folder that does not exist; write the path without ..",
            out.display()
        )));
    }
    Ok(())
}

/// Refuses to replace images to read and, except in a folder of earlier results, any other file.
pub fn refuse_replacing(out: &Path, sources: &[Source], names: &[Names]) -> Result<()> {
    let inputs: HashSet<PathBuf> = sources.iter().map(|source| entry(&source.path)).collect();
    let of_images = names.iter().flat_map(Names::all).map(PathBuf::as_path);
    let results: Vec<&Path> = [SHEET, TABLE].map(Path::new).into_iter().chain(of_images).collect();
    let refuse = |name: &Path, why: &str| {
        let path = out.join(name);
        Failure::usage(format!("{} {why}; choose another folder with --out", path.display()))
    };
    if let Some(name) = results.iter().find(|name| inputs.contains(&entry(&out.join(name)))) {
        return Err(refuse(name, "is an image to read and would be replaced by a result"));
    }
    if has_results(out) {
        return Ok(());
    }
    // A folder in the way is an error when its place is needed.
    let is_file =
        |name: &&&Path| out.join(name).symlink_metadata().is_ok_and(|meta| !meta.is_dir());
    match results.iter().find(is_file) {
        None => Ok(()),
        Some(name) => Err(refuse(name, "already exists, and is no result of an earlier call")),
    }
}

/// Whether a folder has the table of an earlier call, which is empty if that call was killed.
fn has_results(out: &Path) -> bool {
    let table = out.join(TABLE);
    // A pipe might be read for ever.
    let text = table.is_file().then(|| fs::read(&table)).and_then(std::result::Result::ok);
    text.is_some_and(|text| text.is_empty() || text.starts_with(FIRST_COLUMNS.join(",").as_bytes()))
}
