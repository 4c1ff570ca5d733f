//! Which files an `image_folder` has, and to which part each belongs.

use super::is_picture;
use crate::{data::Error, spec::words::counted};
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// The folder of the training images, where there are parts.
const TRAIN: &str = "train";

/// Folders of test images beside it; the first one that is there counts.
const TEST: [&str; 4] = ["test", "val", "validation", "valid"];

/// Without `train` beside it, a folder of this name is a class: of images that are not invalid.
const CLASS: &str = "valid";

/// Name hashes below this make a test image: a tenth of all.
const TEST_HASHES: u64 = u64::MAX / 10;

/// The table that `runner apply` leaves in a folder of results.
pub const TABLE: &str = "_images.csv";
/// The sheet of images beside it.
pub const SHEET: &str = "_sheet.png";
/// Files that only folders of runs, of sweeps and of the results of `runner apply` have.
const RESULTS: [&str; 3] = ["run.json", "sweep.json", TABLE];

/// An image's file.
pub(super) struct Found {
    pub path: PathBuf,
    /// The same from the folder searched.
    below: PathBuf,
    /// Of the name below the folder searched; decides part and order.
    hash: u64,
    /// The first folder on the way to it.
    pub class: Option<String>,
}

/// The files of training and test images.
#[derive(Default)]
pub(super) struct Files {
    pub train: Vec<Found>,
    pub test: Vec<Found>,
    /// Images that cannot be read, each with its reason.
    pub problems: Vec<String>,
    /// What a user should hear about besides.
    pub warnings: Vec<String>,
}

/// The images' files below `folder`.
pub(super) fn find(folder: &Path) -> Result<Files, Error> {
    if folder.is_file() {
        return Err(Error::NoFolder { folder: folder.to_path_buf() });
    }
    let folders = folders_in(folder);
    let mut tests = TEST.into_iter().filter_map(|name| called(&folders, name));
    let mut files = Files::default();
    match (called(&folders, TRAIN), tests.next()) {
        (Some(train), Some(test)) => {
            files.train = files.pictures_below(&folder.join(train))?;
            files.test = files.pictures_below(&folder.join(test))?;
            files.warnings.extend(shared(&files, train, test));
            files.warnings.extend(tests.map(|unused| {
                let unused = folder.join(unused);
                format!("images in `{}` are not used, for there is `{test}`", unused.display())
            }));
        }
        (Some(train), None) => return Err(lone(folder, train)),
        (None, Some(test)) if !test.eq_ignore_ascii_case(CLASS) => {
            return Err(lone(folder, test));
        }
        (None, _) => {
            let mut test = files.pictures_below(folder)?;
            // Few images may have no low hash at all, or no high one: there is one of each anyway.
            let low = test.partition_point(|found| found.hash < TEST_HASHES);
            let low = low.clamp(1, test.len().saturating_sub(1).max(1));
            files.train = test.split_off(low.min(test.len()));
            files.test = test;
        }
    }
    Ok(files)
}

fn lone(folder: &Path, there: &str) -> Error {
    Error::LonePart { folder: folder.to_path_buf(), there: there.to_owned() }
}

/// Names of the folders in `folder`, sorted; none where it cannot be read, which whoever walks it tells.
fn folders_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.filter_map(|folder| folder.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The folder of this name, or else one that is called so but for capital letters.
fn called<'a>(folders: &'a [String], name: &str) -> Option<&'a str> {
    let exact = folders.iter().find(|folder| *folder == name);
    exact
        .or_else(|| folders.iter().find(|folder| folder.eq_ignore_ascii_case(name)))
        .map(String::as_str)
}

impl Files {
    /// All images below `folder`, by their hashes; what is in the way goes to the problems if it is
    /// an image by its name, and to the warnings if not.
    fn pictures_below(&mut self, folder: &Path) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let shown = |entry: &DirEntry| !is_passed_over(entry);
        for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(shown) {
            match entry {
                Ok(entry) if is_picture(entry.path()) && entry.file_type().is_file() => {
                    found.push(Found::new(entry.into_path(), folder));
                }
                Ok(_) => {}
                Err(error) => self.in_the_way(error, folder)?,
            }
        }
        once(&mut found, folder);
        found.sort_by(|a, b| (a.hash, &a.path).cmp(&(b.hash, &b.path)));
        Ok(found)
    }

    /// A link that leads nowhere or back, or a folder of somebody else's; an error if it is `folder`.
    fn in_the_way(&mut self, error: walkdir::Error, folder: &Path) -> Result<(), Error> {
        let path = error.path().unwrap_or(folder).to_path_buf();
        let depth = error.depth();
        // Without the path, which is told anyway.
        let reason = error
            .into_io_error()
            .unwrap_or_else(|| io::Error::other("it leads back to a folder that it is in"));
        match (depth, reason.kind()) {
            (0, io::ErrorKind::NotFound) => return Err(Error::NoFolder { folder: path }),
            (0, _) => return Err(Error::io("read", path)(reason)),
            _ if is_hidden(&path) => {}
            _ if is_picture(&path) => self.problems.push(format!("{}: {reason}", path.display())),
            _ => self.warnings.push(format!("`{}` is passed over: {reason}", path.display())),
        }
        Ok(())
    }
}

/// Leaves each file below `folder` once that links make to be found several times, so that a split of them has
/// it in one part only: where it really is if that is below `folder`, or else the first by its name.
fn once(found: &mut Vec<Found>, folder: &Path) {
    let Ok(folder) = fs::canonicalize(folder) else { return };
    let real = |file: &Found| fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
    let mut named: Vec<(PathBuf, Found)> =
        found.drain(..).map(|file| (real(&file), file)).collect();
    named.sort_by(|(one, a), (other, b)| {
        one.cmp(other).then_with(|| {
            let is_link = |real: &Path, file: &Found| real != folder.join(&file.below);
            (is_link(one, a), &a.below).cmp(&(is_link(other, b), &b.below))
        })
    });
    named.dedup_by(|(one, _), (other, _)| one == other);
    found.extend(named.into_iter().map(|(_, file)| file));
}

/// Says how many images links lead to from both folders.
fn shared(files: &Files, train: &str, test: &str) -> Option<String> {
    let real = |file: &Found| fs::canonicalize(&file.path).ok();
    let trained: HashSet<PathBuf> = files.train.iter().filter_map(real).collect();
    let in_both = files.test.iter().filter_map(real).filter(|file| trained.contains(file)).count();
    (in_both > 0).then(|| {
        format!(
            "{in_both} of {} in `{test}` are in `{train}` as well, by links: the network is tested on what it \
             was trained on",
            counted(files.test.len(), "image")
        )
    })
}

/// Whether a walk for images passes over what it found: what is hidden, and what is a result and no data, which
/// are folders of runs, of sweeps and of `runner apply`, and the sheet in such a folder that is itself walked.
pub fn is_passed_over(found: &DirEntry) -> bool {
    let path = found.path();
    let is_result = || {
        if found.file_type().is_dir() {
            RESULTS.into_iter().any(|name| path.join(name).is_file())
        } else {
            found.file_name() == SHEET && path.with_file_name(TABLE).is_file()
        }
    };
    found.depth() > 0 && (is_hidden(path) || is_result())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

impl Found {
    fn new(path: PathBuf, folder: &Path) -> Self {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let steps: Vec<String> =
            below.iter().map(|step| step.to_string_lossy().into_owned()).collect();
        let sum = Sha256::digest(steps.join("/"));
        Self {
            hash: u64::from_be_bytes(std::array::from_fn(|at| sum[at])),
            class: (steps.len() > 1).then(|| steps[0].clone()),
            below: below.to_path_buf(),
            path,
        }
    }
}
